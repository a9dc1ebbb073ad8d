#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/opaque_state.hpp"
#include "gateway/dialects/ui_messages_answers.hpp"

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

}  // namespace

bool are_ui_arguments(std::string_view arguments) {
    const auto begin = arguments.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return true;
    // The parser would take a NUL byte for the end of the text, whatever follows.
    if (arguments[begin] != '{' || arguments.find('\0') != std::string_view::npos) return false;
    return !upstream::nested_deeper_than(arguments, json_depth_max) &&
           nlohmann::json::accept(arguments);
}

json ui_metadata(std::string_view model, const upstream::usage& usage) {
    json counts = json::object();
    const auto put = [&](const char* key, const std::optional<std::int64_t>& value) {
        if (value) counts[key] = *value;
    };
    put("inputTokens", usage.input_tokens);
    put("outputTokens", usage.output_tokens);
    put("totalTokens", usage.total_tokens);
    if (!usage.total_tokens && usage.input_tokens && usage.output_tokens)
        counts["totalTokens"] = *usage.input_tokens + *usage.output_tokens;
    put("reasoningTokens", usage.reasoning_tokens);
    put("cachedInputTokens", usage.cached_tokens);
    put("cacheWriteTokens", usage.cache_write_tokens);
    return {{"model", model}, {"usage", std::move(counts)}};
}

json ui_state(const upstream::reasoning_state& state) {
    return {{"sluice", {{"state", pack_state(state, upstream::reasoning_state::origin::other)}}}};
}

json ui_source(const upstream::citation_delta& citation, std::size_t number) {
    const auto id = "source-" + std::to_string(number);
    json part;
    if (citation.url.empty()) {
        const auto title = citation.title.empty() ? std::string_view("document") : citation.title;
        part = {
            {"type", "source-document"},
            {"sourceId", id},
            {"mediaType", "text/plain"},
            {"title", title}};
    } else {
        part = {{"type", "source-url"}, {"sourceId", id}, {"url", citation.url}};
        if (!citation.title.empty()) part["title"] = citation.title;
    }
    json more = json::object();
    if (!citation.cited_text.empty()) more["citedText"] = citation.cited_text;
    if (citation.begin >= 0) more["begin"] = citation.begin;
    if (citation.end >= 0) more["end"] = citation.end;
    if (!more.empty()) part["providerMetadata"] = {{"sluice", std::move(more)}};
    return part;
}

}  // namespace sluice::gateway
