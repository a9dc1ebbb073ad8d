#include "gateway/telemetry/traces/span_parts.hpp"

#include "gateway/telemetry/genai_attributes.hpp"
#include "gateway/telemetry/record_reading.hpp"

#include <cstddef>

namespace sluice::gateway::span_parts {

namespace {

namespace names = span_names;

// Of names that clients and providers give.
constexpr std::size_t name_bytes_max = 256;
constexpr int first_error_of_client = 400;
constexpr int first_error_of_server = 500;

void tell_http(attribute_list& put, const request_trace& trace, int status) {
    put.text(names::http_request_method, trace.method);
    put.text(names::url_path, trace.path);
    put.text(names::url_scheme, trace.scheme);
    tell_server(put, trace.server);
    if (status > 0) put.integer(names::http_response_status_code, status);
}

/// A server that refuses did well (HTTP conventions). Where a stream broke behind its head, the
/// status is that of the head, below all errors.
bool is_clients_error(int status) {
    return status >= first_error_of_client && status < first_error_of_server;
}

/// The log has no word, or one of its own, for what was answered without an end of a generation.
bool was_merely_answered(const served_request& request) {
    return request.status > 0 && (request.outcome.empty() || request.outcome == "detached");
}

}  // namespace

otlp::span begin(const request_trace& trace, otlp::kind kind, const subject& asked) {
    otlp::span span;
    span.trace_id = trace.context.trace_id;
    span.trace_state = trace.state;
    span.kind = kind;
    const auto model = asked.model.substr(0, name_bytes_max);
    span.name = asked.operation;
    if (!model.empty()) span.name.append(1, ' ').append(model);
    span.attributes.text(genai::operation_name, asked.operation);
    span.attributes.text(genai::request_model, model);
    if (asked.streamed) span.attributes.flag(genai::request_stream, *asked.streamed);
    return span;
}

otlp::span begin(
    const served_request& request, const request_trace& trace, const two_clocks& clocks
) {
    auto span =
        begin(trace, otlp::kind::server, {request.operation, request.model, request.streamed});
    // Names are few: what a client makes up is none. Its attribute has it.
    if (request.route.empty()) span.name = request.operation;
    span.id = trace.context.span;
    span.parent = trace.context.parent;
    span.parent_is_remote = span.parent != 0;
    span.began = clocks.wall_time_of(request.asked);
    span.ended = clocks.wall_time_of(request.ended);
    auto& put = span.attributes;
    tell_http(put, trace, request.status);
    put.text(names::request_id, request.request_id);
    put.text(names::key, request.key_id);
    put.text(names::route, request.route);
    put.text(names::dialect, request.dialect);
    put.text(names::stream, request.stream);
    return span;
}

void tell_server(attribute_list& put, const server_address& server) {
    put.text(names::server_address, server.address);
    put.integer(names::server_port, server.port);
}

void judge(otlp::span& span, std::string_view outcome, std::string_view type) {
    span.attributes.text(names::outcome, outcome);
    if (is_well(outcome)) return;
    span.failed = true;
    span.failure = type.empty() ? outcome : type.substr(0, name_bytes_max);
    span.attributes.text(genai::error_type, outcome);
}

void judge(otlp::span& span, const served_request& request) {
    if (is_clients_error(request.status) || was_merely_answered(request))
        span.attributes.text(names::outcome, request.outcome);
    else
        judge(span, request.outcome, request.failure);
}

}  // namespace sluice::gateway::span_parts
