#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

/// One model behind three targets that are all well.
struct three_targets {
    explicit three_targets(
        const std::string& policy, const std::array<std::string, 3>& settings = {}
    )
        : gateway(routed_model()
                      .openai(servers[0], settings[0])
                      .openai(servers[1], settings[1])
                      .openai(servers[2], settings[2])
                      .policy(policy)
                      .yaml()) {}

    std::array<std::size_t, 3> calls() const {
        return {servers[0].calls(), servers[1].calls(), servers[2].calls()};
    }
    /// How many of the targets were asked.
    int used() const {
        const auto all = calls();
        return static_cast<int>(std::count_if(all.begin(), all.end(), [](std::size_t count) {
            return count > 0;
        }));
    }
    void ask(const request& message) const {
        const auto answer = gateway.ask(message);
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(answer.header("X-Sluice-Attempts"), "1");
    }

    std::array<fake_upstream, 3> servers{
        fake_upstream{say({"Hello"})},
        fake_upstream{say({"Hello"})},
        fake_upstream{say({"Hello"})}};
    gateway_process gateway;
};

request ask_with(const json& messages) {
    return post("/v1/chat/completions", {{"model", "up"}, {"messages", messages}});
}

json turn(const std::string& role, const std::string& text) {
    return {{"role", role}, {"content", text}};
}

TEST(Balance, WhatBearsTheSameHeaderStaysAtOneTarget) {
    const three_targets house("sticky: \"header:X-Session\"");
    for (int i = 0; i < 20; ++i)
        house.ask(ask_chat(i % 2 == 0).header("x-session", "a session"));
    EXPECT_EQ(house.used(), 1);
}

TEST(Balance, WhatBearsOtherHeadersIsSpread) {
    const three_targets house("sticky: \"header:X-Session\"");
    for (int i = 0; i < 40; ++i)
        house.ask(ask_chat(false).header("X-Session", "session " + std::to_string(i)));
    EXPECT_EQ(house.used(), 3);
}

TEST(Balance, AConversationStaysAtOneTargetAsItGrows) {
    const three_targets house("sticky: conversation");
    auto messages = json::array({turn("system", "Be kind."), turn("user", "Hello")});
    for (int i = 0; i < 20; ++i) {
        house.ask(ask_with(messages));
        messages.push_back(turn("assistant", "Hello"));
        messages.push_back(turn("user", "And then? " + std::to_string(i)));
    }
    EXPECT_EQ(house.used(), 1);
}

TEST(Balance, OtherConversationsAreSpread) {
    const three_targets house("sticky: conversation");
    for (int i = 0; i < 40; ++i)
        house.ask(ask_with(one_turn("Question " + std::to_string(i))));
    EXPECT_EQ(house.used(), 3);
}

TEST(Balance, WhatBelongsTogetherMovesOnWhenItsTargetFails) {
    // Whichever of the targets the session belongs to, only the last of the three is well.
    fake_upstream first(refuse(401));
    fake_upstream second(refuse(401));
    fake_upstream third(say({"Hello"}));
    const gateway_process gateway(routed_model()
                                      .openai(first)
                                      .openai(second)
                                      .openai(third)
                                      .policy("sticky: \"header:X-Session\"")
                                      .yaml());
    for (int i = 0; i < 20; ++i) {
        const auto message = ask_chat(false).header("X-Session", std::to_string(i));
        EXPECT_EQ(gateway.ask(message).status, 200);
    }
}

TEST(Balance, FollowsTheWeights) {
    const three_targets house("balance: weighted", {"weight: 3", "weight: 1", "weight: 0"});
    for (int i = 0; i < 200; ++i)
        house.ask(ask_chat(false));
    const auto calls = house.calls();
    // 150 and 50; so far off once in a hundred million times.
    EXPECT_GE(calls[0], 115U);
    EXPECT_GE(calls[1], 15U);
    EXPECT_EQ(calls[2], 0U) << "a target without weight is for when nobody else is left";
}

TEST(Balance, ATargetWithoutWeightIsAskedWhenNobodyElseIsLeft) {
    fake_upstream first(refuse(401));
    fake_upstream second(say({"Hello"}));
    const gateway_process gateway(routed_model().openai(first).openai(second, "weight: 0").yaml());
    const auto answer = gateway.ask(ask_chat(false));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("X-Sluice-Attempts"), "2");
}

TEST(Balance, GivesTheTargetWithFewerRequestsUnderWayTheNextOne) {
    // One target holds what it is asked; the requests that follow find it busy.
    fake_upstream first(stall);
    fake_upstream second(say({"Hello"}));
    const gateway_process gateway(
        routed_model().openai(first).openai(second).policy("balance: least_outstanding").yaml()
    );
    const auto attempts_at = [&](const std::string& provider) {
        return look_at_target(gateway, provider).at("attempts").get<std::size_t>();
    };
    std::vector<std::unique_ptr<raw_client>> waiting;
    while (attempts_at("first") == 0 && waiting.size() < 100) {
        waiting.push_back(std::make_unique<raw_client>(gateway.port()));
        waiting.back()->send(ask_chat());
        const auto landed = [&] { return attempts_at("first") + attempts_at("second"); };
        ASSERT_TRUE(eventually([&] { return landed() == waiting.size(); }));
    }
    first.expect_request();
    const auto before = first.calls();
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(gateway.ask(ask_chat(false)).status, 200);
    EXPECT_EQ(first.calls(), before);
}

TEST(Balance, GivesTheTargetThatBeginsSoonerTheNextOne) {
    fake_upstream first([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait_closed(milliseconds(200));  // so long it takes
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Hello") + finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    });
    fake_upstream second(say({"Hello"}));
    const gateway_process gateway(
        routed_model().openai(first).openai(second).policy("balance: lowest_ttft").yaml()
    );
    for (int i = 0; i < 30; ++i)
        EXPECT_EQ(gateway.ask(ask_chat()).status, 200);
    EXPECT_LE(first.calls(), 3U) << "it is asked until it is known to be slow";
}

}  // namespace
}  // namespace sluice::end_to_end
