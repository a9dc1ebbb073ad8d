#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"
#include "gateway/telemetry/transcript.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::gateway {

/// One moment on both clocks: the one that measures, and the one that tells the time of day.
struct two_clocks {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;

    static two_clocks now() {
        return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    }
    std::chrono::system_clock::time_point wall_time_of(std::chrono::steady_clock::time_point at
    ) const {
        return wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(at - steady);
    }
};

/// The spans of a generation that has ended, encoded (see otlp.hpp): that of the request, then one
/// for each attempt at a provider that was asked. `said`: null: nothing of prompt and answer stands
/// in them.
std::vector<std::string> spans_of(
    const generation_record& record,
    const request_trace& trace,
    const transcript* said,
    const two_clocks& clocks
);

}  // namespace sluice::gateway
