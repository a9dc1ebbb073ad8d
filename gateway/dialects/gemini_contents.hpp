#pragma once

#include "gateway/dialects/gemini_reading.hpp"
#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace sluice::gateway {

/// Reads `systemInstruction` and `contents` into the call's messages. Parts that only Gemini knows
/// go into `call.untranslatable`.
void decode_gemini_contents(
    gemini_fields& body, upstream::call& call, std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
