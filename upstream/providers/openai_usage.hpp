#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace sluice::upstream {

/// The usage of a chat completion, whole or streamed: the `usage` member, or Groq's `x_groq.usage`.
/// Nothing where no figure is told.
std::optional<usage> openai_usage_of(const nlohmann::json& answer);

/// Reads one usage object.
std::optional<usage> read_openai_usage(const nlohmann::json& object);
/// The same of its text, which is valid JSON.
std::optional<usage> read_openai_usage(std::string_view object);

}  // namespace sluice::upstream
