#include "gateway/dialects/anthropic_answers.hpp"
#include "gateway/dialects/json_text.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// The API's own types, and the statuses that they stand for.
struct error_type {
    std::string_view name;
    int status;
};
constexpr std::array error_types{
    error_type{"invalid_request_error", 400},
    error_type{"authentication_error", 401},
    error_type{"billing_error", 402},
    error_type{"permission_error", 403},
    error_type{"not_found_error", 404},
    error_type{"request_too_large", 413},
    error_type{"rate_limit_error", 429},
    error_type{"api_error", 500},
    error_type{"timeout_error", 504},
    error_type{"overloaded_error", 529},
};

std::string_view type_of(const upstream::failure& failure) {
    if (failure.status == 413) return "request_too_large";
    const auto named = std::ranges::find(error_types, failure.type, &error_type::name);
    if (named != error_types.end()) return named->name;
    const auto meant = std::ranges::find(error_types, failure.status, &error_type::status);
    if (meant != error_types.end()) return meant->name;
    return failure.status >= 400 && failure.status < 500 ? "invalid_request_error" : "api_error";
}

}  // namespace

std::string anthropic_error(const upstream::failure& failure) {
    json body{
        {"type", "error"},
        {"error", {{"type", type_of(failure)}, {"message", failure.message}}},
        {"request_id", nullptr}};
    if (!failure.request_id.empty()) body["request_id"] = failure.request_id;
    return dump_json(body);
}

std::string anthropic_error_event(const upstream::failure& failure) {
    return "event: error\ndata: " + anthropic_error(failure) + "\n\n";
}

json anthropic_usage_object(const upstream::usage& usage) {
    const auto read = usage.cached_tokens.value_or(0);
    const auto written = usage.cache_write_tokens.value_or(0);
    const auto rest = usage.input_tokens.value_or(0) - read - written;
    json told{
        {"input_tokens", std::max<std::int64_t>(rest, 0)},
        {"cache_creation_input_tokens", written},
        {"cache_read_input_tokens", read},
        {"output_tokens", usage.output_tokens.value_or(0)}};
    if (usage.reasoning_tokens) {
        told["output_tokens_details"] = {{"thinking_tokens", *usage.reasoning_tokens}};
    }
    return told;
}

std::string_view anthropic_stop_reason(
    upstream::finish_reason reason, std::string_view native, std::string_view stop_sequence
) {
    using reasons = upstream::finish_reason;
    switch (reason) {
        case reasons::length:
            return native == "model_context_window_exceeded" ? "model_context_window_exceeded"
                                                             : "max_tokens";
        case reasons::tool_calls:
            return "tool_use";
        case reasons::content_filter:
            return "refusal";
        case reasons::stop:
            break;
    }
    return native == "stop_sequence" || !stop_sequence.empty() ? "stop_sequence" : "end_turn";
}

}  // namespace sluice::gateway
