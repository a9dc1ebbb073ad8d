#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Pieces of GenerateContentResponses.
namespace sluice::gateway {

/// Gemini's word for an end: the provider's own where it is one of Gemini's. Calls end with STOP:
/// its clients run no tool behind another word.
std::string_view gemini_finish_word(upstream::finish_reason reason, std::string_view native);

inline constexpr std::string_view gemini_malformed_call = "MALFORMED_FUNCTION_CALL";

/// Usage in Gemini's words. What is not known of the sums is zero, as clients expect the fields.
nlohmann::ordered_json gemini_usage(const upstream::usage& usage);

/// Logprobs as chat completions have them, as a `logprobsResult`; null where they are none.
nlohmann::ordered_json gemini_logprobs(std::string_view content);

/// A tool call as a part; nothing where its arguments are no JSON object. `signature`: its
/// thoughtSignature, or empty.
std::optional<nlohmann::ordered_json> gemini_call_part(
    std::string_view id,
    std::string_view name,
    std::string_view arguments,
    std::string_view signature
);

/// What a call that can't be told is called in a `finishMessage`.
std::string gemini_malformed_message(std::string_view name);

}  // namespace sluice::gateway
