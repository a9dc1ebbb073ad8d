#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"
#include "gateway/telemetry/traces/two_clocks.hpp"
#include "gateway/telemetry/transcript.hpp"

#include <string>
#include <vector>

namespace sluice::gateway {

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
