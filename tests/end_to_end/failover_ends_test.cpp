#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <optional>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

milliseconds between(steady::time_point one, closing_time other) {
    if (!other) throw harness_error("the upstream was never closed");
    return std::chrono::abs(std::chrono::ceil<milliseconds>(*other - one));
}

/// The machine's own hiccups are not the gateway's: the best of three.
template <class Measure>
milliseconds best_of_three(Measure measure) {
    return std::min({measure(), measure(), measure()});
}

// ---- the client's own time limit ----

TEST(ClientTimeout, BoundsAnAnswerThatDoesNotBegin) {
    fake_upstream first(stall);
    fake_upstream second(stall);
    const gateway_process gateway(routed_model().openai(first).openai(second, "priority: 2").yaml()
    );
    for (const auto& ask : {ask_chat(), ask_chat(false), ask_native(), ask_anthropic()}) {
        const auto began = steady::now();
        const auto answer = gateway.ask(request(ask).header("X-Sluice-Timeout", "300ms"));
        EXPECT_EQ(answer.status, 504) << answer.body;
        EXPECT_TRUE(answer.json().contains("error")) << answer.body;
        EXPECT_GE(steady::now() - began, milliseconds(300));
        EXPECT_LE(steady::now() - began, milliseconds(5000));
    }
    EXPECT_EQ(first.calls(), 4U);
    EXPECT_EQ(second.calls(), 0U) << "no time was left for another attempt";
}

TEST(ClientTimeout, EndsAStreamInItsOwnShapeAndCallsTheProviderOff) {
    const auto measure = [](const request& ask, const auto& expect_end) {
        silent_provider upstream(role_frame() + text_frame("Hel"));
        gateway_process gateway(routed_model().openai(upstream.server).yaml());
        open_stream stream(gateway, request(ask).header("X-Sluice-Timeout", "0.3"));
        EXPECT_EQ(stream.head().status, 200);
        const auto events = stream.rest();
        expect_end(events.back());
        EXPECT_NE(gateway.wait_for_log({"\"outcome\":\"deadline\""}), "");
        return between(events.back().at, upstream.closed.expect());
    };
    EXPECT_LE(
        best_of_three([&] {
            return measure(ask_chat(), [](const received_event& last) {
                EXPECT_EQ(last.json().at("error").at("code"), "deadline") << last.data;
            });
        }),
        cancel_max
    );
    EXPECT_LE(
        best_of_three([&] {
            return measure(ask_native(), [](const received_event& last) {
                EXPECT_EQ(last.json().at("error").at("type"), "deadline") << last.data;
            });
        }),
        cancel_max
    );
    EXPECT_LE(
        best_of_three([&] {
            return measure(ask_anthropic(), [](const received_event& last) {
                EXPECT_EQ(last.type, "error") << last.data;
            });
        }),
        cancel_max
    );
}

TEST(ClientTimeout, NeverRaisesWhatTheRouteAllows) {
    fake_upstream only(stall);
    const gateway_process gateway(
        routed_model().openai(only).policy("total_timeout: 200ms, attempts: 1").yaml()
    );
    const auto began = steady::now();
    EXPECT_EQ(gateway.ask(ask_chat().header("X-Sluice-Timeout", "1h")).status, 504);
    EXPECT_LE(steady::now() - began, milliseconds(5000));
}

TEST(ClientTimeout, ThatIsNoTimeIsRefusedByName) {
    fake_upstream only(say({"Hello"}));
    const gateway_process gateway(routed_model().openai(only).yaml());
    for (const auto* text : {"soon", "-1", "0", "", "5 parsecs", "nan", "1e", "inf"}) {
        for (const auto& ask : {ask_chat(), ask_native(), ask_anthropic(false)}) {
            const auto answer = gateway.ask(request(ask).header("X-Sluice-Timeout", text));
            EXPECT_EQ(answer.status, 400) << text << answer.body;
            EXPECT_NE(answer.body.find("X-Sluice-Timeout"), std::string::npos) << answer.body;
        }
    }
    EXPECT_EQ(only.calls(), 0U);
}

// ---- a client that leaves ----

TEST(FailoverEnds, WithTheClientThatLeavesInThePauseBeforeAnotherAttempt) {
    fake_upstream only(refuse(503, {{"Retry-After", "20"}}));
    gateway_process gateway(
        routed_model().openai(only).policy("backoff_max: 30s, attempts: 3").yaml()
    );
    raw_client client(gateway.port());
    client.send(ask_chat());
    only.expect_request();
    // The failure has been taken in, and the pause has begun.
    EXPECT_TRUE(eventually([&] { return look_at_target(gateway, "first").at("failed") == 1; }));
    client.close();
    const auto line = json::parse(gateway.wait_for_log({"\"path\":\"/v1/chat/completions\""}));
    EXPECT_EQ(line.at("outcome"), "client_gone");
    EXPECT_EQ(line.at("attempts"), 1);
    EXPECT_LT(line.at("duration_ms"), 10'000);
    EXPECT_EQ(only.calls(), 1U);
}

TEST(FailoverEnds, WithTheClientThatLeavesBeforeTheSecondAttemptHasContent) {
    for (const std::string commit : {"50ms", "10s"}) {
        SCOPED_TRACE(commit);
        const auto measure = [&] {
            fake_upstream first(refuse(503));
            silent_provider second(role_frame());
            gateway_process gateway(routed_model()
                                        .openai(first)
                                        .openai(second.server, "priority: 2")
                                        .policy("attempts: 2")
                                        .server("commit_after: " + commit)
                                        .yaml());
            raw_client client(gateway.port());
            client.send(ask_chat());
            second.asked.expect();
            if (commit == "50ms") client.read_head();
            const auto left = steady::now();
            client.close();
            const auto closed = second.closed.expect();
            EXPECT_NE(gateway.wait_for_log({"client_gone", "\"attempts\":2"}), "");
            EXPECT_EQ(first.calls(), 1U);
            EXPECT_EQ(second.server.calls(), 1U);
            // To be left by a client is no fault.
            EXPECT_EQ(look_at_target(gateway, "second").at("failed"), 0);
            EXPECT_EQ(look_at_target(gateway, "second").at("outstanding"), 0);
            return between(left, closed);
        };
        EXPECT_LE(best_of_three(measure), cancel_max);
    }
}

// ---- a gateway that drains ----

bool drains(const gateway_process& gateway) {
    return eventually([&] {
        try {
            return gateway.ask(get("/readyz")).status == 503;
        } catch (const harness_error&) {
            return false;
        }
    });
}

TEST(FailoverEnds, WellWhereTheGatewayDrainsMeanwhile) {
    gate fail;
    fake_upstream first([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame());
        exchange.wait(fail);
        exchange.reset();
    });
    fake_upstream second(say({"Hel", "lo"}));
    gateway_process gateway(routed_model()
                                .openai(first)
                                .openai(second, "priority: 2")
                                .policy("attempts: 2")
                                .server("commit_after: 10ms, drain: 20s")
                                .yaml());
    open_stream stream(gateway, ask_native());
    gateway.signal(SIGTERM);
    ASSERT_TRUE(drains(gateway));
    fail.open();
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "Hello") << stream.body();
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_EQ(gateway.wait_exit(), 0);
}

TEST(FailoverEnds, WithAnErrorWhereTheTimeToDrainIsOver) {
    silent_provider first(role_frame());
    fake_upstream second(say({"Hello"}));
    gateway_process gateway(routed_model()
                                .openai(first.server)
                                .openai(second, "priority: 2")
                                .server("commit_after: 10ms, drain: 300ms")
                                .yaml());
    open_stream stream(gateway, ask_native());
    gateway.signal(SIGTERM);
    const auto events = stream.rest();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().json().at("error").at("type"), "drained") << stream.body();
    EXPECT_TRUE(first.closed.expect().has_value());
    EXPECT_EQ(second.calls(), 0U);
    EXPECT_EQ(gateway.wait_exit(), 0);
}

}  // namespace
}  // namespace sluice::end_to_end
