#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_input.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace sluice::gateway {

/// Decodes a body of the Messages API, or of its count of tokens, which wants no `max_tokens`. The
/// types of what is known are checked; what is not is left alone. The first problem is in
/// `problem`.
void decode_anthropic(
    const nlohmann::json& body,
    bool counts,
    decoded_request& decoded,
    std::optional<upstream::failure>& problem
);

/// What the Messages API calls a field of OpenAI's chat completions.
std::string_view anthropic_field_name(std::string_view field);

}  // namespace sluice::gateway
