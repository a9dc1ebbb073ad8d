#pragma once

#include "gateway/telemetry/traces/request_trace.hpp"
#include "gateway/telemetry/traces/served_request.hpp"
#include "gateway/telemetry/traces/two_clocks.hpp"

#include <string>

namespace sluice::gateway {

/// The span of a request that ended without a generation of its own, encoded (see otlp.hpp): it was
/// refused, or it joined a stream that was there.
std::string span_of(
    const served_request& request, const request_trace& trace, const two_clocks& clocks
);

}  // namespace sluice::gateway
