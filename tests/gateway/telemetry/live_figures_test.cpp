#include "gateway/telemetry/live_figures.hpp"

#include "gateway/telemetry/build_version.hpp"
#include "gateway/telemetry/latency_bounds.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const live_figures::clock::time_point start{};

TEST(LiveFigures, TellWhatIsAndWhatCameSinceTheLastLook) {
    counters one;
    counters two;
    one.content_items.add(1000);
    const std::vector<const counters*> workers{&one, &two};
    live_figures figures{workers};
    figures.next(start, {});
    one.streams_live.add(2);
    two.streams_live.add(1);
    one.content_items.add(100);
    two.content_items.add(200);
    two.requests[2].add(5);
    two.requests[4].add(1);
    const auto first = json::parse(figures.next(start + 2s, {}));
    EXPECT_EQ(first.at("type"), "stats");
    EXPECT_EQ(first.at("message"), "3 streams, 150 tokens/s");
    EXPECT_EQ(first.at("streams"), 3);
    EXPECT_EQ(first.at("tokens_per_second"), 150);
    EXPECT_EQ(first.at("requests_per_second"), 3);
    EXPECT_EQ(first.at("requests_total"), 6);
    two.streams_live.add(-1);
    one.streams_live.add(-1);
    one.content_items.add(1);
    EXPECT_EQ(json::parse(figures.next(start + 3s, {})).at("message"), "1 stream, 1 token/s");
}

TEST(LiveFigures, HaveNoRatesAtTheFirstLook) {
    counters one;
    const std::vector<const counters*> workers{&one};
    live_figures figures{workers};
    one.content_items.add(10);
    one.requests[2].add(1);
    const auto first = json::parse(figures.next(live_figures::clock::now(), {}));
    EXPECT_EQ(first.at("message"), "0 streams, 0 tokens/s");
    EXPECT_EQ(first.at("tokens_per_second"), 0);
    EXPECT_EQ(first.at("requests_per_second"), 0);
    EXPECT_EQ(first.at("requests_total"), 1);
}

TEST(LiveFigures, HaveNoRateWithoutTime) {
    counters one;
    const std::vector<const counters*> workers{&one};
    live_figures figures{workers};
    figures.next(start, {});
    one.content_items.add(10);
    EXPECT_EQ(json::parse(figures.next(start, {})).at("tokens_per_second"), 0);
}

TEST(LiveFigures, TellOfTheProcess) {
    counters one;
    const std::vector<const counters*> workers{&one};
    live_figures figures{workers};
    process_figures process;
    process.time = std::chrono::system_clock::time_point{1'764'000'000'123ms};
    process.uptime = 12s;
    process.memory_bytes = 4096;
    process.late = 250us;
    process.draining = true;
    const auto told = json::parse(figures.next(start + 1s, process));
    EXPECT_EQ(told.at("time"), 1'764'000'000'123);
    EXPECT_EQ(told.at("version"), build_version());
    EXPECT_EQ(told.at("uptime_seconds"), 12);
    EXPECT_EQ(told.at("memory_bytes"), 4096);
    EXPECT_EQ(told.at("loop_lag_ms"), 0.25);
    EXPECT_EQ(told.at("draining"), true);
}

TEST(LiveFigures, TellHowRequestsAndStreamsEnded) {
    counters one;
    counters two;
    const std::vector<const counters*> workers{&one, &two};
    one.requests[2].add(5);
    two.requests[2].add(4);
    two.requests[4].add(1);
    one.outcomes[static_cast<std::size_t>(upstream::outcome::completed)].add(3);
    two.outcomes[static_cast<std::size_t>(upstream::outcome::completed)].add(2);
    two.wasted_tokens.add(7);
    one.input_tokens.add(8);
    two.output_tokens.add(9);
    live_figures figures{workers};
    const auto told = json::parse(figures.next(start + 1s, {}));
    const json requests{{"1xx", 0}, {"2xx", 9}, {"3xx", 0}, {"4xx", 1}, {"5xx", 0}};
    EXPECT_EQ(told.at("requests"), requests);
    EXPECT_EQ(told.at("outcomes").size(), upstream::outcome_count);
    EXPECT_EQ(told.at("outcomes").at("completed"), 5);
    EXPECT_EQ(told.at("outcomes").at("shed"), 0);
    EXPECT_EQ(told.at("wasted_tokens_total"), 7);
    EXPECT_EQ(told.at("input_tokens_total"), 8);
    EXPECT_EQ(told.at("output_tokens_total"), 9);
}

TEST(LiveFigures, TellHowLongThingsTookSinceTheLastLookOverAllWorkers) {
    counters one;
    counters two;
    const std::vector<const counters*> workers{&one, &two};
    one.added_event.observe(ns_per_s);
    live_figures figures{workers};
    one.added_first.observe(10 * ns_per_ms, 50);
    two.added_event.observe(20 * ns_per_ms, 50);
    two.loop_lag.observe(100 * ns_per_ms, 100);
    const auto told = json::parse(figures.next(start + 1s, {}));
    const auto& added = told.at("added_ms");
    EXPECT_EQ(added.at("count"), 100);
    EXPECT_EQ(added.at("p50"), 10.0);
    EXPECT_EQ(added.at("p90"), 18.0);
    EXPECT_EQ(added.at("p99"), 19.8);
    EXPECT_EQ(told.at("loop_lag_ms"), 99.5);
    const auto later = json::parse(figures.next(start + 2s, {})).at("added_ms");
    const json nothing{{"count", 0}, {"p50", nullptr}, {"p90", nullptr}, {"p99", nullptr}};
    EXPECT_EQ(later, nothing);
}

TEST(LiveFigures, AreNotSpoiltByAWorkerThatMeasuredNothing) {
    histogram times{added_latency_bounds};
    times.observe(10 * ns_per_ms);
    auto all = times.view();
    all.add(histogram_view{});
    EXPECT_EQ(all.count(), 1);
    EXPECT_EQ(all.quantile(1), 10.0 * ns_per_ms);
}

TEST(LiveFigures, TellNoLatencyThatIsNotMeasured) {
    counters one;
    const std::vector<const counters*> workers{&one};
    live_figures figures{workers};
    process_figures process;
    process.histograms = false;
    const auto told = json::parse(figures.next(start + 1s, process));
    for (const auto* name : {"ttft_ms", "inter_token_ms", "added_ms"})
        EXPECT_EQ(told.at(name), nullptr) << name;
}

}  // namespace
}  // namespace sluice::gateway::testing
