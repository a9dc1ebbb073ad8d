#include "sse/parser.hpp"

#include "tests/sse/parsing.hpp"
#include "tests/sse/printing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::sse::testing {

namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<std::string> data_of(std::string_view wire) {
    std::vector<std::string> data;
    for (const block& block : parse({wire}).blocks) {
        if (block.dispatched) data.push_back(block.data);
    }
    return data;
}

std::vector<std::string> ids_of(std::string_view wire) {
    std::vector<std::string> ids;
    for (const block& block : parse({wire}).blocks) {
        ids.push_back(block.last_event_id);
    }
    return ids;
}

// --- Lines ---

TEST(SseParser, EndsLinesAtLfCrAndCrlfMixedInOneEvent) {
    EXPECT_THAT(data_of("data:test\r\ndata\ndata:test\r\n\r\n"), ElementsAre("test\n\ntest"));
    EXPECT_THAT(data_of("data:a\rdata:b\r\rdata:c\n\n"), ElementsAre("a\nb", "c"));
    EXPECT_THAT(data_of("data:test\r\ndata:\r\r\n"), ElementsAre("test\n"));
}

TEST(SseParser, DispatchesAtACrWithoutWaitingForTheLfBehindIt) {
    parser parser;
    parser.feed("data: 1\r\n\r");
    const auto first = parser.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->data, "1");
    EXPECT_EQ(first->raw, "data: 1\r\n\r");
    EXPECT_FALSE(parser.next());
}

TEST(SseParser, CountsALfThatComesAfterTheCrOfABlankLineAsPartOfThatLine) {
    parser parser;
    parser.feed("data: 1\r\n\r");
    ASSERT_TRUE(parser.next());
    parser.feed("\n");
    EXPECT_EQ(parser.incomplete(), "");
    EXPECT_FALSE(parser.next());
    EXPECT_EQ(parser.incomplete(), "");
    parser.feed("data: 2\n\n");
    const auto second = parser.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->data, "2");
    EXPECT_EQ(second->raw, "\ndata: 2\n\n");
}

TEST(SseParser, TakesOneByteOrderMarkOffTheFirstLineOnly) {
    EXPECT_THAT(
        data_of("\xEF\xBB\xBF"
                "data:1\n\n\xEF\xBB\xBF"
                "data:2\n\ndata:3\n\n"),
        ElementsAre("1", "3")
    );
    EXPECT_THAT(
        data_of("\xEF\xBB\xBF\xEF\xBB\xBF"
                "data:1\n\ndata:2\n\ndata:3\n\n"),
        ElementsAre("2", "3")
    );
    EXPECT_THAT(
        data_of("\xEF\xBB"
                "data:1\n\ndata:2\n\n"),
        ElementsAre("2")
    );
}

TEST(SseParser, IgnoresComments) {
    const std::string long_comment = ":" + std::string(2048, 'x');
    const std::string wire = "data:1\r:" + bytes("\0") + "\n:\r\ndata:2\n" + long_comment +
                             "\rdata:3\n:data:fail\r" + long_comment + "\ndata:4\n\n";
    EXPECT_THAT(data_of(wire), ElementsAre("1\n2\n3\n4"));
}

// --- Fields ---

TEST(SseParser, JoinsDataLinesWithLf) {
    EXPECT_THAT(data_of("data:\n\ndata\ndata\n\ndata:test\n\n"), ElementsAre("", "\n", "test"));
    EXPECT_THAT(
        data_of("data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\n"
                "Data:data\n\ndata\n\ndata:end\n\n"),
        ElementsAre("msg\nmsg", "", "end")
    );
}

TEST(SseParser, ComparesFieldNamesByteForByte) {
    const std::string wire = bytes(
        "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\r"
        "data:\r\n data:32\ndata:4\n\n"
    );
    EXPECT_THAT(data_of(wire), ElementsAre(bytes("\0\n 2\n1\n3\n\n4")));
}

TEST(SseParser, IgnoresUnknownFieldsAndFreeText) {
    EXPECT_THAT(
        data_of("data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n"
                "data:test\n\n"),
        ElementsAre("test\n\ntest")
    );
}

TEST(SseParser, StripsOneLeadingSpaceAndNoTab) {
    EXPECT_THAT(data_of("data:\ttest\rdata: \ndata:test\n\n"), ElementsAre("\ttest\n\ntest"));
}

TEST(SseParser, PassesNulAndMalformedUtf8InDataThrough) {
    const std::string wire = bytes("data:\0\xC3\x28\xFF\n\n");
    EXPECT_THAT(data_of(wire), ElementsAre(bytes("\0\xC3\x28\xFF")));
}

TEST(SseParser, NamesTheTypeOfOneEventOnly) {
    EXPECT_THAT(
        parse({"event:test\ndata:x\n\ndata:x\n\n"}).blocks,
        ElementsAre(block{"test", "x", "", true}, block{"message", "x", "", true})
    );
}

TEST(SseParser, TakesTheLastTypeAndAnEmptyOneAsMessage) {
    EXPECT_THAT(
        parse({"event: a\nevent: b\ndata\n\nevent: a\nevent: \ndata:x\n\n"}).blocks,
        ElementsAre(block{"b", "", "", true}, block{"message", "x", "", true})
    );
}

TEST(SseParser, ForgetsTheTypeOfABlockWithoutData) {
    EXPECT_THAT(
        parse({"event: lost\n\ndata:x\n\n"}).blocks,
        ElementsAre(block{"lost", "", "", false}, block{"message", "x", "", true})
    );
}

TEST(SseParser, KeepsTheIdUntilAnotherOrAnEmptyOneComes) {
    EXPECT_THAT(
        ids_of("id: 1\ndata\n\ndata\n\nid:\xE2\x80\xA6\ndata\n\nid:\ndata\n\n"
               "id: 2\ndata\n\nid\ndata\n\n"),
        ElementsAre("1", "1", "\xE2\x80\xA6", "", "2", "")
    );
}

TEST(SseParser, IgnoresAnIdWithNulWhereverItStands) {
    EXPECT_THAT(
        ids_of(bytes("id: \0id\ndata\n\nid: i\0d\ndata\n\nid: id\0\ndata\n\n"
                     "id: ok\nid: \0\ndata\n\n")),
        ElementsAre("", "", "", "ok")
    );
}

TEST(SseParser, CommitsTheIdOfABlockWithoutData) {
    EXPECT_THAT(
        parse({"id: 7\n\ndata:x\n\n"}).blocks,
        ElementsAre(block{"message", "", "7", false}, block{"message", "x", "7", true})
    );
}

TEST(SseParser, ReadsRetryAsDecimalDigitsOnly) {
    EXPECT_EQ(parse({"retry:03000\n\n"}).retry_ms, 3000U);
    EXPECT_EQ(parse({"retry:3000\nretry:1000x\ndata:x\n\n"}).retry_ms, 3000U);
    EXPECT_EQ(parse({"retry: 5\nretry\nretry:\nretry: -1\nretry:  7\n\n"}).retry_ms, 5U);
    EXPECT_EQ(parse({"retry\ndata:test\n\n"}).retry_ms, std::nullopt);
}

TEST(SseParser, BoundsRetryInsteadOfOverflowing) {
    EXPECT_EQ(parse({"retry: 4294967294\n\n"}).retry_ms, 4294967294U);
    EXPECT_EQ(parse({"retry: 4294967296\n\n"}).retry_ms, 4294967295U);
    EXPECT_EQ(parse({"retry: " + std::string(4000, '9') + "\n\n"}).retry_ms, 4294967295U);
}

// --- Blocks ---

TEST(SseParser, DropsABlockThatNeverEndsAndItsId) {
    const outcome result = parse({"retry:1000\ndata:test1\n\nid:test\ndata:test2"});
    EXPECT_THAT(result.blocks, ElementsAre(block{"message", "test1", "", true}));
    EXPECT_EQ(result.incomplete, "id:test\ndata:test2");
}

TEST(SseParser, GivesBlocksWithoutDataAsFramesThatAreNoEvents) {
    parser parser;
    parser.feed(": hello\n\n\ndata: x\n\n");
    const auto comment = parser.next();
    ASSERT_TRUE(comment);
    EXPECT_EQ(comment->raw, ": hello\n\n");
    EXPECT_FALSE(comment->dispatched);
    const auto blank = parser.next();
    ASSERT_TRUE(blank);
    EXPECT_EQ(blank->raw, "\n");
    EXPECT_FALSE(blank->dispatched);
    EXPECT_TRUE(parser.next()->dispatched);
}

TEST(SseParser, GivesTheBytesOfAFrameAsTheyCame) {
    const std::string wire = "\xEF\xBB\xBF: c\r\nevent:x\rdata:  1 \n\r\n";
    parser parser;
    parser.feed(wire + "data: 2");
    const auto frame = parser.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->raw, wire);
    EXPECT_EQ(parser.incomplete(), "data: 2");
}

TEST(SseParser, CopiesNothingForAnEventWithOneDataLine) {
    parser parser;
    parser.feed("event: delta\ndata: hello\n\n");
    const auto frame = parser.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->data.data(), frame->raw.data() + 19);
    EXPECT_EQ(frame->type.data(), frame->raw.data() + 7);
}

TEST(SseParser, KeepsRawViewsValidUntilMoreIsFed) {
    parser parser;
    parser.feed("data: 1\n\ndata: 2\n\ndata: 3");
    const auto first = parser.next();
    const auto second = parser.next();
    ASSERT_FALSE(parser.next());
    EXPECT_EQ(first->raw, "data: 1\n\n");
    EXPECT_EQ(second->raw, "data: 2\n\n");
}

// --- Limits ---

TEST(SseParser, FailsForGoodAtABlockOverTheLimitHoweverItIsCut) {
    const std::string good = "data: 123\r\n\r\n";  // 12 bytes up to the CR that completes it
    const std::string wire = good + "data: 1234\n\n" + "data: 12345\n\n" + good;
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        SCOPED_TRACE(cut);
        const auto view = std::string_view(wire);
        const outcome result = parse({view.substr(0, cut), view.substr(cut)}, 12);
        EXPECT_TRUE(result.failed);
        EXPECT_THAT(
            result.blocks,
            ElementsAre(block{"message", "123", "", true}, block{"message", "1234", "", true})
        );
    }
}

TEST(SseParser, FailsAtALineThatNeverEnds) {
    parser parser(1000);
    for (int count = 0; count < 1000; ++count) {
        parser.feed("x");
        EXPECT_FALSE(parser.next());
        ASSERT_FALSE(parser.failed());
    }
    parser.feed("x");
    EXPECT_FALSE(parser.next());
    EXPECT_TRUE(parser.failed());
    parser.feed("\n\ndata: 1\n\n");
    EXPECT_FALSE(parser.next());
    EXPECT_THAT(parser.incomplete(), SizeIs(1001));
}

TEST(SseParser, CountsTheLimitPerBlockAndNotPerStream) {
    std::string wire;
    for (int count = 0; count < 1000; ++count) {
        wire += "data: 123\n\n";
    }
    const outcome whole = parse({wire}, 11);
    EXPECT_FALSE(whole.failed);
    EXPECT_THAT(whole.blocks, SizeIs(1000));
}

}  // namespace
}  // namespace sluice::sse::testing
