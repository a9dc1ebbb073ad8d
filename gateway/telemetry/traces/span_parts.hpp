#pragma once

#include "gateway/telemetry/traces/otlp.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"
#include "gateway/telemetry/traces/served_request.hpp"
#include "gateway/telemetry/traces/two_clocks.hpp"

#include <optional>
#include <string_view>

/// What several kinds of spans have in common. Pure.
namespace sluice::gateway::span_parts {

/// What somebody is asked for.
struct subject {
    std::string_view operation;
    std::string_view model;
    std::optional<bool> streamed;
};

/// A span of that trace, with its name.
otlp::span begin(const request_trace& trace, otlp::kind kind, const subject& asked);
/// The span of the request itself: its place in the trace, its time, and all that was known of it
/// ahead of its end.
otlp::span begin(
    const served_request& request, const request_trace& trace, const two_clocks& clocks
);

void tell_server(attribute_list& put, const server_address& server);

/// The error's type is the outcome, as in metrics; `type`: the failure's, which says more.
/// Messages of failures stay out: providers quote prompts in them.
void judge(otlp::span& span, std::string_view outcome, std::string_view type);
/// How the request ended.
void judge(otlp::span& span, const served_request& request);

}  // namespace sluice::gateway::span_parts
