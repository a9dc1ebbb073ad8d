#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

class WireHttp : public ::testing::Test {
 protected:
    request document(const std::string& prompt = "Hi") const {
        return post(
                   "/v1/streams", {{"prompt", prompt}, {"stream", false}}
        ).header("X-Mock-Tokens", "3");
    }

    gateway_process gateway{configuration_text().yaml()};
    raw_client client = gateway.connect();
};

TEST_F(WireHttp, ExpectIsAnsweredBeforeTheBodyComes) {
    const std::string body = R"({"prompt":"Hi","stream":false})";
    client.send(
        "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n"
    );
    EXPECT_EQ(client.read_head().status, 100);
    client.send(body);
    EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(WireHttp, HeadHasTheHeadersOfGetAndNoBody) {
    for (const auto* path : {"/livez", "/v1/models", "/"}) {
        SCOPED_TRACE(path);
        client.send(request("HEAD", path));
        const auto head = client.read_response(true);
        EXPECT_EQ(head.status, 200);
        client.send(get(path));
        const auto whole = client.read_response();
        EXPECT_EQ(head.header("Content-Type"), whole.header("Content-Type"));
        EXPECT_EQ(head.header("Content-Length"), whole.header("Content-Length"));
    }
}

TEST_F(WireHttp, HeadNeverGenerates) {
    client.send(request("HEAD", "/v1/stream?prompt=Hi"));
    const auto head = client.read_response(true);
    EXPECT_EQ(head.header("X-Stream-Id"), "");
    client.send(get("/livez"));
    EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(WireHttp, PipelinedGetsAreAnsweredInTheirOrder) {
    std::string bytes;
    for (int i = 0; i < 10; ++i) {
        bytes += get("/livez").bytes() + get("/nowhere").bytes() + get("/v1/models").bytes();
    }
    client.send(bytes);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(client.read_response().status, 200);
        EXPECT_EQ(client.read_response().status, 404);
        EXPECT_TRUE(client.read_response().json().contains("data"));
    }
}

TEST_F(WireHttp, PipelinedPostsAreAnsweredInTheirOrder) {
    const json turn{{"role", "user"}, {"content", "Hi"}};
    const json body{{"model", "mock"}, {"messages", json::array({turn})}};
    std::string bytes;
    for (int tokens = 1; tokens <= 5; ++tokens) {
        bytes += post("/v1/chat/completions", body)
                     .header("X-Mock-Tokens", std::to_string(tokens))
                     .bytes();
    }
    client.send(bytes);
    for (int tokens = 1; tokens <= 5; ++tokens) {
        const auto response = client.read_response();
        ASSERT_EQ(response.status, 200);
        EXPECT_EQ(response.json().at("usage").at("completion_tokens"), tokens);
    }
}

TEST_F(WireHttp, ARequestBehindAStreamWaitsForItsEnd) {
    const json turn{{"role", "user"}, {"content", "Hi"}};
    const json body{{"model", "mock"}, {"stream", true}, {"messages", json::array({turn})}};
    client.send(
        post("/v1/chat/completions", body).header("X-Mock-Tokens", "20").bytes() +
        get("/livez").bytes()
    );
    const auto stream = client.read_response();
    EXPECT_NE(stream.body.find("[DONE]"), std::string::npos);
    EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(WireHttp, AnOldClientGetsNoChunksAndItsConnectionClosed) {
    const std::string body = R"({"prompt":"Hi"})";
    client.send(
        "POST /v1/streams HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body
    );
    const auto response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.has("Transfer-Encoding"));
    EXPECT_NE(response.body.find("event: done"), std::string::npos);
    EXPECT_EQ(response.body.find("retry: 1000\nevent: start\n"), 0U)
        << "chunk sizes in the body of an HTTP/1.0 answer";

    raw_client probe = gateway.connect();
    probe.send("GET /livez HTTP/1.0\r\n\r\n");
    EXPECT_EQ(probe.read_response().status, 200);
    EXPECT_TRUE(probe.is_closed_by_peer());
}

TEST_F(WireHttp, SegmentsOfOneByteAreARequest) {
    client.send_in_pieces(document().bytes(), 1);
    EXPECT_EQ(client.read_response().status, 200);
    client.send_in_pieces(document().bytes(), 3);
    EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(WireHttp, AChunkedRequestBodyIsRead) {
    client.send(
        "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nX-Mock-Tokens: 3\r\n\r\n"
        "10;name=value\r\n{\"prompt\":\"Hi\",\"\r\n"
        "e\r\nstream\":false}\r\n0\r\nX-Small: trailer\r\n\r\n"
    );
    EXPECT_EQ(client.read_response().status, 200);
    client.send(get("/livez"));
    EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(WireHttp, ConnectionCloseIsHonoured) {
    client.send(get("/livez").header("Connection", "close"));
    const auto response = client.read_response();
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(WireHttp, ARefusalReachesAClientThatStillSends) {
    // Without a lingering close the kernel's reset would overtake the answer.
    client.send(
        "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 200000\r\n\r\n"
    );
    client.try_send(std::string(200'000, ' '));
    EXPECT_EQ(client.read_response().status, 404);
}

TEST_F(WireHttp, AnEmptyLineBeforeARequestIsIgnored) {
    client.send("\r\n" + get("/livez").bytes());
    EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(WireHttp, ConnectionsThatBreakAnywhereLeaveNothingBehind) {
    const auto bytes = post("/v1/streams", {{"prompt", "Hi"}}).bytes();
    for (std::size_t cut = 0; cut <= bytes.size(); cut += 5) {
        raw_client broken = gateway.connect();
        broken.send(std::string_view(bytes).substr(0, cut));
        broken.reset();
    }
    EXPECT_EQ(gateway.ask(document()).status, 200);
}

}  // namespace
}  // namespace sluice::end_to_end
