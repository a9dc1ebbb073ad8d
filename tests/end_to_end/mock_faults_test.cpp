#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json hello{{"prompt", "Hello"}};
const json chat_hello{
    {"model", "mock"},
    {"stream", true},
    {"messages", json::array({{{"role", "user"}, {"content", "Hello"}}})}};

request with_fault(request message, const std::string& fault) {
    return message.header("X-Mock-Error", fault).header("X-Mock-Tokens", "20");
}

TEST(MockFault, ANumberIsThatStatusInTheDialectsOwnShape) {
    const gateway_process gateway(configuration_text().yaml());
    for (const int status : {400, 401, 429, 500, 503}) {
        SCOPED_TRACE(status);
        const auto word = std::to_string(status);
        const auto native = gateway.ask(with_fault(post("/v1/streams", hello), word));
        EXPECT_EQ(native.status, status);
        EXPECT_TRUE(native.json().at("error").at("retryable").is_boolean());
        const auto chat = gateway.ask(with_fault(post("/v1/chat/completions", chat_hello), word));
        EXPECT_EQ(chat.status, status);
        EXPECT_TRUE(chat.json().at("error").contains("param"));
        EXPECT_TRUE(chat.json().at("error").contains("code"));
    }
}

TEST(MockFault, ABrokenUpstreamSideEndsTheNativeStreamWithAnError) {
    const gateway_process gateway(configuration_text().policy("progress_timeout: 300ms").yaml());
    for (const auto* fault : {"reset-after=5", "truncate-after=5", "stall-after=5"}) {
        SCOPED_TRACE(fault);
        open_stream stream(gateway, with_fault(post("/v1/streams", hello), fault));
        const auto events = stream.rest();
        ASSERT_FALSE(events.empty());
        EXPECT_FALSE(native_text(events).empty());
        const auto done = events.back().json();
        EXPECT_EQ(events.back().type, "done");
        EXPECT_EQ(done.at("finish_reason"), "error");
        EXPECT_FALSE(done.at("error").at("message").get<std::string>().empty());
        EXPECT_TRUE(done.at("error").at("retryable").is_boolean());
        EXPECT_TRUE(stream.ended_whole());
    }
}

TEST(MockFault, ThatARequestAsksForIsNoFailureOfTheTarget) {
    const gateway_process gateway(configuration_text().policy("progress_timeout: 300ms").yaml());
    for (const auto* fault : {"503", "reset-after=5", "truncate-after=5", "stall-after=5"}) {
        SCOPED_TRACE(fault);
        gateway.ask(with_fault(post("/v1/streams", hello), fault));
        const auto target = gateway.ask(get("/v1/targets")).json().at("targets").at(0);
        EXPECT_GT(target.at("attempts"), 0);
        EXPECT_EQ(target.at("failed"), 0);
    }
}

TEST(MockFault, ABrokenUpstreamSideEndsAChatStreamWithAnErrorAndWithoutDone) {
    const gateway_process gateway(configuration_text().policy("progress_timeout: 300ms").yaml());
    for (const auto* fault : {"reset-after=5", "truncate-after=5", "stall-after=5"}) {
        SCOPED_TRACE(fault);
        open_stream stream(gateway, with_fault(post("/v1/chat/completions", chat_hello), fault));
        const auto events = stream.rest();
        ASSERT_FALSE(events.empty());
        EXPECT_TRUE(events.back().json().contains("error")) << events.back().data;
        EXPECT_EQ(stream.body().find("[DONE]"), std::string::npos);
        EXPECT_EQ(stream.body().find("\"finish_reason\":\"stop\""), std::string::npos);
    }
}

TEST(MockFault, TheSameSeedGivesTheSameTextAndAnotherSeedAnother) {
    const gateway_process gateway(configuration_text().yaml());
    const auto text_of = [&](const std::string& seed) {
        const auto message = post("/v1/streams", {{"prompt", "Hello"}, {"stream", false}})
                                 .header("X-Mock-Seed", seed)
                                 .header("X-Mock-Tokens", "30");
        return gateway.ask(message).json().at("text").get<std::string>();
    };
    EXPECT_EQ(text_of("7"), text_of("7"));
    EXPECT_NE(text_of("7"), text_of("8"));
}

TEST(MockFault, MediaComesAsEventsOfItsOwn) {
    const gateway_process gateway(configuration_text().yaml());
    open_stream stream(gateway, post("/v1/streams", hello).header("X-Mock-Media", "image/png"));
    bool seen = false;
    for (const auto& event : stream.rest()) {
        if (event.type != "message" || !event.json().contains("media")) continue;
        seen = true;
        EXPECT_EQ(event.json()["media"].at("type"), "image/png");
        EXPECT_FALSE(event.json()["media"].at("data").get<std::string>().empty());
    }
    EXPECT_TRUE(seen);
}

TEST(MockFault, ANamedToolIsCalledInAtLeastTwoParts) {
    const gateway_process gateway(configuration_text().yaml());
    open_stream stream(gateway, post("/v1/streams", hello).header("X-Mock-Tool-Call", "look_up"));
    std::string arguments;
    int parts = 0;
    const auto events = stream.rest();
    for (const auto& event : events) {
        if (event.type != "message" || !event.json().contains("tool_call")) continue;
        const auto call = event.json()["tool_call"];
        if (!call.value("arguments", "").empty()) ++parts;
        arguments += call.value("arguments", "");
        if (call.contains("name")) {
            EXPECT_EQ(call["name"], "look_up");
        }
    }
    EXPECT_GE(parts, 2);
    EXPECT_TRUE(json::accept(arguments)) << arguments;
    EXPECT_EQ(events.back().json().at("finish_reason"), "tool_calls");
}

}  // namespace
}  // namespace sluice::end_to_end
