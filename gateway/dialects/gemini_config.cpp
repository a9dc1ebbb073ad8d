#include "gateway/dialects/gemini_config.hpp"

#include "gateway/dialects/gemini_schema.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using problem_slot = std::optional<upstream::failure>;

constexpr std::string_view path = "generationConfig";
constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t stop_strings_max = 16;
constexpr int candidates_max = 128;
constexpr int top_logprobs_max = 20;

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

void decode_sampling(gemini_fields& config, upstream::request& request) {
    request.temperature = config.number("temperature", 0, 2);
    request.top_p = config.number("topP", 0, 1);
    // Some clients send 40.0.
    if (const auto top = config.number("topK", 0, 1e6)) {
        request.top_k = static_cast<std::int64_t>(*top);
    }
    request.max_tokens = config.integer("maxOutputTokens", 1, any_count);
    request.seed = config.integer("seed", std::numeric_limits<std::int64_t>::min(), any_count);
    request.presence_penalty = config.number("presencePenalty", -2, 2);
    request.frequency_penalty = config.number("frequencyPenalty", -2, 2);
    const auto candidates = config.integer("candidateCount", 1, candidates_max);
    request.choices = static_cast<int>(candidates.value_or(1));
    request.logprobs = config.boolean("responseLogprobs");
    if (const auto top = config.integer("logprobs", 0, top_logprobs_max)) {
        request.top_logprobs = static_cast<int>(*top);
    }
}

void decode_stop(gemini_fields& config, upstream::request& request) {
    const auto* list = config.array("stopSequences");
    if (list == nullptr) return;
    if (list->size() > stop_strings_max) {
        return config.fail("stopSequences", "holds more than 16 strings");
    }
    for (const auto& text : *list) {
        if (!text.is_string()) return config.fail("stopSequences", "must be an array of strings");
        request.stop.push_back(text.get<std::string>());
    }
}

void decode_format(gemini_fields& config, decoded_request& decoded) {
    const auto type = config.text("responseMimeType").value_or("");
    const json* plain = config.any("responseJsonSchema");
    const json* own = config.object("responseSchema");
    if (config.failed()) return;
    if (type == "text/x.enum") {
        decoded.call.untranslatable.push_back(config.path_of("responseMimeType"));
        return;
    }
    if (type != "application/json" && plain == nullptr && own == nullptr) return;
    upstream::response_format format;
    format.kind = upstream::response_format::form::json_object;
    if (plain != nullptr) format.schema = *plain;
    if (plain == nullptr && own != nullptr) format.schema = json_schema_of(*own);
    if (!format.schema.is_null()) {
        format.kind = upstream::response_format::form::json_schema;
        format.name = "response";  // needed elsewhere; Gemini has none
    }
    decoded.call.request.response_format = std::move(format);
}

void decode_modalities(gemini_fields& config, upstream::request& request) {
    const auto* list = config.array("responseModalities");
    if (list == nullptr) return;
    for (const auto& word : *list) {
        if (!word.is_string()) {
            return config.fail("responseModalities", "must be an array of strings");
        }
        request.output_modalities.push_back(lower(word.get<std::string>()));
    }
}

void decode_thinking(gemini_fields& config, upstream::request& request, problem_slot& problem) {
    const auto* thinking = config.object("thinkingConfig");
    if (thinking == nullptr) return;
    gemini_fields inner{*thinking, config.path_of("thinkingConfig"), problem};
    auto& wish = request.reasoning;
    wish.visible = inner.boolean("includeThoughts");
    const auto level = inner.text("thinkingLevel").value_or("");
    if (level != "THINKING_LEVEL_UNSPECIFIED") wish.effort = lower(level);
    const auto budget = inner.integer("thinkingBudget", -1, any_count);
    if (!budget) return;
    wish.enabled = *budget != 0;
    if (*budget > 0) wish.budget = budget;
}

void note_dropped(gemini_fields& config, decoded_request& decoded) {
    static constexpr std::array<std::string_view, 6> only_tune{
        "speechConfig",
        "mediaResolution",
        "audioTimestamp",
        "imageConfig",
        "routingConfig",
        "modelSelectionConfig"};
    for (const auto key : only_tune) {
        if (config.any(key) != nullptr) decoded.dropped.push_back(config.path_of(key));
    }
}

}  // namespace

void decode_gemini_config(const json& config, decoded_request& decoded, problem_slot& problem) {
    gemini_fields reader{config, std::string(path), problem};
    auto& request = decoded.call.request;
    decode_sampling(reader, request);
    decode_stop(reader, request);
    decode_format(reader, decoded);
    decode_modalities(reader, request);
    decode_thinking(reader, request, problem);
    note_dropped(reader, decoded);
}

}  // namespace sluice::gateway
