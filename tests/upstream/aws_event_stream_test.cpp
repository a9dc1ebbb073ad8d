#include "tests/upstream/aws_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct seen {
    std::vector<std::string> messages;  // kind|type|error|payload
    std::string problem;
    std::string rest;

    bool operator==(const seen&) const = default;
};

seen read(const std::vector<std::string_view>& pieces) {
    aws_event_stream stream;
    seen result;
    for (const auto piece : pieces) {
        const std::vector<char> exact(piece.begin(), piece.end());
        stream.feed({exact.data(), exact.size()});
        while (const auto message = stream.next()) {
            result.messages.push_back(
                std::string(message->kind) + "|" + std::string(message->type) + "|" +
                std::string(message->error) + "|" + std::string(message->payload)
            );
        }
    }
    result.problem = stream.problem();
    result.rest = stream.incomplete();
    return result;
}

std::string header_of_type(int type, std::string_view value) {
    std::string out = "\x01x";
    return (out += static_cast<char>(type)).append(value);
}

TEST(AwsEventStream, KnowsTheChecksumOfTheStandardsExample) {
    EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
    EXPECT_EQ(crc32(""), 0U);
}

TEST(AwsEventStream, ReadsAMessageOfAwsOwnExamples) {
    const std::string_view empty("\0\0\0\x10\0\0\0\0\x05\xc2\x48\xeb\x7d\x98\xc8\xff", 16);
    EXPECT_THAT(read({empty}).messages, ElementsAre("|||"));
    EXPECT_EQ(aws_message("", ""), empty);
}

TEST(AwsEventStream, ReadsEventsExceptionsAndErrors) {
    const auto error = aws_message(
        text_header(":message-type", "error") + text_header(":error-code", "internal") +
            text_header(":error-message", "lost"),
        ""
    );
    const auto got =
        read({aws_event("messageStop", "{}") + aws_exception("oops", "{\"a\":1}") + error});
    EXPECT_THAT(
        got.messages,
        ElementsAre("event|messageStop||{}", "exception|oops||{\"a\":1}", "error|internal|lost|")
    );
    EXPECT_EQ(got.problem, "");
}

TEST(AwsEventStream, StepsOverHeadersOfEveryType) {
    const auto headers =
        header_of_type(0, "") + header_of_type(1, "") + header_of_type(2, "a") +
        header_of_type(3, "ab") + header_of_type(4, "abcd") + header_of_type(5, "abcdefgh") +
        header_of_type(6, big_endian(3, 2) + "abc") + header_of_type(8, "abcdefgh") +
        header_of_type(9, "0123456789abcdef") + text_header(":event-type", "e");
    EXPECT_THAT(read({aws_message(headers, "p")}).messages, ElementsAre("|e||p"));
}

TEST(AwsEventStream, IsTheSameHoweverTheBytesAreCut) {
    const auto wire =
        aws_event("a", "{\"text\":\"one\"}") + aws_event("b", "") + aws_exception("c", "d");
    const auto whole = read({wire});
    ASSERT_EQ(whole.messages.size(), 3U);
    const std::string_view text(wire);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        SCOPED_TRACE(cut);
        EXPECT_TRUE(read({text.substr(0, cut), text.substr(cut)}) == whole);
        EXPECT_EQ(read({text.substr(0, cut)}).problem, "");
    }
}

TEST(AwsEventStream, NoticesEveryDamagedByte) {
    const auto wire = aws_event("a", "{\"text\":\"one\"}");
    for (std::size_t at = 0; at < wire.size(); ++at) {
        SCOPED_TRACE(at);
        auto damaged = wire;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        const auto got = read({damaged});
        EXPECT_THAT(got.messages, IsEmpty());
        EXPECT_NE(got.problem, "");
    }
}

TEST(AwsEventStream, RefusesLengthsThatCannotBe) {
    const auto prelude = [](std::uint64_t whole, std::uint64_t headers) {
        auto out = big_endian(whole, 4) + big_endian(headers, 4);
        return out + big_endian(crc32(out), 4);
    };
    EXPECT_THAT(read({prelude(15, 0)}).problem, HasSubstr("impossible"));
    EXPECT_THAT(read({prelude(0, 0)}).problem, HasSubstr("impossible"));
    EXPECT_THAT(read({prelude(20, 5)}).problem, HasSubstr("impossible"));
    EXPECT_THAT(read({prelude(0xFFFFFFFFU, 0)}).problem, HasSubstr("too large"));
    EXPECT_THAT(read({"{\"message\":\"hello\"}"}).problem, HasSubstr("no AWS event stream"));
}

TEST(AwsEventStream, RefusesHeadersThatReachBeyondTheirEnd) {
    for (const auto& headers :
         {std::string("\x05"
                      "ab"),
          std::string("\x01x"),
          header_of_type(10, ""),
          header_of_type(4, "abc"),
          header_of_type(7, big_endian(9, 2) + "abc"),
          header_of_type(7, "a")}) {
        EXPECT_THAT(read({aws_message(headers, "")}).problem, HasSubstr("broken headers"));
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
