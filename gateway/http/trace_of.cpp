#include "gateway/http/trace_of.hpp"

namespace sluice::gateway {

std::unique_ptr<request_trace> trace_of(
    request_scope& scope, const upstream::destination& to, decoded_request& decoded
) {
    auto& call = decoded.call;
    const auto& asked = scope.request;
    const auto begun = begin_trace(asked.headers, scope.settings().telemetry.traces);
    keep_trace_headers(call.headers, begun.has_value());
    if (!begun) return nullptr;
    call.trace = parent_of_attempts(*begun);
    scope.record.trace_id = hex_text(begun->trace_id);
    if (!begun->sampled) return nullptr;
    auto trace = std::make_unique<request_trace>();
    trace->context = *begun;
    trace->state = tracestate_of(asked.headers);
    trace->method = asked.method;
    trace->path = scope.record.path;
    trace->scheme = scope.settings().server.tls ? "https" : "http";
    trace->server = read_authority(asked.header("host").value_or(""));
    for (const auto& one : to.candidates) {
        const auto& provider = one.provider->settings;
        trace->providers[provider.name] = address_of_url(provider.base_url);
    }
    trace->wishes = decoded.outlined ? wishes_in(call.body) : wishes_of(call.request);
    return trace;
}

}  // namespace sluice::gateway
