#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/batch_texts.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

/// What the two streams of Sluice's own dialects say alike.
namespace sluice::gateway::load {

/// What a JSON string means, given the text between its quotes: a view into `texts`. Nothing where
/// it is no UTF-8, which a tree mends.
std::optional<std::string_view> plain_text(std::string_view raw, upstream::batch_texts& texts);

/// `tool_calls` and `tool-calls` alike; a word that is not known is `stop`.
upstream::finish_reason reason_named(std::string_view word);

/// The outcome that an error is named after; `upstream_error` where it is no outcome's word.
upstream::outcome outcome_named(std::string_view word);

/// A stream that somebody stopped.
upstream::failure cancelled();

/// What the counts are called; null: they are not told.
struct usage_keys {
    const char* input;
    const char* output;
    const char* total;
    const char* cached;
    const char* cache_write;
    const char* reasoning;
    const char* input_audio;
    const char* output_audio;
};
inline constexpr usage_keys native_usage_keys{
    .input = "input_tokens",
    .output = "output_tokens",
    .total = nullptr,
    .cached = "cached_tokens",
    .cache_write = "cache_write_tokens",
    .reasoning = "reasoning_tokens",
    .input_audio = "input_audio_tokens",
    .output_audio = "output_audio_tokens",
};
inline constexpr usage_keys ui_usage_keys{
    .input = "inputTokens",
    .output = "outputTokens",
    .total = "totalTokens",
    .cached = "cachedInputTokens",
    .cache_write = "cacheWriteTokens",
    .reasoning = "reasoningTokens",
    .input_audio = nullptr,
    .output_audio = nullptr,
};
upstream::usage usage_in(const nlohmann::json& counts, const usage_keys& keys);

}  // namespace sluice::gateway::load
