#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace sluice::end_to_end {
namespace {

/// The second is asked after one failure of the first.
routed_model one_after_the_other(const fake_upstream& first, const fake_upstream& second) {
    return routed_model().openai(first).openai(second, "priority: 2").policy("attempts: 2");
}

struct client {
    std::string name;
    std::function<request()> ask;
    std::string heartbeat;
    std::function<std::string(const event_list&)> text;
    std::string success;  ///< only streams that are whole have it
};

std::string text_of_chat(event_list events) {
    if (!events.empty() && events.back().data == "[DONE]") events.pop_back();
    return chat_text(events);
}

const std::vector<client>& clients() {
    static const std::vector<client> all{
        {"native", [] { return ask_native(); }, "\n: ", native_text, "\"finish_reason\":\"stop\""},
        {"chat", [] { return ask_chat(); }, ":\n\n", text_of_chat, "[DONE]"},
        {"anthropic",
         [] { return ask_anthropic(); },
         "event: ping\n",
         anthropic_text,
         "event: message_stop"},
    };
    return all;
}

TEST(Failover, GoesOnBehindTheHeartbeatsOfAStreamThatHasBegun) {
    for (const auto& client : clients()) {
        SCOPED_TRACE(client.name);
        fake_upstream first(stall);
        fake_upstream second(say({"Hel", "lo"}));
        const gateway_process gateway(one_after_the_other(first, second)
                                          .server("commit_after: 50ms, heartbeat: 100ms")
                                          .policy("first_token_timeout: 400ms")
                                          .yaml());
        open_stream stream(gateway, client.ask());
        EXPECT_EQ(stream.head().status, 200);
        const auto events = stream.rest();
        EXPECT_EQ(client.text(events), "Hello") << stream.body();
        EXPECT_LT(stream.body().find(client.heartbeat), stream.body().find("Hel")) << stream.body();
        EXPECT_EQ(count_of(stream.body(), client.success), 1U) << stream.body();
        EXPECT_TRUE(stream.ended_whole());
        EXPECT_EQ(first.calls(), 1U);
        EXPECT_EQ(second.calls(), 1U);
    }
}

TEST(Failover, ThatFindsNobodyEndsAStreamThatHasBegunWithAnError) {
    for (const auto& client : clients()) {
        SCOPED_TRACE(client.name);
        fake_upstream first(stall);
        fake_upstream second(refuse(503));
        const gateway_process gateway(one_after_the_other(first, second)
                                          .server("commit_after: 50ms, heartbeat: 100ms")
                                          .policy("first_token_timeout: 400ms")
                                          .yaml());
        open_stream stream(gateway, client.ask());
        EXPECT_EQ(stream.head().status, 200);
        const auto events = stream.rest();
        ASSERT_FALSE(events.empty());
        const auto last = events.back().json();
        ASSERT_TRUE(last.contains("error")) << stream.body();
        EXPECT_NE(last["error"].at("message"), "") << stream.body();
        EXPECT_EQ(count_of(stream.body(), client.success), 0U) << stream.body();
        EXPECT_EQ(second.calls(), 1U);
    }
}

TEST(Failover, KeepsTheTrueStatusWhenTheLastTargetHasFailed) {
    fake_upstream only(refuse(429));
    const gateway_process gateway(routed_model().openai(only).policy("backoff: 1ms").yaml());
    for (const auto& client : clients()) {
        SCOPED_TRACE(client.name);
        const auto before = only.calls();
        const auto answer = gateway.ask(client.ask());
        EXPECT_EQ(answer.status, 429) << answer.body;
        EXPECT_EQ(answer.header("X-Sluice-Attempts"), "3");
        EXPECT_EQ(only.calls() - before, 3U);
    }
}

TEST(Failover, DoesNotWaitLongerThanTheRouteAllows) {
    fake_upstream only(refuse(429, {{"Retry-After", "7"}}));
    const gateway_process gateway(routed_model().openai(only).policy("attempts: 3").yaml());
    const auto answer = gateway.ask(ask_chat());
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_EQ(answer.header("Retry-After"), "7");
    EXPECT_EQ(answer.header("X-Sluice-Attempts"), "1");
    EXPECT_EQ(only.calls(), 1U) << "7 s are more than backoff_max";
}

}  // namespace
}  // namespace sluice::end_to_end
