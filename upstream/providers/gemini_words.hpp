#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Gemini's words for how an answer ends and what it took.
namespace sluice::upstream {

/// What a `finishReason` means where it is an end; nothing where it is a failure. A word that
/// nobody has heard of is an ordinary end.
std::optional<finish_reason> gemini_finish(std::string_view word, bool has_calls);

/// A `usageMetadata`; nothing where it counts nothing.
std::optional<usage> gemini_usage(const nlohmann::json& metadata);

/// A `logprobsResult` as chat completions have it: a JSON array; empty where there is none.
std::string gemini_logprobs(const nlohmann::json& result);

}  // namespace sluice::upstream
