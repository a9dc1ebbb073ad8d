#include "upstream/providers/openai_responses_outcome.hpp"

#include "upstream/providers/json_read.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

std::optional<std::int64_t> count_in(const json& object, const char* details, const char* name) {
    const auto* inner = find(object, details);
    return inner == nullptr ? std::nullopt : find_count(*inner, name);
}

/// An error object with a status where its code tells that the request is at fault: asking again,
/// or somebody else, is of no use.
failure reported(json error, const provider_errors& errors) {
    const auto code = find_text(error, "code");
    const bool request_at_fault =
        code.starts_with("invalid_") || code.find("image") != std::string_view::npos;
    if (request_at_fault) error["status_code"] = 400U;
    return errors.reported(error);
}

}  // namespace

std::optional<usage> responses_usage_of(const json& response) {
    const auto* told = find(response, "usage");
    if (told == nullptr) return {};
    usage counted;
    counted.input_tokens = find_count(*told, "input_tokens");
    counted.output_tokens = find_count(*told, "output_tokens");
    counted.total_tokens = find_count(*told, "total_tokens");
    counted.cached_tokens = count_in(*told, "input_tokens_details", "cached_tokens");
    counted.cache_write_tokens = count_in(*told, "input_tokens_details", "cache_write_tokens");
    counted.reasoning_tokens = count_in(*told, "output_tokens_details", "reasoning_tokens");
    if (counted == usage{}) return {};
    return counted;
}

responses_end responses_end_of(const json& response, std::string_view event) {
    const auto status = find_text(response, "status");
    if (event == "response.failed" || is_truthy(find(response, "error")))
        return responses_end::failed;
    if (status == "completed") return responses_end::completed;
    if (status == "incomplete") return responses_end::incomplete;
    if (status == "failed" || status == "cancelled") return responses_end::failed;
    if (event == "response.completed") return responses_end::completed;
    if (event == "response.incomplete") return responses_end::incomplete;
    return responses_end::not_yet;
}

finish responses_finish_of(
    const json& response, responses_end end, bool called, batch_texts& texts
) {
    finish made;
    if (end == responses_end::completed) {
        made.reason = called ? finish_reason::tool_calls : finish_reason::stop;
        made.native = "completed";
        return made;
    }
    const auto* details = find(response, "incomplete_details");
    const auto reason = details == nullptr ? std::string_view() : find_text(*details, "reason");
    made.reason =
        reason == "content_filter" ? finish_reason::content_filter : finish_reason::length;
    made.native = reason.empty() ? "incomplete" : texts.keep(reason);
    return made;
}

failure responses_failure_of(const json& response, const provider_errors& errors) {
    const auto* error = find(response, "error");
    if (is_truthy(error)) return reported(*error, errors);
    const bool cancelled = find_text(response, "status") == "cancelled";
    return errors.broken(
        outcome::upstream_error,
        cancelled ? "cancelled the response" : "failed without saying why",
        !cancelled
    );
}

failure responses_error_of(const json& event, const provider_errors& errors) {
    const auto* nested = find(event, "error");
    if (is_truthy(nested)) {
        return nested->is_object() ? reported(*nested, errors) : errors.reported(event);
    }
    auto flat = event;
    // It is the event's, not the error's.
    flat.erase("type");
    return reported(std::move(flat), errors);
}

bool is_responses_call(std::string_view item_type) {
    return item_type == "function_call" || item_type == "custom_tool_call";
}

}  // namespace sluice::upstream
