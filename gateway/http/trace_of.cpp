#include "gateway/http/trace_of.hpp"

#include "gateway/telemetry/genai_names.hpp"
#include "gateway/telemetry/traces/served_request.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

using dialect_protocol = std::pair<const dialect& (*)(), upstream::api>;

/// Whose requests ask for something else than a chat.
constexpr std::array protocols{
    dialect_protocol{openai_completions_dialect, upstream::api::openai_completions},
    dialect_protocol{openai_embeddings_dialect, upstream::api::openai_embeddings},
    dialect_protocol{anthropic_count_tokens_dialect, upstream::api::anthropic_count_tokens},
    dialect_protocol{gemini_dialect, upstream::api::gemini},
    dialect_protocol{gemini_array_dialect, upstream::api::gemini},
    dialect_protocol{ollama_generate_dialect, upstream::api::ollama_generate},
};

/// The same for a request that was decoded and one that was not.
std::string_view operation_of(const dialect& spoken) {
    const auto found = std::ranges::find_if(protocols, [&spoken](const auto& one) {
        return &one.first() == &spoken;
    });
    return genai::operation_of(found == protocols.end() ? upstream::api::native : found->second);
}

}  // namespace

void begin_trace_of(request_scope& scope) {
    const auto& asked = scope.request;
    const auto begun = begin_trace(asked.headers, scope.settings().telemetry.traces);
    if (!begun) return;
    scope.record.trace_id = hex_text(begun->trace_id);
    scope.trace = std::make_unique<request_trace>();
    auto& trace = *scope.trace;
    trace.context = *begun;
    if (!begun->sampled) return;
    trace.state = tracestate_of(asked.headers);
    trace.method = asked.method;
    trace.path = scope.record.path;
    trace.scheme = scope.settings().server.tls ? "https" : "http";
    trace.server = read_authority(asked.header("host").value_or(""));
}

void tell_call(request_scope& scope, const upstream::destination& to, decoded_request& decoded) {
    auto& call = decoded.call;
    keep_trace_headers(call.headers, scope.trace != nullptr);
    if (!scope.trace) return;
    auto& trace = *scope.trace;
    call.trace = parent_of_attempts(trace.context);
    if (!trace.context.sampled) return scope.trace.reset();
    for (const auto& one : to.candidates) {
        const auto& provider = one.provider->settings;
        trace.providers[provider.name] = address_of_url(provider.base_url);
    }
    trace.wishes = decoded.outlined ? wishes_in(call.body) : wishes_of(call.request);
}

void note_failure(request_scope& scope, const upstream::failure& reason) {
    if (scope.trace) scope.trace->failure = reason.type;
}

void tell_request(const request_scope& scope) {
    if (!scope.trace || !scope.trace->context.sampled) return;
    const auto& trace = *scope.trace;
    const auto& record = scope.record;
    const served_request served{
        .operation = operation_of(*scope.dialect),
        .model = record.model,
        .streamed = trace.streamed,
        .route = trace.route,
        .dialect = scope.dialect->name(),
        .key_id = record.key,
        .request_id = record.request_id,
        .stream = record.stream,
        .status = record.status,
        .outcome = record.outcome,
        .failure = trace.failure,
        .asked = scope.started,
        .ended = std::chrono::steady_clock::now()};
    scope.worker.tracer().note(served, trace);
}

}  // namespace sluice::gateway
