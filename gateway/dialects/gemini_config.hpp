#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/gemini_reading.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace sluice::gateway {

/// Reads a `generationConfig`: what the vocabulary can't carry goes into `decoded.dropped` where it
/// only tunes, else into `call.untranslatable`.
void decode_gemini_config(
    const nlohmann::json& config,
    decoded_request& decoded,
    std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
