#include "gateway/telemetry/traces/request_span.hpp"

#include "gateway/telemetry/traces/otlp.hpp"
#include "gateway/telemetry/traces/span_parts.hpp"

namespace sluice::gateway {

std::string span_of(
    const served_request& request, const request_trace& trace, const two_clocks& clocks
) {
    auto span = span_parts::begin(request, trace, clocks);
    span_parts::judge(span, request);
    return otlp::encode(span);
}

}  // namespace sluice::gateway
