#pragma once

#include "gateway/telemetry/counters.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::gateway {

/// The gateway's own figures for people who watch it: what is, and what came since they last
/// looked. One for each who watches.
class live_figures {
 public:
    using clock = std::chrono::steady_clock;

    live_figures(const std::vector<const counters*>& workers, clock::time_point now);

    /// `{"type": "stats", "message": "3 streams, 150 tokens/s", ...}`. Rates are over the time
    /// since the last call, or the beginning.
    std::string next(clock::time_point now);

 private:
    std::int64_t sum(counter counters::*figure) const;
    std::int64_t requests() const;

    const std::vector<const counters*>& workers_;
    clock::time_point last_;
    std::int64_t content_items_;
    std::int64_t requests_;
};

}  // namespace sluice::gateway
