#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <optional>

namespace sluice::gateway {

/// The `messages` of a conversation with Ollama. Its tool calls may have no ids, and results name
/// only the tool: each result gets the id of the call that it answers, made up where there is none.
void decode_ollama_messages(
    fields& body, upstream::request& request, std::optional<upstream::failure>& problem
);

/// `system`, `prompt` and `images` as messages. None where there is nothing to answer.
void decode_ollama_prompt(
    fields& body, upstream::request& request, std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
