#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

/// After so many answers it is known what is usual.
constexpr int warm_up = 20;

/// A provider of the test's own, which can be late.
struct late_provider {
    explicit late_provider(std::string said) : text(std::move(said)) {}

    const std::string text;
    std::function<void()> when_late;  ///< it has begun an answer that says nothing yet
    std::atomic<bool> late{false};
    gate go_on;                    ///< ends the silence
    mailbox<closing_time> closed;  ///< when the gateway hung up in the silence
    fake_upstream server{[this](upstream_exchange& exchange) {
        if (!late) return say({text})(exchange);
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame());
        if (when_late) when_late();
        while (!go_on.pass(milliseconds(1))) {
            const auto end = exchange.wait_closed(milliseconds(1));
            if (end) return closed.put(end);
        }
        exchange.chunk(text_frame(text) + finish_frame() + usage_frame(7, 1));
        exchange.chunk(done_frame);
        exchange.finish();
    }};
};

routed_model two_targets(const late_provider& first, const late_provider& second) {
    return routed_model().openai(first.server).openai(second.server, "priority: 2");
}

/// It is known what is usual, and from now on both are late.
struct hedged_house {
    hedged_house() {
        for (int i = 0; i < warm_up; ++i)
            EXPECT_EQ(gateway.ask(ask_native(false)).status, 200);
        calls_before = first.server.calls();
    }
    void second_wins() {
        first.when_late = [this] { second.go_on.open(); };
        first.late = second.late = true;
    }
    void first_wins() {
        second.when_late = [this] { first.go_on.open(); };
        first.late = second.late = true;
    }

    late_provider first{"first"};
    late_provider second{"second"};
    gateway_process gateway{two_targets(first, second).policy("hedge: true").yaml()};
    std::size_t calls_before = 0;
};

milliseconds between(steady::time_point one, closing_time other) {
    if (!other) throw harness_error("the upstream was never closed");
    return std::chrono::abs(std::chrono::ceil<milliseconds>(*other - one));
}

TEST(Hedging, GivesTheClientTheOneThatIsFasterAndCallsTheOtherOff) {
    hedged_house house;
    house.second_wins();
    auto best = patience;
    for (int i = 0; i < 3; ++i) {
        open_stream stream(house.gateway, ask_native());
        const auto events = stream.rest();
        EXPECT_EQ(native_text(events), "second") << stream.body();
        EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
        EXPECT_EQ(count_type(events, "start"), 1U);
        EXPECT_EQ(count_type(events, "done"), 1U);
        EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
        best = std::min(best, between(events.at(1).at, house.first.closed.expect()));
    }
    EXPECT_LE(best, cancel_max);
    EXPECT_EQ(house.first.server.calls(), house.calls_before + 3);
    EXPECT_EQ(house.second.server.calls(), 3U);
}

TEST(Hedging, LetsTheFirstGoOnWhereItIsFasterAfterAll) {
    hedged_house house;
    house.first_wins();
    open_stream stream(house.gateway, ask_native());
    const auto events = stream.rest();
    EXPECT_EQ(native_text(events), "first") << stream.body();
    EXPECT_EQ(count_type(events, "done"), 1U);
    EXPECT_LE(between(events.at(1).at, house.second.closed.expect()), milliseconds(1000));
    EXPECT_EQ(look_at_route(house.gateway).at("hedges"), 1);
    EXPECT_EQ(look_at_route(house.gateway).at("hedges_won"), 0);
}

TEST(Hedging, CountsWhatTheOneThatLostHadRead) {
    hedged_house house;
    house.second_wins();
    open_stream stream(house.gateway, ask_native());
    EXPECT_EQ(native_text(stream.rest()), "second");
    const auto line = json::parse(house.gateway.wait_for_log({"\"discarded_tokens\""}));
    EXPECT_EQ(line.at("discarded_tokens"), 7);
    EXPECT_EQ(line.at("attempts"), 2);
    EXPECT_EQ(line.at("target"), "second/model-2");
    EXPECT_EQ(line.at("input_tokens"), 7) << "the client pays for its own answer alone";
    const auto route = look_at_route(house.gateway);
    EXPECT_EQ(route.at("hedges"), 1);
    EXPECT_EQ(route.at("hedges_won"), 1);
    EXPECT_EQ(route.at("discarded_tokens"), 7);
    EXPECT_EQ(route.at("fallbacks"), 0);
    const auto metrics = house.gateway.ask(get("/metrics")).body;
    for (const auto* figure :
         {"sluice_hedges_total{model=\"up\"} 1\n", "sluice_hedges_won_total{model=\"up\"} 1\n"})
        EXPECT_NE(metrics.find(figure), std::string::npos) << figure << metrics;
}

TEST(Hedging, FindsOutATargetThatIsTooLate) {
    hedged_house house;
    house.second_wins();
    open_stream(house.gateway, ask_native()).rest();
    EXPECT_TRUE(house.first.closed.expect().has_value());
    const auto first = look_at_target(house.gateway, "first");
    EXPECT_EQ(first.at("state"), "closed");
    EXPECT_EQ(first.at("failed"), 1) << "or one that never answers would never be found out";
    EXPECT_EQ(first.at("outstanding"), 0);
}

TEST(Hedging, LeavesTheAnswerToTheFirstWhereTheSecondFails) {
    for (const int status : {400, 401, 503}) {
        SCOPED_TRACE(status);
        late_provider first("first");
        fake_upstream second([&](upstream_exchange& exchange) {
            refuse(status)(exchange);
            exchange.wait_closed();
            first.go_on.open();
        });
        const gateway_process gateway(routed_model()
                                          .openai(first.server)
                                          .openai(second, "priority: 2")
                                          .policy("hedge: true, attempts: 2")
                                          .yaml());
        for (int i = 0; i < warm_up; ++i)
            EXPECT_EQ(gateway.ask(ask_native(false)).status, 200);
        first.late = true;
        open_stream stream(gateway, ask_native());
        EXPECT_EQ(stream.head().status, 200);
        EXPECT_EQ(native_text(stream.rest()), "first") << stream.body();
        EXPECT_EQ(second.calls(), 1U);
    }
}

TEST(Hedging, LeavesTheAnswerToTheSecondWhereTheFirstFailsAfterAll) {
    std::atomic<bool> late{false};
    gate fail;
    fake_upstream first([&](upstream_exchange& exchange) {
        if (!late) return say({"first"})(exchange);
        exchange.read_request();
        exchange.wait(fail);
        exchange.reset();
    });
    late_provider second("second");
    second.late = true;
    second.when_late = [&] { fail.open(); };
    const gateway_process gateway(routed_model()
                                      .openai(first)
                                      .openai(second.server, "priority: 2")
                                      .policy("hedge: true, attempts: 2")
                                      .yaml());
    for (int i = 0; i < warm_up; ++i)
        EXPECT_EQ(gateway.ask(ask_native(false)).status, 200);
    late = true;
    raw_client client(gateway.port());
    client.send(ask_native());
    EXPECT_TRUE(eventually([&] { return look_at_target(gateway, "first").at("failed") == 1; }));
    second.go_on.open();
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find("second"), std::string::npos) << answer.body;
    EXPECT_EQ(second.server.calls(), 1U);
}

TEST(Hedging, CallsBothOffWithTheClientThatLeaves) {
    hedged_house house;
    mailbox<token> both_asked;
    house.second.when_late = [&] { both_asked.put(token{}); };
    house.first.late = house.second.late = true;
    auto best = patience;
    for (int i = 0; i < 3; ++i) {
        raw_client client(house.gateway.port());
        client.send(ask_chat());
        both_asked.expect();
        const auto left = steady::now();
        client.close();
        const auto first = between(left, house.first.closed.expect());
        best = std::min(best, std::max(first, between(left, house.second.closed.expect())));
    }
    EXPECT_LE(best, cancel_max);
    EXPECT_NE(house.gateway.wait_for_log({"client_gone", "\"attempts\":2"}), "");
    EXPECT_EQ(look_at_target(house.gateway, "first").at("failed"), 0);
    EXPECT_EQ(look_at_target(house.gateway, "second").at("failed"), 0);
}

TEST(Hedging, AsksNobodyElseBeforeItIsKnownWhatIsUsual) {
    late_provider first("first");
    late_provider second("second");
    first.late = true;
    const gateway_process gateway(
        two_targets(first, second).policy("hedge: true").server("commit_after: 50ms").yaml()
    );
    open_stream stream(gateway, ask_native());
    first.go_on.open();
    EXPECT_EQ(native_text(stream.rest()), "first");
    EXPECT_EQ(second.server.calls(), 0U);
}

TEST(Hedging, IsNotDoneWhereNobodyAskedForIt) {
    late_provider first("first");
    late_provider second("second");
    const gateway_process gateway(two_targets(first, second).server("commit_after: 200ms").yaml());
    for (int i = 0; i < warm_up; ++i)
        EXPECT_EQ(gateway.ask(ask_native(false)).status, 200);
    first.late = true;
    open_stream stream(gateway, ask_native());  // has its head after 200 ms of silence
    first.go_on.open();
    EXPECT_EQ(native_text(stream.rest()), "first");
    EXPECT_EQ(second.server.calls(), 0U);
}

}  // namespace
}  // namespace sluice::end_to_end
