#include "gateway/http/message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::testing {
namespace {

using namespace std::string_literals;

TEST(Message, WritesAHead) {
    std::string out;
    append_head(out, 404, {{"Content-Length", "0"}, {"X-Request-Id", "a b"}});
    EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nX-Request-Id: a b\r\n\r\n");
}

TEST(Message, AHeadersValueForgesNoOther) {
    std::string out;
    append_head(out, 200, {{"X-A", "a\r\nSet-Cookie: b\r\n\r\nbody\0\n\r"s}});
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nX-A: aSet-Cookie: bbody\r\n\r\n");
}

TEST(Message, LeavesOutAHeaderWhoseNameIsNone) {
    std::string out;
    append_head(out, 200, {{"X-A: 1\r\nSet-Cookie", "b"}, {"X B", "2"}, {"", "3"}, {"X-C", "4"}});
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nX-C: 4\r\n\r\n");
}

TEST(Message, DecodesPercentEscapes) {
    EXPECT_EQ(percent_decode("a%20b%2Fc%2f", false), "a b/c/");
    EXPECT_EQ(percent_decode("%C3%A4", false), "\xc3\xa4");
    EXPECT_EQ(percent_decode("a+b%2B", false), "a+b+");
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
    for (const std::string odd : {"%", "%2", "%zz", "%2g", "a%"})
        EXPECT_EQ(percent_decode(odd, false), odd);
    EXPECT_EQ(percent_decode("%%41", false), "%A");
    EXPECT_EQ(percent_decode("%2541", false), "%41");  // once, not twice
}

TEST(Message, ParsesAQuery) {
    const upstream::header_list expected{
        {"prompt", "hi there & more"}, {"a", ""}, {"b", "="}, {"", "c"}, {"a", "2"}};
    EXPECT_EQ(parse_query("prompt=hi+there+%26+more&a&&b==&=c&a=2&"), expected);
    EXPECT_TRUE(parse_query("").empty());
    EXPECT_TRUE(parse_query("&&").empty());
}

TEST(Message, GivesTheFirstOfAHeaderAndOfAParameter) {
    http_request request;
    request.headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
    request.query = "x=1&y=%32&x=3";
    EXPECT_EQ(request.header("a"), "1");
    EXPECT_EQ(request.header("c"), std::nullopt);
    EXPECT_EQ(request.parameter("x"), "1");
    EXPECT_EQ(request.parameter("y"), "2");
    EXPECT_EQ(request.parameter("z"), std::nullopt);
}

}  // namespace
}  // namespace sluice::gateway::testing
