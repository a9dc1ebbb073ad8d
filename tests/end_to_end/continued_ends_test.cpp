#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

routed_model continued(const fake_upstream& first, const fake_upstream& second) {
    return routed_model()
        .openai(first)
        .openai(second, "priority: 2")
        .policy("continue_midstream: true");
}

TEST(ContinuedStream, GoesOnFromAProviderThatFellSilent) {
    silent_provider first(role_frame() + text_frame("The quick brown fox "));
    fake_upstream second(say({"jumps over ", "the lazy dog."}));
    const gateway_process gateway(
        continued(first.server, second).policy("progress_timeout: 300ms").yaml()
    );
    open_stream stream(gateway, ask_native());
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "The quick brown fox jumps over the lazy dog.");
    EXPECT_EQ(events.back().json().at("continued"), 1);
    EXPECT_TRUE(first.closed.expect().has_value());
}

TEST(ContinuedStream, GoesOnFromOneThatReportedAnErrorInItsStream) {
    fake_upstream first([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("The quick brown fox "));
        exchange.chunk(data_frame({{"error", {{"message", "overloaded"}, {"type", "t"}}}}));
        exchange.finish();
    });
    fake_upstream second(say({"jumps over the lazy dog."}));
    const gateway_process gateway(continued(first, second).yaml());
    open_stream stream(gateway, ask_chat());
    auto events = stream.rest();
    ASSERT_EQ(events.back().data, "[DONE]") << stream.body();
    events.pop_back();
    EXPECT_EQ(chat_text(events), "The quick brown fox jumps over the lazy dog.");
    EXPECT_EQ(stream.body().find("overloaded"), std::string::npos) << stream.body();
}

TEST(ContinuedStream, MayBreakMoreThanOnce) {
    fake_upstream first(break_off_after({"The quick "}));
    fake_upstream second(break_off_after({"brown fox "}));
    fake_upstream third(say({"jumps over the lazy dog."}));
    const gateway_process gateway(routed_model()
                                      .openai(first)
                                      .openai(second, "priority: 2")
                                      .openai(third, "priority: 3")
                                      .policy("continue_midstream: true")
                                      .yaml());
    open_stream stream(gateway, ask_native());
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "The quick brown fox jumps over the lazy dog.") << stream.body();
    EXPECT_EQ(count_of(stream.body(), ": continued\n"), 2U) << stream.body();
    EXPECT_EQ(events.back().json().at("continued"), 2);
    EXPECT_EQ(count_type(events, "start"), 1U);
}

TEST(ContinuedStream, ThatAlwaysBreaksEndsAfterAllItsAttempts) {
    fake_upstream first(break_off_after({"The quick brown fox jumps. "}));
    const gateway_process gateway(
        routed_model().openai(first).policy("continue_midstream: true, backoff: 1ms").yaml()
    );
    open_stream stream(gateway, ask_native());
    const auto events = stream.rest();
    EXPECT_EQ(events.back().json().at("finish_reason"), "error") << stream.body();
    EXPECT_EQ(first.calls(), 4U) << "it is gone on with as often as a request is tried";
    EXPECT_TRUE(stream.ended_whole());
}

TEST(ContinuedStream, ThatHasSpentItsTokensWhenItBreaksIsAtItsEnd) {
    fake_upstream first([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(
            role_frame() + text_frame("The ") + text_frame("quick ") + usage_frame(3, 2) +
            data_frame({{"error", {{"message", "overloaded"}, {"type", "t"}}}})
        );
        exchange.finish();
    });
    fake_upstream second(say({"never"}));
    const gateway_process gateway(continued(first, second).yaml());
    open_stream stream(
        gateway, post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}, {"max_tokens", 2}})
    );
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "The quick ") << stream.body();
    const auto done = events.back().json();
    EXPECT_EQ(done.at("finish_reason"), "length") << done;
    EXPECT_EQ(done.at("usage").at("output_tokens"), 2) << done;
    EXPECT_EQ(second.calls(), 0U);
}

TEST(ContinuedStream, IsCalledOffWithItsClientWhileItGoesOn) {
    fake_upstream first(break_off_after({"The quick brown fox "}));
    silent_provider second(role_frame());
    gateway_process gateway(continued(first, second.server).yaml());
    raw_client client(gateway.port());
    client.send(ask_chat());
    client.read_head();
    client.read_body_part();
    second.asked.expect();
    const auto left = steady::now();
    client.close();
    const auto closed = second.closed.expect();
    ASSERT_TRUE(closed.has_value());
    EXPECT_LE(*closed - left, milliseconds(2000));
    EXPECT_NE(gateway.wait_for_log({"\"outcome\":\"client_gone\""}), "");
    EXPECT_EQ(first.calls() + second.server.calls(), 2U);
}

TEST(ContinuedStream, KeepsToTheTimeThatTheClientGives) {
    fake_upstream first(break_off_after({"The quick brown fox "}));
    silent_provider second(role_frame());
    const gateway_process gateway(continued(first, second.server).yaml());
    open_stream stream(gateway, ask_native().header("X-Sluice-Timeout", "400ms"));
    const auto done = stream.rest().back().json();
    EXPECT_EQ(done.at("error").at("type"), "deadline") << done;
    EXPECT_TRUE(second.closed.expect().has_value());
}

TEST(ContinuedStream, KeepsItsHeartbeatsOverTheSeam) {
    gate go_on;
    fake_upstream first(break_off_after({"The quick brown fox "}));
    fake_upstream second([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait(go_on);
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("jumps") + finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    });
    const gateway_process gateway(continued(first, second).server("heartbeat: 100ms").yaml());
    raw_client client(gateway.port());
    client.send(ask_native());
    client.read_head();
    std::string body;
    while (count_of(body, "\n: \n") < 2) {
        const auto part = client.read_body_part();
        if (!part) break;
        body += *part;
    }
    EXPECT_EQ(count_of(body, "fox"), 1U) << body;
    EXPECT_EQ(body.find("done"), std::string::npos) << body;
    go_on.open();
    while (const auto part = client.read_body_part())
        body += *part;
    EXPECT_NE(body.find("\"finish_reason\":\"stop\""), std::string::npos) << body;
}

TEST(ContinuedStream, IsDrainedLikeAnyOther) {
    gate go_on;
    fake_upstream first(break_off_after({"The quick brown fox "}));
    fake_upstream second([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait(go_on);
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("jumps") + finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    });
    gateway_process gateway(continued(first, second).server("drain: 20s").yaml());
    open_stream stream(gateway, ask_native());
    second.expect_request();
    gateway.signal(SIGTERM);
    go_on.open();
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "The quick brown fox jumps") << stream.body();
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_EQ(gateway.wait_exit(), 0);
}

/// The mock goes on where it is told to: what comes is what it would have said without trouble.
TEST(ContinuedStream, OfTheMockIsTheTextThatItWouldHaveBeen) {
    const std::string trouble = "faults: [{chance: 1, error: reset-after=20}], breaker: off";
    const gateway_process broken(routed_model()
                                     .mock("", trouble)
                                     .mock("priority: 2")
                                     .policy("continue_midstream: true")
                                     .yaml());
    const gateway_process sound(routed_model().mock().yaml());
    for (int i = 0; i < 20; ++i) {
        const auto seed = std::to_string(i);
        SCOPED_TRACE(seed);
        const auto text_from = [&](const gateway_process& gateway) {
            open_stream stream(
                gateway, ask_native().header("X-Mock-Tokens", "60").header("X-Mock-Seed", seed)
            );
            const auto events = stream.rest();
            EXPECT_EQ(events.back().json().at("finish_reason"), "stop") << stream.body();
            EXPECT_EQ(events.back().json().contains("continued"), &gateway == &broken);
            return native_text(events);
        };
        EXPECT_EQ(text_from(broken), text_from(sound));
    }
}

// ---- what is not gone on with ----

TEST(ContinuedStream, IsNotOneWithAToolCallInFlight) {
    const json function{{"name", "look_up"}, {"arguments", "{\"a\":"}};
    const json call{{"index", 0}, {"id", "call_1"}, {"type", "function"}, {"function", function}};
    fake_upstream first([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Let me see. "));
        exchange.chunk(chat_frame({{"tool_calls", json::array({call})}}));
    });
    fake_upstream second(say({"never"}));
    const gateway_process gateway(continued(first, second).yaml());
    open_stream native(gateway, ask_native());
    const auto done = native.rest().back().json();
    EXPECT_EQ(done.at("finish_reason"), "error") << native.body();
    EXPECT_FALSE(done.contains("continued"));
    open_stream chat(gateway, ask_chat());
    EXPECT_TRUE(chat.rest().back().json().contains("error")) << chat.body();
    EXPECT_EQ(chat.body().find("[DONE]"), std::string::npos);
    EXPECT_EQ(second.calls(), 0U);
}

TEST(ContinuedStream, IsNotOneWhereNobodyAskedForIt) {
    fake_upstream first(break_off_after({"The quick ", "brown fox "}));
    fake_upstream second(say({"never"}));
    const gateway_process gateway(routed_model().openai(first).openai(second, "priority: 2").yaml()
    );
    open_stream stream(gateway, ask_native());
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "The quick brown fox ");
    EXPECT_EQ(events.back().json().at("finish_reason"), "error");
    EXPECT_EQ(second.calls(), 0U);
}

}  // namespace
}  // namespace sluice::end_to_end
