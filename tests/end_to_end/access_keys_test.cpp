#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const std::string key_a = "sk-sluice-a-0123456789";
const std::string key_b = "sk-sluice-b-0123456789";
const json chat{
    {"model", "mock"}, {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}};
const json native{{"prompt", "Hi"}, {"stream", false}};

class Keys : public ::testing::Test {
 protected:
    gateway_process gateway{configuration_text().key("team-a", key_a).key("team-b", key_b).yaml()};
};

TEST_F(Keys, AreAskedForInTheDialectsOwnShape) {
    expect_openai_error(gateway.ask(post("/v1/chat/completions", chat)), 401);
    expect_openai_error(gateway.ask(get("/v1/models")), 401);
    expect_native_error(gateway.ask(post("/v1/streams", native)), 401);
    expect_native_error(gateway.ask(get("/v1/stream?prompt=Hi")), 401);
}

TEST_F(Keys, ThatAreWrongAreRefused) {
    for (const auto& value :
         {std::string("Bearer wrong"),
          "Bearer " + key_a + "x",
          std::string("Bearer "),
          "Basic " + key_a,
          key_a,
          "Bearer " + sha256_hex(key_a),
          "Bearer " + std::string(20'000, 'x')}) {
        SCOPED_TRACE(value.substr(0, 60));
        const auto response =
            gateway.ask(post("/v1/chat/completions", chat).header("Authorization", value));
        expect_openai_error(response, 401);
        EXPECT_EQ(response.body.find(key_a), std::string::npos);
    }
}

TEST_F(Keys, ThatAreRightOpenTheDoorEitherWay) {
    for (const auto& key : {key_a, key_b}) {
        const auto bearer =
            gateway.ask(post("/v1/streams", native).header("Authorization", "Bearer " + key));
        EXPECT_EQ(bearer.status, 200);
        const auto own = gateway.ask(post("/v1/streams", native).header("X-Api-Key", key));
        EXPECT_EQ(own.status, 200);
    }
    const auto lower_case =
        gateway.ask(post("/v1/streams", native).header("authorization", "bearer " + key_a));
    EXPECT_EQ(lower_case.status, 200);
}

TEST_F(Keys, AreNotAskedForByProbesAndThePage) {
    for (const auto* path : {"/livez", "/readyz", "/healthz", "/"}) {
        EXPECT_EQ(gateway.ask(get(path)).status, 200) << path;
    }
}

TEST_F(Keys, AreNeededToStopAStreamThatAnotherOneBegan) {
    open_stream live(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("Authorization", "Bearer " + key_a)
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    ASSERT_EQ(live.head().status, 200);
    const auto stop = [&](const std::string& key) {
        auto message = remove(live.url());
        if (!key.empty()) message.header("Authorization", "Bearer " + key);
        return gateway.ask(message).status;
    };
    EXPECT_GE(stop(""), 401);
    EXPECT_GE(stop(key_b), 403);
    EXPECT_TRUE(live.next().has_value()) << "a stranger stopped the stream";
    EXPECT_EQ(stop(key_a), 204);
    EXPECT_EQ(live.rest().back().json().at("finish_reason"), "cancelled");
}

TEST_F(Keys, OpenAStreamToReadersWhoKnowItsId) {
    open_stream first(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("Authorization", "Bearer " + key_a)
            .header("X-Mock-Tokens", "5")
    );
    const auto text = native_text(first.rest());
    open_stream again(gateway, get(first.url()).header("Authorization", "Bearer " + key_a));
    EXPECT_EQ(native_text(again.rest()), text);
}

TEST(ClientKey, GoesUpstreamWhereTheOperatorWantsThat) {
    fake_upstream upstream(say({"Hi"}));
    const gateway_process gateway(configuration_text()
                                      .upstream(upstream.base_url())
                                      .upstream_setting("api_key: client")
                                      .yaml());
    auto body = chat;
    body["model"] = "up";
    gateway.ask(post("/v1/chat/completions", body).header("Authorization", "Bearer sk-mine"));
    EXPECT_EQ(upstream.expect_request().header("Authorization"), "Bearer sk-mine");
}

}  // namespace
}  // namespace sluice::end_to_end
