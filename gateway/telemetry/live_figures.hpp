#pragma once

#include "gateway/telemetry/counters.hpp"
#include "gateway/telemetry/histogram.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// `1 stream`, `3 streams`.
std::string counted(std::int64_t count, std::string_view noun);

/// What is told of the process besides its workers' figures.
struct process_figures {
    std::chrono::system_clock::time_point time{};
    std::chrono::seconds uptime{0};
    std::int64_t memory_bytes = 0;
    std::chrono::nanoseconds late{0};  ///< how late the watcher's own worker comes to telling it
    bool draining = false;
    bool histograms = true;  ///< latencies are measured
};

/// The gateway's own figures for people who watch it: what is, and what came since they last
/// looked. One for each who watches.
class live_figures {
 public:
    using clock = std::chrono::steady_clock;

    explicit live_figures(const std::vector<const counters*>& workers);

    /// `{"type": "stats", "message": "3 streams, 150 tokens/s", ...}`. Rates and percentiles are
    /// over the time since the last call; the first call has no rates.
    std::string next(clock::time_point now, const process_figures& process);

 private:
    using status_counts = std::array<std::int64_t, counters::status_classes>;
    /// What the workers measured up to one moment.
    struct latencies {
        histogram_view time_to_first_token;
        histogram_view inter_token;
        histogram_view added;
        histogram_view loop_lag;
    };

    std::int64_t sum(counter counters::*figure) const;
    status_counts requests() const;
    latencies measured() const;
    latencies measured_since();

    const std::vector<const counters*>& workers_;
    std::optional<clock::time_point> last_;
    std::int64_t content_items_;
    std::int64_t requests_;
    latencies measured_;
};

}  // namespace sluice::gateway
