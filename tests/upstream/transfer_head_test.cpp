#include "upstream/transfer_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream {
namespace {

bool feed_all(transfer_head& head, std::initializer_list<std::string_view> lines) {
    for (const auto line : lines) {
        if (!head.feed(line)) return false;
    }
    return true;
}

TEST(TransferHead, LowersNamesAndTrimsValues) {
    transfer_head head;
    ASSERT_TRUE(feed_all(head, {"HTTP/1.1 200 OK\r\n", "X-A: \t b c \r\n", "EMPTY:\r\n", "\r\n"}));
    EXPECT_EQ(head.status(), 200);
    EXPECT_EQ(head.headers(), (header_list{{"x-a", "b c"}, {"empty", ""}}));
    EXPECT_FALSE(head.is_http2());
}

TEST(TransferHead, ReportsNothingBeforeItIsComplete) {
    transfer_head head;
    EXPECT_FALSE(head.begun());
    ASSERT_TRUE(feed_all(head, {"HTTP/2 200 \r\n", "a: b\r\n"}));
    EXPECT_TRUE(head.begun());
    EXPECT_FALSE(head.complete());
    EXPECT_EQ(head.status(), 0);
    EXPECT_TRUE(head.headers().empty());
}

TEST(TransferHead, KnowsHttp2) {
    transfer_head head;
    ASSERT_TRUE(feed_all(head, {"HTTP/2 404 \r\n", "\r\n"}));
    EXPECT_TRUE(head.is_http2());
    EXPECT_EQ(head.status(), 404);
}

TEST(TransferHead, ForgetsInterimHeads) {
    transfer_head head;
    ASSERT_TRUE(feed_all(head, {"HTTP/1.1 103 Hints\r\n", "link: x\r\n", "\r\n"}));
    EXPECT_FALSE(head.complete());
    ASSERT_TRUE(feed_all(head, {"HTTP/1.1 204 No\r\n", "a: b\r\n", "\r\n"}));
    EXPECT_EQ(head.headers(), (header_list{{"a", "b"}}));
}

TEST(TransferHead, IgnoresWhatFollowsTheFinalHead) {
    transfer_head head;
    ASSERT_TRUE(feed_all(head, {"HTTP/1.1 200 OK\r\n", "\r\n", "HTTP/1.1 500 No\r\n", "a: b\r\n"}));
    EXPECT_EQ(head.status(), 200);
    EXPECT_TRUE(head.headers().empty());
}

TEST(TransferHead, LeavesOutLinesThatAreNoFields) {
    transfer_head head;
    ASSERT_TRUE(
        feed_all(head, {"HTTP/1.1 200 OK\r\n", "no colon\r\n", " folded: x\r\n", "a: b\n", "\n"})
    );
    EXPECT_EQ(head.headers(), (header_list{{"a", "b"}}));
}

TEST(TransferHead, RefusesAMalformedStatusLine) {
    for (const char* line :
         {"HTTP/1.1\r\n",
          "HTTP/1.1 2x0 OK\r\n",
          "HTTP/1.1 20",
          "a: b\r\n",
          "HTTP/1.1 099 Low\r\n",
          "HTTP/1.1 \r\n",
          "\r\n"}) {
        SCOPED_TRACE(line);
        transfer_head head;
        EXPECT_FALSE(head.feed(line));
    }
}

TEST(TransferHead, IsBoundedInFieldsAndBytes) {
    transfer_head many;
    ASSERT_TRUE(many.feed("HTTP/1.1 200 OK\r\n"));
    for (std::size_t i = 0; i < transfer_head::fields_max; ++i)
        ASSERT_TRUE(many.feed("a: b\r\n"));
    EXPECT_FALSE(many.feed("a: b\r\n"));

    transfer_head large;
    ASSERT_TRUE(large.feed("HTTP/1.1 200 OK\r\n"));
    const std::string line = "a: " + std::string(transfer_head::bytes_max / 2, 'x') + "\r\n";
    EXPECT_TRUE(large.feed(line));
    EXPECT_FALSE(large.feed(line));
}

}  // namespace
}  // namespace sluice::upstream
