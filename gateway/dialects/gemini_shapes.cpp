#include "gateway/dialects/gemini_shapes.hpp"

#include "gateway/dialects/gemini_answers.hpp"
#include "gateway/dialects/json_text.hpp"
#include "upstream/json_members.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t depth_max = 128;  // writing JSON recurses

/// google.rpc.Code, by HTTP status.
std::string_view status_word(int status) {
    static constexpr std::array<std::pair<int, std::string_view>, 14> words{{
        {400, "INVALID_ARGUMENT"},
        {401, "UNAUTHENTICATED"},
        {402, "FAILED_PRECONDITION"},
        {403, "PERMISSION_DENIED"},
        {404, "NOT_FOUND"},
        {409, "ABORTED"},
        {413, "INVALID_ARGUMENT"},
        {422, "INVALID_ARGUMENT"},
        {429, "RESOURCE_EXHAUSTED"},
        {499, "CANCELLED"},
        {501, "UNIMPLEMENTED"},
        {502, "UNAVAILABLE"},
        {503, "UNAVAILABLE"},
        {504, "DEADLINE_EXCEEDED"},
    }};
    for (const auto& [code, word] : words) {
        if (code == status) return word;
    }
    return status < 500 ? "FAILED_PRECONDITION" : "INTERNAL";
}

bool is_seconds(std::string_view text) {
    return !text.empty() && text.size() < 10 &&
           std::ranges::all_of(text, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

json detail(std::string_view type) {
    return {{"@type", "type.googleapis.com/google.rpc." + std::string(type)}};
}

json details_of(const upstream::failure& failure, std::string_view reason) {
    auto details = json::array();
    if (!reason.empty()) {
        auto info = detail("ErrorInfo");
        info["reason"] = reason;
        info["domain"] = "sluice";
        details.push_back(std::move(info));
    }
    if (!failure.param.empty()) {
        auto request = detail("BadRequest");
        request["fieldViolations"] =
            json::array({json{{"field", failure.param}, {"description", failure.message}}});
        details.push_back(std::move(request));
    }
    if (is_seconds(failure.retry_after)) {
        auto info = detail("RetryInfo");
        info["retryDelay"] = failure.retry_after + "s";
        details.push_back(std::move(info));
    }
    return details;
}

json token_of(const json& entry) {
    json made{{"token", ""}};
    if (const auto token = entry.find("token"); token != entry.end() && token->is_string()) {
        made["token"] = *token;
    }
    if (const auto value = entry.find("logprob"); value != entry.end() && value->is_number()) {
        made["logProbability"] = *value;
    }
    return made;
}

json audio_detail(std::int64_t tokens) {
    return json::array({json{{"modality", "AUDIO"}, {"tokenCount", tokens}}});
}

}  // namespace

std::string_view gemini_finish_word(upstream::finish_reason reason, std::string_view native) {
    static constexpr std::array<std::string_view, 9> filters{
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION"};
    switch (reason) {
        case upstream::finish_reason::stop:
        case upstream::finish_reason::tool_calls:
            return "STOP";
        case upstream::finish_reason::length:
            return "MAX_TOKENS";
        case upstream::finish_reason::content_filter:
            break;
    }
    const auto* const found = std::ranges::find(filters, native);
    return found == filters.end() ? "SAFETY" : *found;
}

json gemini_usage(const upstream::usage& usage) {
    const auto input = usage.input_tokens.value_or(0);
    const auto output = usage.output_tokens.value_or(0);
    const auto thoughts = usage.reasoning_tokens.value_or(0);
    json made{
        {"promptTokenCount", input},
        {"candidatesTokenCount", std::max<std::int64_t>(output - thoughts, 0)},
        {"totalTokenCount", usage.total_tokens.value_or(input + output)},
    };
    if (usage.reasoning_tokens) made["thoughtsTokenCount"] = thoughts;
    if (usage.cached_tokens) made["cachedContentTokenCount"] = *usage.cached_tokens;
    if (usage.input_audio_tokens) {
        made["promptTokensDetails"] = audio_detail(*usage.input_audio_tokens);
    }
    if (usage.output_audio_tokens) {
        made["candidatesTokensDetails"] = audio_detail(*usage.output_audio_tokens);
    }
    return made;
}

json gemini_logprobs(std::string_view content) {
    if (upstream::nested_deeper_than(content, depth_max)) return nullptr;
    const auto entries = json::parse(content, nullptr, false);
    if (!entries.is_array() || entries.empty()) return nullptr;
    auto chosen = json::array();
    auto tops = json::array();
    for (const auto& entry : entries) {
        if (!entry.is_object()) return nullptr;
        chosen.push_back(token_of(entry));
        auto candidates = json::array();
        const auto list = entry.find("top_logprobs");
        if (list != entry.end() && list->is_array()) {
            for (const auto& each : *list) {
                if (each.is_object()) candidates.push_back(token_of(each));
            }
        }
        tops.push_back(json{{"candidates", std::move(candidates)}});
    }
    return {{"chosenCandidates", std::move(chosen)}, {"topCandidates", std::move(tops)}};
}

std::optional<json> gemini_call_part(
    std::string_view id,
    std::string_view name,
    std::string_view arguments,
    std::string_view signature
) {
    auto args = json::object();
    if (arguments.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        if (upstream::nested_deeper_than(arguments, depth_max)) return {};
        args = json::parse(arguments, nullptr, false);
        if (args.is_null()) args = json::object();
        if (!args.is_object()) return {};
    }
    json call{{"name", name}, {"args", std::move(args)}};
    if (!id.empty()) call["id"] = id;
    json part{{"functionCall", std::move(call)}};
    if (!signature.empty()) part["thoughtSignature"] = signature;
    return part;
}

std::string gemini_malformed_message(std::string_view name) {
    return "Malformed function call: " + std::string(name);
}

std::string gemini_error(const upstream::failure& failure, std::string_view reason) {
    json error{
        {"code", failure.status},
        {"message", failure.message},
        {"status", status_word(failure.status)},
    };
    auto details = details_of(failure, reason);
    if (!details.empty()) error["details"] = std::move(details);
    return dump_json(json{{"error", std::move(error)}});
}

}  // namespace sluice::gateway
