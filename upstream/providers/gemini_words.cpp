#include "upstream/providers/gemini_words.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using count = std::optional<std::int64_t>;

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::ranges::find(words, word) != words.end();
}

/// Nothing where neither was told.
count sum(count one, count other) {
    if (!one && !other) return {};
    return one.value_or(0) + other.value_or(0);
}

count audio_in(const json& metadata, const char* details) {
    const auto* list = find(metadata, details);
    if (list == nullptr || !list->is_array()) return {};
    for (const auto& entry : *list) {
        if (find_text(entry, "modality") == "AUDIO") return find_count(entry, "tokenCount");
    }
    return {};
}

json token_of(const json& candidate) {
    const auto text = find_text(candidate, "token");
    auto bytes = json::array();
    for (const char c : text)
        bytes.push_back(static_cast<unsigned char>(c));
    json made{{"token", text}, {"logprob", nullptr}, {"bytes", std::move(bytes)}};
    const auto* number = find(candidate, "logProbability");
    if (number != nullptr && number->is_number()) made["logprob"] = *number;
    return made;
}

json alternatives_at(const json& result, std::size_t position) {
    auto made = json::array();
    const auto* tops = find(result, "topCandidates");
    if (tops == nullptr || !tops->is_array() || position >= tops->size()) return made;
    const auto* candidates = find((*tops)[position], "candidates");
    if (candidates == nullptr || !candidates->is_array()) return made;
    for (const auto& each : *candidates)
        made.push_back(token_of(each));
    return made;
}

}  // namespace

std::optional<finish_reason> gemini_finish(std::string_view word, bool has_calls) {
    static constexpr std::array<std::string_view, 12> filters{
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "JAILBREAK",
        "ESPIONAGE"};
    static constexpr std::array<std::string_view, 8> failures{
        "OTHER",
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
        "MALFORMED_RESPONSE",
        "IMAGE_OTHER",
        "NO_IMAGE"};
    if (word == "MAX_TOKENS") return finish_reason::length;
    if (is_one_of(word, filters)) return finish_reason::content_filter;
    if (is_one_of(word, failures)) return {};
    return has_calls ? finish_reason::tool_calls : finish_reason::stop;
}

std::optional<usage> gemini_usage(const json& metadata) {
    usage counted;
    counted.input_tokens = find_count(metadata, "promptTokenCount");
    counted.reasoning_tokens = find_count(metadata, "thoughtsTokenCount");
    counted.output_tokens =
        sum(find_count(metadata, "candidatesTokenCount"), counted.reasoning_tokens);
    counted.total_tokens = find_count(metadata, "totalTokenCount");
    counted.cached_tokens = find_count(metadata, "cachedContentTokenCount");
    counted.input_audio_tokens = audio_in(metadata, "promptTokensDetails");
    counted.output_audio_tokens = audio_in(metadata, "candidatesTokensDetails");
    if (counted.input_tokens) {
        counted.input_tokens =
            sum(counted.input_tokens, find_count(metadata, "toolUsePromptTokenCount"));
    }
    if (counted == usage()) return {};
    return counted;
}

std::string gemini_logprobs(const json& result) {
    const auto* chosen = find(result, "chosenCandidates");
    if (chosen == nullptr || !chosen->is_array() || chosen->empty()) return {};
    auto made = json::array();
    for (std::size_t i = 0; i < chosen->size(); ++i) {
        auto token = token_of((*chosen)[i]);
        token["top_logprobs"] = alternatives_at(result, i);
        made.push_back(std::move(token));
    }
    return dump_body(made);
}

}  // namespace sluice::upstream
