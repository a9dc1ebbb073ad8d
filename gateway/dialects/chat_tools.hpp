#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace sluice::gateway {

/// Decodes `tools` and `tool_choice` in OpenAI's form, and the older `functions` and
/// `function_call`. Tools that are no functions are named in `call.untranslatable`.
void decode_chat_tools(
    fields& body, upstream::call& call, std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
