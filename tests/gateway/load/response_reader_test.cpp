#include "gateway/load/wire/response_reader.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

/// What a response came to.
struct reading {
    std::string body;
    int status = 0;
    bool done = false;
    bool failed = false;
    bool keeps_connection = false;
    std::string rest;  ///< what the response did not use

    bool operator==(const reading&) const = default;
};

void PrintTo(const reading& read, std::ostream* out) {
    *out << read.status << " '" << read.body << "' done=" << read.done << " failed=" << read.failed
         << " keeps=" << read.keeps_connection << " rest='" << read.rest << "'";
}

reading read_pieces(const std::vector<std::string>& pieces, bool ends) {
    response_reader reader;
    reading read;
    for (const auto& piece : pieces) {
        const std::vector<char> exact(piece.begin(), piece.end());
        std::string_view bytes(exact.data(), exact.size());
        while (true) {
            const auto body = reader.next(bytes);
            if (body.empty()) break;
            read.body += body;
        }
        read.rest += bytes;
    }
    if (ends) reader.end_of_file();
    read.status = reader.status();
    read.done = reader.done();
    read.failed = reader.failed();
    read.keeps_connection = reader.keeps_connection();
    return read;
}

/// The reading of `wire` in one piece, which must be the same at every cut and byte by byte.
reading read(const std::string& wire, bool ends = false) {
    const reading whole = read_pieces({wire}, ends);
    std::vector<std::string> bytes;
    for (std::size_t cut = 0; cut < wire.size(); ++cut) {
        EXPECT_EQ(read_pieces({wire.substr(0, cut), wire.substr(cut)}, ends), whole)
            << "cut " << cut;
        bytes.push_back(wire.substr(cut, 1));
    }
    EXPECT_EQ(read_pieces(bytes, ends), whole) << "byte by byte";
    return whole;
}

const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(LoadResponseReader, TakesTheChunksOffABody) {
    const auto got = read(chunked_head + "5\r\nHello\r\n00C\r\n, new world!\r\n0\r\n\r\n");
    EXPECT_EQ(got.body, "Hello, new world!");
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(got.done);
    EXPECT_TRUE(got.keeps_connection);
}

TEST(LoadResponseReader, SkipsExtensionsAndTrailers) {
    const auto got = read(chunked_head + "2;a=\"b\"\r\nab\r\n0;x\r\nDigest: 1\r\nOther: 2\r\n\r\n");
    EXPECT_EQ(got.body, "ab");
    EXPECT_TRUE(got.done);
}

TEST(LoadResponseReader, IsNotDoneBeforeTheTrailersEnd) {
    const auto got = read(chunked_head + "2\r\nab\r\n0\r\n");
    EXPECT_FALSE(got.done);
    EXPECT_FALSE(got.failed);
}

TEST(LoadResponseReader, EndsABodyAtItsLengthAndLeavesTheRest) {
    const auto got = read("HTTP/1.1 404 Not Found\r\ncontent-LENGTH:  4 \r\n\r\ngonenext");
    EXPECT_EQ(got.status, 404);
    EXPECT_EQ(got.body, "gone");
    EXPECT_TRUE(got.done);
    EXPECT_EQ(got.rest, "next");
}

TEST(LoadResponseReader, SkipsInterimResponses) {
    const auto got = read(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 204 No Content\r\n\r\n"
    );
    EXPECT_EQ(got.status, 204);
    EXPECT_TRUE(got.done);
}

TEST(LoadResponseReader, KnowsThatTheServerClosesTheConnection) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    EXPECT_TRUE(read(head + "\r\n").keeps_connection);
    EXPECT_FALSE(read(head + "connection: Close\r\n\r\n").keeps_connection);
    EXPECT_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps_connection);
}

TEST(LoadResponseReader, EndsABodyWithoutAFrameWithTheConnection) {
    const std::string wire = "HTTP/1.1 200 OK\r\n\r\nto the end";
    EXPECT_FALSE(read(wire).done);
    const auto got = read(wire, true);
    EXPECT_EQ(got.body, "to the end");
    EXPECT_TRUE(got.done);
}

TEST(LoadResponseReader, FailsWhenTheConnectionEndsBeforeTheResponse) {
    EXPECT_TRUE(read("", true).failed);
    EXPECT_TRUE(read("HTTP/1.1 200 OK\r\n", true).failed);
    EXPECT_TRUE(read(chunked_head + "5\r\nHello\r\n", true).failed);
    EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHell", true).failed);
}

TEST(LoadResponseReader, RefusesWhatIsNoResponse) {
    EXPECT_TRUE(read("SSH-2.0-server\r\n\r\n").failed);
    EXPECT_TRUE(read("HTTP/2 200\r\n\r\n").failed);
    EXPECT_TRUE(read("HTTP/1.1 2x0 OK\r\n\r\n").failed);
    EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nno colon\r\n\r\n").failed);
    EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").failed);
    EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n").failed);
}

TEST(LoadResponseReader, RefusesMalformedChunks) {
    EXPECT_TRUE(read(chunked_head + "x\r\n").failed);
    EXPECT_TRUE(read(chunked_head + "\r\n").failed);
    EXPECT_TRUE(read(chunked_head + "2\r\nabc").failed);
    EXPECT_TRUE(read(chunked_head + "1234567890123456\r\n").failed);
}

TEST(LoadResponseReader, BoundsTheHead) {
    const std::string line = "X-Long: " + std::string(1000, 'x') + "\r\n";
    std::string wire = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 70; ++i)
        wire += line;
    EXPECT_TRUE(read_pieces({wire}, false).failed);
}

TEST(LoadResponseReader, ReadsTheNextResponseAfterAReset) {
    response_reader reader;
    std::string_view first = "HTTP/1.1 500 Oh\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
    EXPECT_EQ(reader.next(first), "x");
    reader.reset();
    EXPECT_FALSE(reader.has_head());
    std::string_view second = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny";
    EXPECT_EQ(reader.next(second), "y");
    EXPECT_EQ(reader.status(), 200);
    EXPECT_TRUE(reader.keeps_connection());
}

}  // namespace

}  // namespace sluice::gateway::load::testing
