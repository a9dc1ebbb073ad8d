#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <list>

namespace sluice::end_to_end {
namespace {

TEST(LiveEvents, AreUnnamedAndReadWellByThemselves) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    open_stream feed(gateway, get("/v1/events?every=100ms"));
    ASSERT_EQ(feed.head().status, 200);
    EXPECT_EQ(feed.head().header("Content-Type"), "text/event-stream; charset=utf-8");
    const auto first = feed.expect_next();
    EXPECT_EQ(first.type, "message");
    EXPECT_EQ(first.json().at("type"), "stats");
    EXPECT_EQ(first.json().at("message"), "0 streams, 0 tokens/s");
    EXPECT_NE(first.raw.find("retry: 1000\n"), std::string::npos);
}

TEST(LiveEvents, FollowWhatTheGatewayDoes) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    std::list<open_stream> streams;
    for (int i = 0; i < 3; ++i) {
        streams.emplace_back(
            gateway,
            post("/v1/streams", {{"prompt", "Hi"}})
                .header("X-Mock-Tokens", "5000")
                .header("X-Mock-Rate", "50")
        );
        streams.back().expect_next();
    }
    open_stream feed(gateway, get("/v1/events?every=200ms"));
    for (int rates = 0; rates < 3;) {
        const auto figures = feed.expect_next().json();
        EXPECT_EQ(figures.at("streams"), 3);
        EXPECT_EQ(figures.at("message").get<std::string>().rfind("3 streams, ", 0), 0U);
        const auto rate = figures.at("tokens_per_second").get<int>();
        rates += rate > 75 && rate < 300;
    }
}

TEST(LiveEvents, GoToAnyNumberOfReadersEachAtItsOwnPace) {
    const gateway_process gateway(configuration_text().yaml());
    std::list<open_stream> feeds;
    for (int i = 0; i < 50; ++i)
        feeds.emplace_back(
            gateway, get(i % 2 == 0 ? "/v1/events?every=100ms" : "/v1/events?every=60s")
        );
    for (auto& feed : feeds)
        feed.expect_next();
    feeds.front().expect_next();
    EXPECT_TRUE(feeds.back().client().stays_silent(milliseconds(300)));
}

TEST(LiveEvents, GoOnAfterAReconnect) {
    const gateway_process gateway(configuration_text().yaml());
    for (int i = 0; i < 3; ++i) {
        open_stream feed(gateway, get("/v1/events").header("Last-Event-ID", "whatever"));
        EXPECT_EQ(feed.expect_next().json().at("type"), "stats");
        feed.client().reset();
    }
}

TEST(LiveEvents, ComeBetweenTenTimesASecondAndOnceAMinute) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto* every : {"99ms", "61s", "0s", "often", ""}) {
        const auto refused = gateway.ask(get(std::string("/v1/events?every=") + every));
        EXPECT_EQ(refused.status, 400) << every;
        EXPECT_EQ(refused.json().at("error").at("param"), "every");
    }
}

TEST(LiveEvents, HoldNoDrainUp) {
    gateway_process gateway(configuration_text().server("drain: 20s").yaml());
    open_stream feed(gateway, get("/v1/events?every=60s"));
    feed.expect_next();
    const auto told = steady::now();
    gateway.signal(SIGTERM);
    EXPECT_EQ(gateway.wait_exit(), 0);
    EXPECT_LT(steady::now() - told, milliseconds(10'000));
}

}  // namespace
}  // namespace sluice::end_to_end
