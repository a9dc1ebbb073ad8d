#include "sse/writer.hpp"

#include "tests/sse/parsing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace sluice::sse::testing {
namespace {

using ::testing::SizeIs;

std::string written(const event& event) {
    std::string out;
    append_event(out, event);
    return out;
}

std::string comment(std::string_view text) {
    std::string out;
    append_comment(out, text);
    return out;
}

// What a payload looks like on the other side: every line end has become LF.
std::string with_lf_ends(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool first_of_crlf = text.substr(at, 2) == "\r\n";
        if (!first_of_crlf) out += text[at] == '\r' ? '\n' : text[at];
    }
    return out;
}

std::string without_line_ends_and_nul(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != '\r' && c != '\n' && c != '\0') out += c;
    }
    return out;
}

TEST(SseWriter, WritesIdRetryEventAndDataInThisOrder) {
    EXPECT_EQ(
        written({.id = "7", .type = "delta", .data = "hi", .retry_ms = 2000}),
        "id: 7\nretry: 2000\nevent: delta\ndata: hi\n\n"
    );
}

TEST(SseWriter, LeavesEmptyFieldsOut) {
    EXPECT_EQ(written({.data = "hi"}), "data: hi\n\n");
    EXPECT_EQ(written({.retry_ms = 0}), "retry: 0\n\n");
    EXPECT_EQ(written({}), "\n");
}

TEST(SseWriter, AppendsToWhatIsThere) {
    std::string out = "data: 1\n\n";
    append_event(out, {.data = "2"});
    EXPECT_EQ(out, "data: 1\n\ndata: 2\n\n");
}

TEST(SseWriter, WritesOneDataLinePerLineWhateverItsEnd) {
    EXPECT_EQ(written({.data = "a\nb\rc\r\nd"}), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(written({.data = "a\n"}), "data: a\ndata: \n\n");
    EXPECT_EQ(written({.data = "\r\n\n\r"}), "data: \ndata: \ndata: \ndata: \n\n");
    EXPECT_EQ(
        written({.data = "a\n\ndata: forged\n\n"}),
        "data: a\ndata: \ndata: data: forged\ndata: \ndata: \n\n"
    );
}

TEST(SseWriter, TakesLineEndsAndNulOutOfIdAndType) {
    using namespace std::string_view_literals;
    EXPECT_EQ(
        written({.id = "1\n2\r\n\0003"sv, .type = "\rx\0y\n"sv, .data = "d"}),
        "id: 123\nevent: xy\ndata: d\n\n"
    );
}

TEST(SseWriter, LeavesAnIdOutOfWhichNothingRemains) {
    EXPECT_EQ(written({.id = "\r\n", .type = "\n", .data = "d"}), "data: d\n\n");
}

TEST(SseWriter, WritesTheLargestRetry) {
    EXPECT_EQ(
        written({.retry_ms = std::numeric_limits<std::uint64_t>::max()}),
        "retry: 18446744073709551615\n\n"
    );
}

TEST(SseWriter, WritesACommentLineByLineWithoutABlankLine) {
    EXPECT_EQ(comment("hb"), ": hb\n");
    EXPECT_EQ(comment("a\r\nb\rdata: forged\n\n"), ": a\n: b\n: data: forged\n: \n: \n");
    EXPECT_EQ(comment(""), ": \n");
}

std::string random_payload(std::mt19937& random) {
    static const std::vector<std::string> tokens = {
        "\n",
        "\r",
        "\r\n",
        ":",
        " ",
        "\t",
        "data",
        "data: x",
        "id: 9",
        "event: forged",
        "retry: 1",
        std::string(1, '\0'),
        "\xEF\xBB\xBF",
        "\xFF",
        "text",
        "\n\n",
    };
    std::string payload;
    for (std::size_t parts = random() % 12; parts > 0; --parts) {
        payload += tokens[random() % tokens.size()];
    }
    return payload;
}

TEST(SseWriter, NeverLetsAPayloadForgeAFrame) {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const std::string id = random_payload(random);
        const std::string type = random_payload(random);
        const std::string data = random_payload(random);
        std::string wire = comment(random_payload(random));
        append_event(wire, {.id = id, .type = type, .data = data});
        const outcome result = parse({wire});
        ASSERT_THAT(result.blocks, SizeIs(1));
        const block& only = result.blocks[0];
        EXPECT_EQ(only.data, with_lf_ends(data));
        EXPECT_EQ(only.dispatched, !data.empty());
        EXPECT_EQ(only.last_event_id, without_line_ends_and_nul(id));
        const std::string clean_type = without_line_ends_and_nul(type);
        EXPECT_EQ(only.type, clean_type.empty() ? "message" : clean_type);
        EXPECT_EQ(result.retry_ms, std::nullopt);
        EXPECT_EQ(result.incomplete, "");
    }
}

}  // namespace
}  // namespace sluice::sse::testing
