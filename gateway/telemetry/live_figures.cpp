#include "gateway/telemetry/live_figures.hpp"

#include "gateway/telemetry/build_version.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

constexpr double outlier_part = 0.99;

/// Milliseconds, to the microsecond.
json in_ms(std::optional<double> nanoseconds) {
    if (!nanoseconds) return nullptr;
    return std::round(*nanoseconds / 1e3) / 1e3;
}

json percentiles(const histogram_view& times, bool measured) {
    if (!measured) return nullptr;
    return {
        {"count", times.count()},
        {"p50", in_ms(times.quantile(0.5))},
        {"p90", in_ms(times.quantile(0.9))},
        {"p99", in_ms(times.quantile(outlier_part))}};
}

json by_class(std::span<const std::int64_t> requests) {
    json told = json::object();
    for (std::size_t i = 1; i < requests.size(); ++i)
        told[std::to_string(i) + "xx"] = requests[i];
    return told;
}

json by_outcome(const std::vector<const counters*>& workers) {
    json told = json::object();
    for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
        std::int64_t total = 0;
        for (const auto* worker : workers)
            total += worker->outcomes[i].value();
        told[std::string{upstream::to_string(static_cast<upstream::outcome>(i))}] = total;
    }
    return told;
}

std::int64_t unix_ms(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::int64_t total_of(std::span<const std::int64_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

}  // namespace

std::string counted(std::int64_t count, std::string_view noun) {
    return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

live_figures::live_figures(const std::vector<const counters*>& workers)
    : workers_(workers),
      content_items_(sum(&counters::content_items)),
      requests_(total_of(requests())),
      measured_(measured()) {}

std::string live_figures::next(clock::time_point now, const process_figures& process) {
    // What came between the making of this and its first turn came in no time at all.
    const auto since = std::exchange(last_, now).value_or(now);
    const auto seconds = std::chrono::duration<double>(now - since).count();
    const auto rate = [seconds](std::int64_t& before, std::int64_t after) {
        const auto more = static_cast<double>(after - std::exchange(before, after));
        return seconds > 0 ? std::llround(more / seconds) : 0;
    };
    const auto answered = requests();
    const auto tokens = rate(content_items_, sum(&counters::content_items));
    const auto asked = rate(requests_, total_of(answered));
    const auto streams = sum(&counters::streams_live);
    const auto times = measured_since();
    // Loops are not watched while nothing comes; then this watcher's own turn tells.
    const auto lag = times.loop_lag.quantile(outlier_part);
    const json figures{
        {"type", "stats"},
        {"message", counted(streams, "stream") + ", " + counted(tokens, "token") + "/s"},
        {"time", unix_ms(process.time)},
        {"version", build_version()},
        {"uptime_seconds", process.uptime.count()},
        {"streams", streams},
        {"readers", sum(&counters::readers)},
        {"connections", sum(&counters::connections)},
        {"tokens_per_second", tokens},
        {"requests_per_second", asked},
        {"requests_total", requests_},
        {"input_tokens_total", sum(&counters::input_tokens)},
        {"output_tokens_total", sum(&counters::output_tokens)},
        {"wasted_tokens_total", sum(&counters::wasted_tokens)},
        {"requests", by_class(answered)},
        {"outcomes", by_outcome(workers_)},
        {"ttft_ms", percentiles(times.time_to_first_token, process.histograms)},
        {"inter_token_ms", percentiles(times.inter_token, process.histograms)},
        {"added_ms", percentiles(times.added, process.histograms)},
        {"loop_lag_ms", in_ms(lag.value_or(static_cast<double>(process.late.count())))},
        {"memory_bytes", process.memory_bytes},
        {"draining", process.draining},
    };
    return figures.dump();
}

std::int64_t live_figures::sum(counter counters::*figure) const {
    std::int64_t total = 0;
    for (const auto* worker : workers_)
        total += (worker->*figure).value();
    return total;
}

live_figures::status_counts live_figures::requests() const {
    status_counts total{};
    for (const auto* worker : workers_) {
        for (std::size_t i = 0; i < total.size(); ++i)
            total[i] += worker->requests[i].value();
    }
    return total;
}

live_figures::latencies live_figures::measured() const {
    latencies all;
    for (const auto* worker : workers_) {
        all.time_to_first_token.add(worker->streams.time_to_first_token());
        all.inter_token.add(worker->streams.inter_token());
        all.added.add(worker->added_first.view());
        all.added.add(worker->added_event.view());
        all.loop_lag.add(worker->loop_lag.view());
    }
    return all;
}

live_figures::latencies live_figures::measured_since() {
    auto now = measured();
    const auto before = std::exchange(measured_, now);
    return {
        now.time_to_first_token.since(before.time_to_first_token),
        now.inter_token.since(before.inter_token),
        now.added.since(before.added),
        now.loop_lag.since(before.loop_lag)};
}

}  // namespace sluice::gateway
