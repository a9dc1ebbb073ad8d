#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/guarded_mock.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <list>
#include <map>

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

/// The events of one tick by their types.
std::map<std::string, nlohmann::json> tick_of(open_stream& feed, std::size_t count) {
    std::map<std::string, nlohmann::json> events;
    for (std::size_t i = 0; i < count; ++i) {
        const auto event = feed.expect_next();
        EXPECT_EQ(event.type, "message");
        events[event.json().at("type")] = event.json();
    }
    return events;
}

TEST(LiveEvents, BearTheFiguresThatADashboardNeeds) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    gateway.ask(post("/v1/streams", {{"prompt", "Hi"}, {"stream", false}}));
    gateway.ask(get("/nowhere"));
    open_stream feed(gateway, get("/v1/events?every=100ms"));
    auto figures = feed.expect_next().json();
    // A request counts once its answer has gone out.
    while (figures.at("requests_total") < 2)
        figures = feed.expect_next().json();
    EXPECT_EQ(figures.at("version"), "0.1.0");
    EXPECT_GE(figures.at("uptime_seconds"), 0);
    EXPECT_GT(figures.at("time"), 1'700'000'000'000);
    EXPECT_EQ(figures.at("requests").at("2xx"), 1);
    EXPECT_EQ(figures.at("requests").at("4xx"), 1);
    EXPECT_EQ(figures.at("requests_total"), 2);
    EXPECT_EQ(figures.at("outcomes").at("completed"), 1);
    EXPECT_EQ(figures.at("outcomes").at("client_gone"), 0);
    EXPECT_GT(figures.at("input_tokens_total"), 0);
    EXPECT_GT(figures.at("output_tokens_total"), 0);
    EXPECT_TRUE(figures.at("wasted_tokens_total").is_number());
    EXPECT_GT(figures.at("memory_bytes"), 1 << 20);
    EXPECT_GE(figures.at("loop_lag_ms"), 0);
    EXPECT_EQ(figures.at("draining"), false);
}

TEST(LiveEvents, TellHowLongTokensTookSinceTheLastOne) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    open_stream feed(gateway, get("/v1/events?every=100ms"));
    const auto first = feed.expect_next().json();
    for (const auto* name : {"ttft_ms", "inter_token_ms", "added_ms"}) {
        EXPECT_EQ(first.at(name).at("count"), 0) << name;
        EXPECT_EQ(first.at(name).at("p50"), nullptr) << name;
    }
    open_stream stream(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "20")
            .header("X-Mock-Rate", "100")
    );
    stream.rest();
    int tokens = 0;
    int streams = 0;
    while (tokens < 19 || streams < 1) {
        const auto figures = feed.expect_next().json();
        const auto& between = figures.at("inter_token_ms");
        const auto& ttft = figures.at("ttft_ms");
        tokens += between.at("count").get<int>();
        streams += ttft.at("count").get<int>();
        if (between.at("count") > 0) {
            EXPECT_LE(between.at("p50"), between.at("p99"));
        }
        if (ttft.at("count") > 0) {
            EXPECT_GE(ttft.at("p50"), 0);
        }
    }
    EXPECT_EQ(tokens, 19);
    EXPECT_EQ(streams, 1);
}

TEST(LiveEvents, HaveNoLatenciesWhereNoneAreMeasured) {
    const gateway_process gateway(configuration_text().top("telemetry: {histograms: false}").yaml()
    );
    open_stream feed(gateway, get("/v1/events"));
    const auto figures = feed.expect_next().json();
    for (const auto* name : {"ttft_ms", "inter_token_ms", "added_ms"})
        EXPECT_EQ(figures.at(name), nullptr) << name;
}

TEST(LiveEvents, IncludeWhatOtherEndpointsTellInTheSameWords) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    open_stream running(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    running.expect_next();
    open_stream ended(gateway, post("/v1/streams", {{"prompt", "Hi"}}));
    ended.rest();
    open_stream feed(gateway, get("/v1/events?every=250ms&include=targets,keys,streams"));
    for (int ticks = 0; ticks < 2; ++ticks) {
        auto events = tick_of(feed, 4);
        ASSERT_EQ(events.size(), 4U);
        const auto targets = gateway.ask(get("/v1/targets")).json();
        EXPECT_EQ(events["targets"].at("message"), "1 of 1 target is well");
        EXPECT_EQ(events["targets"].at("routes"), targets.at("routes"));
        EXPECT_EQ(events["targets"].at("targets").at(0).at("model"), "mock");
        EXPECT_EQ(events["keys"].at("message"), "0 keys");
        EXPECT_EQ(events["keys"].at("keys"), nlohmann::json::array());
        const auto& streams = events["streams"];
        EXPECT_EQ(streams.at("message"), "1 stream runs");
        EXPECT_EQ(streams.at("total"), 1);
        ASSERT_EQ(streams.at("streams").size(), 1U);
        EXPECT_EQ(streams.at("streams").at(0).at("id"), running.id());
        EXPECT_EQ(streams.at("streams").at(0).at("state"), "running");
    }
}

TEST(LiveEvents, ListAHundredStreamsAtMost) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    for (int i = 0; i < 105; ++i) {
        const auto begun = gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hi"}})
                                           .header("X-Mock-Tokens", "5000")
                                           .header("X-Mock-Rate", "1"));
        ASSERT_EQ(begun.status, 202);
    }
    open_stream feed(gateway, get("/v1/events?include=streams"));
    auto events = tick_of(feed, 2);
    EXPECT_EQ(events["streams"].at("total"), 105);
    EXPECT_EQ(events["streams"].at("streams").size(), 100U);
}

TEST(LiveEvents, IncludeNothingThatNobodyKnows) {
    const gateway_process gateway(configuration_text().yaml());
    const auto refused = gateway.ask(get("/v1/events?include=targets,secrets"));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json().at("error").at("param"), "include");
    EXPECT_EQ(
        refused.json().at("error").at("message"),
        "'include' takes targets, keys and streams, not 'secrets'"
    );
}

TEST(LiveEvents, TellOfKeysWhatTheirListTells) {
    const gateway_process gateway(guarded_mock("limits: {requests_per_minute: 60}"));
    gateway.ask(ask_mock(3, false));
    open_stream feed(gateway, with_key(get("/v1/events?include=keys"), operator_key));
    auto events = tick_of(feed, 2);
    EXPECT_EQ(events["keys"].at("message"), "2 keys");
    EXPECT_EQ(events["keys"].at("total"), 2);
    const auto& team = events["keys"].at("keys").at(0);
    EXPECT_EQ(team.at("id"), "team-a");
    EXPECT_EQ(team.at("limits").at(0).at("name"), "requests_per_minute");
    EXPECT_EQ(team.at("limits").at(0).at("used"), 1);
}

TEST(LiveEvents, AreForOperatorsForAsLongAsTheyAreOperators) {
    const auto bounded = guarded_mock("");
    gateway_process gateway(bounded);
    EXPECT_EQ(gateway.ask(with_key(get("/v1/events"))).status, 403);
    open_stream feed(gateway, with_key(get("/v1/events?every=100ms"), operator_key));
    feed.expect_next();
    auto without = bounded;
    without.replace(without.find("role: operator"), 14, "role: user");
    gateway.folder().write("sluice.yaml", without);
    gateway.signal(SIGHUP);
    int more = 0;
    while (more < 100 && feed.next())
        ++more;
    EXPECT_LT(more, 100) << "ten seconds";
    EXPECT_TRUE(feed.ended_whole());
}

TEST(LiveEvents, GoToManyReadersEachAtItsOwnPace) {
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

TEST(LiveEvents, GoToSixtyFourReadersOfAWorkerAndNoMore) {
    const gateway_process gateway(configuration_text().server("workers: 1").yaml());
    std::list<open_stream> feeds;
    for (int i = 0; i < 64; ++i) {
        feeds.emplace_back(gateway, get("/v1/events?every=60s"));
        ASSERT_EQ(feeds.back().head().status, 200);
    }
    const auto refused = gateway.ask(get("/v1/events"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(
        refused.json().at("error").at("message"),
        "there are 64 live feeds already, as many as one worker serves"
    );
    feeds.front().client().reset();
    const auto room = [&] {
        open_stream feed(gateway, get("/v1/events"));
        return feed.head().status == 200;
    };
    EXPECT_TRUE(eventually(room));
}

TEST(LiveEvents, TellReadersOfOneMomentTheSameWords) {
    const gateway_process gateway(configuration_text().server("workers: 1").yaml());
    const auto begun = gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hi"}})
                                       .header("X-Mock-Tokens", "100000")
                                       .header("X-Mock-Rate", "500"));
    ASSERT_EQ(begun.status, 202);
    const auto told = [&] {
        open_stream feed(gateway, get("/v1/events?include=streams"));
        return tick_of(feed, 2)["streams"];
    };
    const auto tokens = [&] {
        const auto streams = gateway.ask(get("/v1/streams")).json().at("streams");
        return streams.at(0).at("output_tokens").get<int>();
    };
    const auto same = [&] {
        const auto first = told();
        const auto then = first.at("streams").at(0).at("output_tokens").get<int>();
        while (tokens() <= then) {
        }
        return told() == first;
    };
    EXPECT_TRUE(eventually(same));
    const auto first = told();
    EXPECT_TRUE(eventually([&] { return told() != first; }));
}

TEST(LiveEvents, TellTargetsByTheNamesThatAreConfigured) {
    const std::string pattern = R"(  - {name: "any/*", targets: [{provider: mock, model: "*"}]})";
    const gateway_process gateway(configuration_text().yaml() + pattern + "\n");
    const auto configured = gateway.ask(get("/v1/targets")).json().at("total");
    for (const auto* model : {"any/one", "any/two", "any/three"})
        gateway.ask(post("/v1/streams", {{"prompt", "Hi"}, {"model", model}}));
    EXPECT_GT(gateway.ask(get("/v1/targets")).json().at("total"), configured);
    open_stream feed(gateway, get("/v1/events?include=targets"));
    const auto targets = tick_of(feed, 2)["targets"];
    EXPECT_EQ(targets.at("total"), configured);
    EXPECT_EQ(targets.at("targets").size(), configured.get<std::size_t>());
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

TEST(LiveEvents, ComeFourTimesASecondAtMostWithWhatIsDearToTell) {
    const gateway_process gateway(configuration_text().yaml());
    const auto refused = gateway.ask(get("/v1/events?every=249ms&include=streams"));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json().at("error").at("param"), "every");
    EXPECT_EQ(
        refused.json().at("error").at("message"),
        "'every' must be a time of 250ms to 60s where 'include' is given, such as 1s"
    );
    open_stream feed(gateway, get("/v1/events?every=250ms&include=streams"));
    EXPECT_EQ(feed.head().status, 200);
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
