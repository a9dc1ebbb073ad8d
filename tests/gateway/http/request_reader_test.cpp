#include "tests/gateway/http/request_reading.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::testing {
namespace {

using state = request_reader::state;

std::string chunked(std::string_view body) {
    return "POST /v1/streams HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
           std::string{body};
}

/// Whole, in two at every place, and byte by byte.
void expect_the_same_however_cut(std::string_view wire, const request_limits& limits = {}) {
    const auto whole = read({wire}, limits);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        SCOPED_TRACE(cut);
        const auto parts = read({wire.substr(0, cut), wire.substr(cut)}, limits);
        EXPECT_TRUE(agree(whole, parts)) << whole << "\n" << parts;
    }
    const auto bytes = read(single_bytes(wire), limits);
    EXPECT_TRUE(agree(whole, bytes)) << whole << "\n" << bytes;
}

TEST(RequestReader, TellsMethodTargetPathQueryAndHeaders) {
    const auto told = read(
        {"GET /v1/models/a%2Fb?x=1&y=%20 HTTP/1.1\r\nHost: gateway:8080\r\nX-Thing:  two words \r\n"
         "\r\n"}
    );
    ASSERT_EQ(told.state, state::done);
    EXPECT_EQ(told.request.method, "GET");
    EXPECT_EQ(told.request.target, "/v1/models/a%2Fb?x=1&y=%20");
    EXPECT_EQ(told.request.path, "/v1/models/a/b");
    EXPECT_EQ(told.request.query, "x=1&y=%20");
    EXPECT_EQ(told.request.header("host"), "gateway:8080");
    EXPECT_EQ(told.request.header("x-thing"), "two words");
    EXPECT_EQ(told.request.body, "");
    EXPECT_FALSE(told.request.http10);
    EXPECT_TRUE(told.request.keep_alive);
    EXPECT_EQ(told.heads, 0);  // no body to wait for
}

TEST(RequestReader, ReadsABodyOfKnownLength) {
    const auto told = read({"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", "lo"});
    ASSERT_EQ(told.state, state::done);
    EXPECT_EQ(told.request.body, "hello");
    EXPECT_EQ(told.rest, "");
    EXPECT_EQ(told.heads, 1);
}

TEST(RequestReader, JoinsTheChunksOfABody) {
    const auto told = read({chunked("3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")});
    ASSERT_EQ(told.state, state::done) << told;
    EXPECT_EQ(told.request.body, "abc0123456789");
}

TEST(RequestReader, KeepsTrailersOutOfTheHeaders) {
    const auto told = read({chunked("1\r\na\r\n0\r\nX-Late: yes\r\n\r\n")});
    ASSERT_EQ(told.state, state::done) << told;
    EXPECT_EQ(told.request.body, "a");
    EXPECT_EQ(told.request.header("x-late"), std::nullopt);
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesAreCut) {
    for (const std::string& wire : {
             std::string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
             std::string{"\r\n\r\nGET /x?y HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /next"},
             std::string{
                 "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello\r\n\r\n{}GET"},
             chunked("3;a=b\r\nabc\r\n00000a\r\n0123456789\r\n0\r\nT: 1\r\nU: 2\r\n\r\nPOST /n HT"),
             chunked("0\r\n\r\n"),
             chunked("3\r\nabcd\r\n0\r\n\r\n"),
             chunked("z\r\nabc"),
             chunked("3 \r\nabc\r\n0\r\n\r\n"),
             std::string{"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"},
             std::string{"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
             std::string{"GET /\r\n\r\n"},
             std::string{"GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
             std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11},
         }) {
        SCOPED_TRACE(wire);
        expect_the_same_however_cut(wire);
    }
}

TEST(RequestReader, ReachesALimitAtTheSamePlaceHoweverTheBytesAreCut) {
    const request_limits small{.header_bytes_max = 96, .body_bytes_max = 8};
    const std::string filler(100, 'x');
    for (const std::string& wire : {
             "GET / HTTP/1.1\r\nHost: a\r\nX: " + filler + "\r\n\r\n",
             chunked("4\r\nabcd\r\n5\r\nefghi\r\n0\r\n\r\n"),
             chunked("4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n"),
             std::string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789"},
         }) {
        SCOPED_TRACE(wire);
        expect_the_same_however_cut(wire, small);
    }
}

TEST(RequestReader, LeavesPipelinedBytesInTheInput) {
    const std::string_view next = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const std::string& first : {
             std::string{"GET /first HTTP/1.1\r\nHost: a\r\n\r\n"},
             std::string{"POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"},
             std::string{"POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
             chunked("3\r\nabc\r\n0\r\n\r\n"),
         }) {
        SCOPED_TRACE(first);
        const auto told = read({first + std::string{next}});
        ASSERT_EQ(told.state, state::done) << told;
        EXPECT_EQ(told.rest, next);
        const auto again = read({told.rest});
        EXPECT_EQ(again.request.path, "/second");
    }
}

TEST(RequestReader, IgnoresEmptyLinesBeforeTheRequest) {
    const auto told = read({"\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"});
    ASSERT_EQ(told.state, state::done);
    EXPECT_EQ(told.request.path, "/a");
    EXPECT_EQ(read({"\r\n\r\n"}).state, state::need_more);
}

TEST(RequestReader, TakesThePathOutOfTheAbsoluteForm) {
    const auto target = [](std::string_view form) {
        return read({"GET " + std::string{form} + " HTTP/1.1\r\nHost: a\r\n\r\n"}).request;
    };
    EXPECT_EQ(target("http://elsewhere:80/v1/models?x=1").path, "/v1/models");
    EXPECT_EQ(target("http://elsewhere:80/v1/models?x=1").query, "x=1");
    EXPECT_EQ(target("https://elsewhere/").path, "/");
    EXPECT_EQ(target("http://elsewhere").path, "/");
    // What looks like a path behind the question mark is none.
    EXPECT_EQ(target("http://elsewhere?next=/v1/streams").path, "/");
    EXPECT_EQ(target("http://elsewhere?next=/v1/streams").query, "next=/v1/streams");
}

TEST(RequestReader, KnowsWhetherTheConnectionIsToStay) {
    EXPECT_TRUE(read({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}).request.keep_alive);
    EXPECT_FALSE(read({"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}).request.keep_alive
    );
    const auto old = read({"GET / HTTP/1.0\r\n\r\n"});
    EXPECT_EQ(old.state, state::done);
    EXPECT_TRUE(old.request.http10);
    EXPECT_FALSE(old.request.keep_alive);
    EXPECT_TRUE(read({"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}).request.keep_alive);
}

TEST(RequestReader, TellsThatTheClientWaitsForContinue) {
    const std::string tail = "Content-Length: 2\r\n\r\n";
    const auto waits = read({"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n" + tail});
    EXPECT_EQ(waits.state, state::need_more);
    EXPECT_EQ(waits.heads, 1);
    EXPECT_TRUE(waits.expects_continue);
    EXPECT_FALSE(read({"POST / HTTP/1.1\r\nHost: a\r\n" + tail}).expects_continue);
    // RFC 9110, 10.1.1: an HTTP/1.0 client knows no interim answers.
    EXPECT_FALSE(read({"POST / HTTP/1.0\r\nExpect: 100-continue\r\n" + tail}).expects_continue);
    EXPECT_EQ(read({"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n" + tail}).status, 417);
}

TEST(RequestReader, AcceptsTheFormsOfAHost) {
    for (const std::string host :
         {"a",
          "localhost:8080",
          "api.example.com",
          "127.0.0.1:1",
          "[::1]",
          "[::1]:8080",
          "[::ffff:127.0.0.1]:80",
          "under_score",
          "EXAMPLE.com"}) {
        SCOPED_TRACE(host);
        EXPECT_EQ(read({"GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"}).state, state::done);
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
