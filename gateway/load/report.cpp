#include "gateway/load/tally.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace sluice::gateway::load {

namespace {

using nlohmann::ordered_json;

double microseconds(std::int64_t ns) {
    return std::round(static_cast<double>(ns) / 100.0) / 10.0;
}

ordered_json percentiles(const histogram& times) {
    return {
        {"p50", microseconds(times.percentile_ns(0.50))},
        {"p90", microseconds(times.percentile_ns(0.90))},
        {"p99", microseconds(times.percentile_ns(0.99))},
        {"max", microseconds(times.max_ns())},
        {"count", times.count()},
    };
}

}  // namespace

std::string report_of(const tally& all) {
    const double window_s = all.window_s(all.closed_ns_);
    const double per_s = window_s > 0 ? static_cast<double>(all.tokens_) / window_s : 0;
    ordered_json left = ordered_json::object();
    for (const auto& [id, at_ns] : all.left_)
        left[std::to_string(id)] = at_ns;
    const ordered_json report = {
        {"event", "report"},
        {"sound", all.sound()},
        {"streams", all.streams_},
        {"tokens", all.tokens_},
        {"lost", all.lost_},
        {"doubled", all.doubled_},
        {"disordered", all.disordered_},
        {"foreign", all.foreign_},
        {"failed", all.failed_},
        {"incomplete", all.incomplete_},
        {"examples", all.examples_},
        {"reconnects", all.reconnects_},
        {"latency_us", percentiles(all.latency_)},
        {"ttft_us", percentiles(all.ttft_)},
        {"stream_us", percentiles(all.stream_)},
        {"window_s", window_s},
        {"tokens_per_s", std::round(per_s)},
        {"left", left},
    };
    // An example may quote bytes of a server that are no UTF-8.
    return report.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sluice::gateway::load
