#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

namespace sluice::gateway {

/// Decodes the thoughts that an assistant's message brings back, into a message whose texts and
/// tool calls are decoded already: `reasoning_content` or `reasoning`, OpenRouter's
/// `reasoning_details` with signatures and encrypted thoughts, and Gemini's signature of the text.
/// `reader` reads `value`.
void decode_thoughts(fields& reader, const nlohmann::json& value, upstream::message& message);

/// Gemini's signature in `extra_content.google.thought_signature`; nothing where there is none.
std::optional<upstream::reasoning_state> google_signature(const nlohmann::json& holder);

}  // namespace sluice::gateway
