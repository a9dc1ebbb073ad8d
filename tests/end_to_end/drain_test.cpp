#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json hello{{"prompt", "Hello"}};
const json up_hello{{"prompt", "Hello"}, {"model", "up"}};

request endless() {
    return post("/v1/streams", hello).header("X-Mock-Tokens", "5000").header("X-Mock-Rate", "20");
}

/// A connection that is opened just when the signal comes may be closed as an idle one.
bool refuses_new_work(const gateway_process& gateway) {
    return eventually([&] {
        try {
            return gateway.ask(get("/readyz")).status == 503;
        } catch (const harness_error&) {
            return false;
        }
    });
}

/// A gateway with one live stream that the test ends by `step`.
struct draining_house {
    explicit draining_house(configuration_text text = {})
        : gateway(text.upstream(upstream.base_url()).yaml()),
          live(gateway, post("/v1/streams", up_hello)) {
        live.expect_next();
        gateway.signal(SIGTERM);
        EXPECT_TRUE(refuses_new_work(gateway));
    }

    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    gateway_process gateway;
    open_stream live;
};

TEST(Drain, ProbesTellThatNoMoreWorkIsTaken) {
    draining_house house;
    EXPECT_EQ(house.gateway.ask(get("/readyz")).status, 503);
    EXPECT_EQ(house.gateway.ask(get("/livez")).status, 200);
    EXPECT_EQ(house.gateway.ask(get("/healthz")).status, 200);
    EXPECT_EQ(house.gateway.ask(get("/metrics")).status, 200);
}

TEST(Drain, WhoComesBackToARunningStreamByItsNameIsLetIn) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const auto ask = [] { return post("/v1/streams", up_hello).header("Idempotency-Key", "a"); };
    open_stream first(gateway, ask());
    first.expect_next();
    gateway.signal(SIGTERM);
    ASSERT_TRUE(refuses_new_work(gateway));
    open_stream again(gateway, ask());
    EXPECT_EQ(again.head().status, 200);
    const auto other = post("/v1/streams", up_hello).header("Idempotency-Key", "b");
    EXPECT_EQ(gateway.ask(other).status, 503);
    step.open(2);
    EXPECT_EQ(native_text(again.rest()), "one two");
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Drain, WaitsForAReaderThatIsBetweenTwoConnections) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    open_stream first(gateway, post("/v1/streams", up_hello));
    first.expect_next();
    const auto seen = first.expect_next();
    gateway.signal(SIGTERM);
    ASSERT_TRUE(refuses_new_work(gateway));
    first.client().reset();
    step.open(2);
    // Nothing runs and nobody is there, for as long as a client takes to come back.
    ASSERT_TRUE(eventually([&] {
        return gateway.ask(get("/metrics")).body.find("sluice_streams_active 0") !=
               std::string::npos;
    }));
    ASSERT_EQ(gateway.wait_exit(milliseconds(1000)), std::nullopt);
    open_stream again(gateway, get(first.url()).header("Last-Event-ID", seen.id));
    ASSERT_EQ(again.head().status, 200);
    EXPECT_EQ(native_text(again.rest()), "two");
    EXPECT_EQ(gateway.wait_exit(), 0);
}

TEST(Drain, WhatWouldStartAGenerationIsTurnedAway) {
    draining_house house;
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    const std::vector<request> starts{
        post("/v1/streams", hello),
        get("/v1/stream?prompt=Hi"),
        post("/v1/chat/completions", {{"model", "mock"}, {"messages", messages}})};
    for (const auto& start : starts) {
        const auto response = house.gateway.ask(start);
        EXPECT_EQ(response.status, 503);
        EXPECT_FALSE(response.header("Retry-After").empty());
        EXPECT_EQ(response.header("Connection"), "close");
        EXPECT_TRUE(response.json().contains("error"));
    }
}

TEST(Drain, LiveStreamsEndWholeAndTheExitIsClean) {
    draining_house house;
    house.step.open(2);
    const auto events = house.live.rest();
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_EQ(house.gateway.wait_exit(), 0);
}

TEST(Drain, LiveStreamsCanBeJoinedAndStopped) {
    draining_house house;
    open_stream joined(house.gateway, get(house.live.url()));
    EXPECT_EQ(joined.head().status, 200);
    EXPECT_EQ(house.gateway.ask(remove(house.live.url())).status, 204);
    EXPECT_EQ(joined.rest().back().json().at("finish_reason"), "cancelled");
    EXPECT_EQ(house.live.rest().back().json().at("finish_reason"), "cancelled");
    EXPECT_EQ(house.gateway.wait_exit(), 0);
}

TEST(Drain, TheLimitEndsWhatIsStillRunningWithAnErrorOfItsOwn) {
    draining_house house(configuration_text().server("drain: 1s"));
    const auto events = house.live.rest();
    const auto done = events.back().json();
    EXPECT_EQ(done.at("finish_reason"), "error");
    EXPECT_EQ(done.at("error").at("type"), "drained");
    EXPECT_TRUE(house.live.ended_whole());
    EXPECT_EQ(house.gateway.wait_exit(), 0);
}

TEST(Drain, TheLimitEndsChatStreamsWithoutDone) {
    gateway_process gateway(configuration_text().server("drain: 500ms").yaml());
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    open_stream live(
        gateway,
        post("/v1/chat/completions", {{"model", "mock"}, {"stream", true}, {"messages", messages}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    live.expect_next();
    gateway.signal(SIGTERM);
    const auto events = live.rest();
    EXPECT_EQ(events.back().json().at("error").at("code"), "drained");
    EXPECT_EQ(live.body().find("[DONE]"), std::string::npos);
    EXPECT_EQ(gateway.wait_exit(), 0);
}

TEST(Drain, ASecondSignalEndsAtOnce) {
    gateway_process gateway(configuration_text().yaml());
    open_stream live(gateway, endless());
    live.expect_next();
    gateway.signal(SIGTERM);
    ASSERT_TRUE(refuses_new_work(gateway));
    const auto begun = steady::now();
    gateway.signal(SIGTERM);
    EXPECT_TRUE(gateway.wait_exit(milliseconds(5000)).has_value());
    EXPECT_LT(steady::now() - begun, milliseconds(3000));
}

TEST(Drain, AnInterruptDrainsLikeATermination) {
    gateway_process gateway(configuration_text().yaml());
    gateway.signal(SIGINT);
    EXPECT_EQ(gateway.wait_exit(milliseconds(5000)), 0);
}

TEST(Drain, IdleConnectionsAreClosedAndDelayNothing) {
    gateway_process gateway(configuration_text().yaml());
    raw_client used = gateway.connect();
    used.send(get("/livez"));
    EXPECT_EQ(used.read_response().status, 200);
    raw_client fresh = gateway.connect();
    raw_client halfway = gateway.connect();
    halfway.send("GET /livez HT");
    gateway.signal(SIGTERM);
    EXPECT_TRUE(used.is_closed_by_peer());
    EXPECT_TRUE(fresh.is_closed_by_peer());
    EXPECT_EQ(gateway.wait_exit(milliseconds(5000)), 0);
}

TEST(Drain, StreamsThatAreOnlyHeldDelayNothing) {
    gateway_process gateway(configuration_text().yaml());
    open_stream finished(gateway, post("/v1/streams", hello).header("X-Mock-Tokens", "3"));
    finished.rest();
    EXPECT_EQ(gateway.ask(get(finished.url())).status, 200);
    gateway.signal(SIGTERM);
    EXPECT_EQ(gateway.wait_exit(milliseconds(5000)), 0);
}

TEST(Drain, AStreamInItsGraceIsWaitedForNoLongerThanItsGrace) {
    gateway_process gateway(configuration_text().streams("grace: 500ms").yaml());
    open_stream left(gateway, endless());
    left.expect_next();
    left.client().close();
    gateway.signal(SIGTERM);
    EXPECT_EQ(gateway.wait_exit(milliseconds(8000)), 0);
}

}  // namespace
}  // namespace sluice::end_to_end
