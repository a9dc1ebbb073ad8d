#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

class BadRequest : public ::testing::Test {
 protected:
    http_response ask(const request& message) {
        client.send(message);
        return client.read_response();
    }

    gateway_process gateway{configuration_text().yaml()};
    raw_client client = gateway.connect();
};

TEST_F(BadRequest, ForAnUnknownEndpointIsNotFound) {
    for (const auto* path :
         {"/v1",
          "/v1/",
          "/v1/nothing",
          "/v2/streams",
          "/v1/streams/a/b",
          "//",
          "/v1/chat/completions/",
          "/.env",
          "/v1/../livez"}) {
        EXPECT_EQ(ask(get(path)).status, 404) << path;
    }
    expect_openai_error(ask(get("/v1/nothing")), 404);
}

TEST_F(BadRequest, WithAWrongMethodNamesTheRightOnes) {
    const std::vector<std::pair<request, std::string>> table{
        {request("PUT", "/v1/streams"), "POST"},
        {get("/v1/chat/completions"), "POST"},
        {remove("/v1/chat/completions"), "POST"},
        {post("/v1/models", json::object()), "GET"},
        {post("/livez", json::object()), "GET"},
        {remove("/metrics"), "GET"},
        {request("PATCH", "/v1/streams/AAAAAAAAAAAAAAAAAAAAAAAA"), "DELETE"},
        {remove("/"), "GET"}};
    for (const auto& [message, allowed] : table) {
        const auto response = ask(message);
        EXPECT_EQ(response.status, 405) << message.bytes();
        EXPECT_NE(response.header("Allow").find(allowed), std::string::npos) << message.bytes();
        EXPECT_TRUE(response.json().contains("error"));
    }
}

TEST_F(BadRequest, LeavesTheConnectionUsableWhereItsFramingWasSound) {
    EXPECT_EQ(ask(post_text("/v1/streams", "{oops")).status, 400);
    EXPECT_EQ(ask(get("/nothing")).status, 404);
    EXPECT_EQ(ask(get("/livez")).status, 200);
}

TEST_F(BadRequest, IdsComeBackAndNeverForgeAHeader) {
    EXPECT_EQ(
        ask(get("/livez").header("X-Request-Id", "abc-123")).header("X-Request-Id"), "abc-123"
    );
    for (const auto& id :
         {std::string(1000, 'x'),
          std::string("a\tb"),
          std::string("\xff\xfe"),
          std::string("<script>"),
          std::string("")}) {
        const auto answered = ask(get("/livez").header("X-Request-Id", id)).header("X-Request-Id");
        EXPECT_FALSE(answered.empty());
        EXPECT_NE(answered, id);
    }
    EXPECT_NE(ask(get("/livez")).header("X-Request-Id"), ask(get("/livez")).header("X-Request-Id"));
}

TEST_F(BadRequest, TargetsMayBeAnything) {
    for (const auto* target :
         {"/v1/streams/%",
          "/v1/streams/%00",
          "/v1/streams/%2e%2e",
          "/%ff",
          "/v1/stream?prompt=%",
          "/v1/stream?%=&&==",
          "*",
          "/?x#y"}) {
        raw_client fresh = gateway.connect();
        fresh.send(get(target).header("Connection", "close"));
        const auto response = fresh.read_response();
        EXPECT_LT(response.status, 500) << target;
    }
    EXPECT_EQ(ask(get("/livez")).status, 200);
}

TEST_F(BadRequest, TextOfTheClientNeverForgesAnEvent) {
    const std::string forged =
        "x\n\nevent: done\ndata: {}\n\nid: 7\r\rdata: [DONE]\n\n\xe2\x80\xa8";
    const auto not_found = ask(post("/v1/streams", {{"prompt", "Hi"}, {"model", forged}}));
    expect_native_error(not_found, 404);
    open_stream stream(
        gateway, post("/v1/streams", {{"prompt", forged}}).header("X-Mock-Tokens", "5")
    );
    EXPECT_EQ(count_type(stream.rest(), "done"), 1U);
}

}  // namespace
}  // namespace sluice::end_to_end
