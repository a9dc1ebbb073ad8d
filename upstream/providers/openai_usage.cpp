#include "upstream/providers/openai_usage.hpp"

#include "upstream/providers/json_read.hpp"

namespace sluice::upstream {

namespace {

using nlohmann::json;

std::optional<std::int64_t> detail(const json& object, const char* details, const char* key) {
    const auto* inner = find(object, details);
    return inner == nullptr ? std::nullopt : find_count(*inner, key);
}

/// xAI leaves reasoning out of `completion_tokens`; its total gives it away.
void count_reasoning_as_output(usage& counted) {
    if (!counted.input_tokens || !counted.output_tokens || !counted.total_tokens) return;
    const auto reasoning = counted.reasoning_tokens.value_or(0);
    if (reasoning == 0) return;
    // By subtraction from the largest: sums of hostile numbers overflow.
    if (*counted.input_tokens > *counted.total_tokens) return;
    if (*counted.total_tokens - *counted.input_tokens - *counted.output_tokens != reasoning) return;
    counted.output_tokens = *counted.total_tokens - *counted.input_tokens;
}

}  // namespace

std::optional<usage> read_openai_usage(const json& object) {
    usage counted;
    counted.input_tokens = find_count(object, "prompt_tokens");
    counted.output_tokens = find_count(object, "completion_tokens");
    counted.total_tokens = find_count(object, "total_tokens");
    counted.cached_tokens = detail(object, "prompt_tokens_details", "cached_tokens");
    if (!counted.cached_tokens) {
        counted.cached_tokens = find_count(object, "prompt_cache_hit_tokens");  // DeepSeek
    }
    counted.cache_write_tokens = detail(object, "prompt_tokens_details", "cache_write_tokens");
    if (!counted.cache_write_tokens) {
        counted.cache_write_tokens = find_count(object, "cache_creation_input_tokens");
    }
    counted.reasoning_tokens = detail(object, "completion_tokens_details", "reasoning_tokens");
    if (!counted.reasoning_tokens) {
        counted.reasoning_tokens = find_count(object, "reasoning_tokens");  // Perplexity
    }
    if (counted == usage{}) return {};
    count_reasoning_as_output(counted);
    return counted;
}

std::optional<usage> openai_usage_of(const json& answer) {
    if (const auto* own = find(answer, "usage")) {
        if (auto counted = read_openai_usage(*own)) return counted;
    }
    const auto* groq = find(answer, "x_groq");
    const auto* inner = groq == nullptr ? nullptr : find(*groq, "usage");
    return inner == nullptr ? std::nullopt : read_openai_usage(*inner);
}

}  // namespace sluice::upstream
