#include "tests/gateway/http/request_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::testing {
namespace {

using state = request_reader::state;
using ::testing::HasSubstr;

reading post(
    const std::string& headers, const std::string& body, const request_limits& limits = {}
) {
    return read({"POST /v1/streams HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body}, limits);
}

reading post_chunked(const std::string& body, const request_limits& limits = {}) {
    return post("Transfer-Encoding: chunked\r\n", body, limits);
}

/// Each of these has been read in two ways by two servers.
TEST(RequestReaderSmuggling, RefusesEveryAmbiguousFraming) {
    for (const std::string headers : {
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: xchunked\r\n",
             "Transfer-Encoding: chunked, identity\r\n",
             "Transfer-Encoding: identity\r\n",
             "Transfer-Encoding: identity, chunked\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
             "Transfer-Encoding: chunked, chunked\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
             "Transfer-Encoding: \"chunked\"\r\n",
             "Transfer-Encoding: chunked;q=1\r\n",
             "Transfer-Encoding: \x0b"
             "chunked\r\n",
             "Transfer-Encoding:\r\n",
             "Transfer-Encoding : chunked\r\n",
             " Transfer-Encoding: chunked\r\n",
             "Transfer-Encoding:\r\n chunked\r\n",
             "X: y\r\n\tTransfer-Encoding: chunked\r\n",
             "X: y\nTransfer-Encoding: chunked\r\n",
             "X: y\rTransfer-Encoding: chunked\r\n",
             "Content-Length: 5\r\nContent-Length: 6\r\n",
             "Content-Length: 5\r\nContent-Length: 5\r\n",
             "Content-Length: 5, 5\r\n",
             "Content-Length: 5,6\r\n",
             "Content-Length: +5\r\n",
             "Content-Length: -5\r\n",
             "Content-Length: 0x5\r\n",
             "Content-Length: 5 5\r\n",
             "Content-Length: 5.0\r\n",
             "Content-Length:\r\n",
             "Content-Length: 18446744073709551621\r\n",
             "Content-Length : 5\r\n",
         }) {
        SCOPED_TRACE(headers);
        const auto told = post(headers, "5\r\nhello\r\n0\r\n\r\n");
        EXPECT_EQ(told.state, state::refused);
        EXPECT_EQ(told.status, 400) << told.message;
        EXPECT_FALSE(told.message.empty());
    }
}

TEST(RequestReaderSmuggling, RefusesATransferEncodingOfHttp10) {
    const auto told =
        read({"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"});
    EXPECT_EQ(told.status, 400);
    EXPECT_THAT(told.message, HasSubstr("HTTP/1.0"));
}

TEST(RequestReaderSmuggling, RefusesAHeadWithFoldedLines) {
    const auto told = post("X-One: a\r\n b\r\n", "");
    EXPECT_EQ(told.status, 400);
    EXPECT_THAT(told.message, HasSubstr("folded"));
}

TEST(RequestReaderSmuggling, RefusesMalformedChunks) {
    for (const std::string body : {
             "g\r\nhello\r\n0\r\n\r\n",
             "-5\r\nhello\r\n0\r\n\r\n",
             "+5\r\nhello\r\n0\r\n\r\n",
             "0x5\r\nhello\r\n0\r\n\r\n",
             " 5\r\nhello\r\n0\r\n\r\n",
             "5\r\nhelloX\r\n0\r\n\r\n",
             "5\r\nhello0\r\n\r\n",
             "5\nhello\r\n0\r\n\r\n",
             "\r\nhello\r\n0\r\n\r\n",
             "10000000000000005\r\nhello\r\n0\r\n\r\n",
             "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
         }) {
        SCOPED_TRACE(body);
        const auto told = post_chunked(body);
        EXPECT_EQ(told.state, state::refused) << told;
        EXPECT_TRUE(told.status == 400 || told.status == 413) << told;
    }
}

TEST(RequestReaderHost, RefusesAHostThatIsMissingRepeatedOrMalformed) {
    const auto with = [](const std::string& hosts) {
        return read({"GET / HTTP/1.1\r\n" + hosts + "\r\n"}).status;
    };
    EXPECT_EQ(with(""), 400);
    EXPECT_EQ(with("Host: a\r\nHost: a\r\n"), 400);
    EXPECT_EQ(with("Host: a\r\nhost: b\r\n"), 400);
    for (const std::string host :
         {"",    ":80",    "a:b",  "a:",    "a:80:80", "a b",           "a/b",
          "a@b", "user@a", "[::1", "[]",    "[::1]x",  "[::1]:",        "[a.b]g",
          "a,b", "a?b",    "a#b",  "\"a\"", "[g::1]",  "ex\xc3\xa4mple"}) {
        SCOPED_TRACE(host);
        EXPECT_EQ(with("Host: " + host + "\r\n"), 400);
    }
    EXPECT_EQ(with("Host: " + std::string(301, 'a') + "\r\n"), 400);
}

TEST(RequestReaderHost, JudgesTheHostOfHttp10OnlyIfThereIsOne) {
    EXPECT_EQ(read({"GET / HTTP/1.0\r\n\r\n"}).state, state::done);
    EXPECT_EQ(read({"GET / HTTP/1.0\r\nHost: a b\r\n\r\n"}).status, 400);
}

TEST(RequestReaderLimits, AnswersALargeHeaderWith431) {
    const request_limits limits{.header_bytes_max = 256};
    const auto told = post("X: " + std::string(300, 'x') + "\r\n", "", limits);
    EXPECT_EQ(told.status, 431);
    // Without an end in sight too: it is refused before more of it is read.
    EXPECT_EQ(read({"GET / HTTP/1.1\r\nX: " + std::string(300, 'x')}, limits).status, 431);
    EXPECT_EQ(read({"GET /" + std::string(300, 'x')}, limits).status, 431);
    EXPECT_EQ(post("X: " + std::string(100, 'x') + "\r\n", "", limits).state, state::done);
}

TEST(RequestReaderLimits, AnswersTooManyFieldsWith431) {
    const auto with_fields = [](int count) {
        std::string headers;
        for (int i = 1; i < count; ++i)  // Host is one
            headers += "X" + std::to_string(i) + ": y\r\n";
        return post(headers, "");
    };
    EXPECT_EQ(with_fields(100).state, state::done);
    EXPECT_EQ(with_fields(101).status, 431);
}

TEST(RequestReaderLimits, AnswersALongTargetWith414) {
    const auto with_target = [](std::size_t size) {
        return read({"GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"});
    };
    EXPECT_EQ(with_target(8192).state, state::done);
    EXPECT_EQ(with_target(8193).status, 414);
}

TEST(RequestReaderLimits, AnswersALargeBodyWith413BeforeReadingIt) {
    const request_limits limits{.body_bytes_max = 10};
    EXPECT_EQ(post("Content-Length: 11\r\n", "", limits).status, 413);
    EXPECT_EQ(post("Content-Length: 10\r\n", "0123456789", limits).state, state::done);
    EXPECT_EQ(post_chunked("b\r\nabc", limits).status, 413);
    EXPECT_EQ(post_chunked("6\r\nabcdef\r\n5\r\n", limits).status, 413);
    EXPECT_EQ(post_chunked("6\r\nabcdef\r\n4\r\nghij\r\n0\r\n\r\n", limits).state, state::done);
    EXPECT_EQ(post_chunked("FFFFFFFFFFFFFFFF\r\n", limits).status, 413);
}

/// So that the refusal can be told in the words of the path's dialect.
TEST(RequestReaderLimits, KnowsThePathOfABodyThatIsTooLarge) {
    const auto told = post("Content-Length: 11\r\n", "", request_limits{.body_bytes_max = 10});
    EXPECT_EQ(told.request.path, "/v1/streams");
    EXPECT_EQ(told.request.header("content-length"), "11");
}

TEST(RequestReaderLimits, BoundsChunkExtensions) {
    const auto with_extension = [](std::size_t size) {
        return post_chunked("1;" + std::string(size, 'e') + "\r\na\r\n0\r\n\r\n");
    };
    EXPECT_EQ(with_extension(200).state, state::done) << with_extension(200);
    EXPECT_EQ(with_extension(300).status, 400);
    EXPECT_EQ(with_extension(100'000).status, 400);
    // One that never ends is not waited for.
    EXPECT_EQ(post_chunked("1;" + std::string(20'000, 'e')).status, 400);
}

TEST(RequestReaderLimits, BoundsTrailers) {
    const auto with_trailer = [](std::size_t size) {
        return post_chunked("1\r\na\r\n0\r\nX-Late: " + std::string(size, 't') + "\r\n\r\n");
    };
    EXPECT_EQ(with_trailer(4000).state, state::done) << with_trailer(4000);
    EXPECT_EQ(with_trailer(9000).status, 400);
    EXPECT_EQ(with_trailer(100'000).status, 400);
    EXPECT_EQ(post_chunked("0\r\nX-Late: " + std::string(20'000, 't')).status, 400);
}

TEST(RequestReaderLimits, TellsTheSameOfLongTrailersHoweverTheyAreCut) {
    for (const std::size_t size : {900, 1024, 4000, 8150, 8192, 9000}) {
        SCOPED_TRACE(size);
        const std::string wire =
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "1\r\na\r\n0\r\nX-Late: " +
            std::string(size, 't') + "\r\n\r\n";
        const auto whole = read({wire});
        EXPECT_TRUE(agree(whole, read(single_bytes(wire)))) << whole;
        EXPECT_TRUE(agree(whole, read({wire.substr(0, 100), std::string_view{wire}.substr(100)})));
    }
}

TEST(RequestReader, AnswersAnotherHttpVersionWith505) {
    EXPECT_EQ(read({"GET / HTTP/2.0\r\nHost: a\r\n\r\n"}).status, 505);
    EXPECT_EQ(read({"GET / HTTP/1.2\r\nHost: a\r\n\r\n"}).status, 505);
    EXPECT_EQ(read({"GET / HTTP/x\r\nHost: a\r\n\r\n"}).status, 400);
    EXPECT_EQ(read({"GET /\r\nHost: a\r\n\r\n"}).status, 400);
}

TEST(RequestReader, RefusesWhatIsNoHttp) {
    using namespace std::string_literals;
    for (const std::string& wire : {
             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s,
             "hello\r\n\r\n"s,
             "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"s,
             "GET / HTTP/1.1\r\nHost\r\n\r\n"s,
             "GET / HTTP/1.1\r\n: x\r\n\r\n"s,
             "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s,
             "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n"s,
             "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n"s,
         }) {
        SCOPED_TRACE(wire);
        EXPECT_EQ(read({wire}).status, 400);
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
