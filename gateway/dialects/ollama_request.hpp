#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_input.hpp"

#include <optional>
#include <string_view>

/// The bodies of Ollama's API, read into the vocabulary. Known fields are checked for their types;
/// what has no place is left out by name. The first problem is in `problem`.
namespace sluice::gateway {

/// `/api/chat`. A conversation without messages loads a model or unloads it: only Ollama can.
void decode_ollama_chat(
    const nlohmann::json& body, decoded_request& decoded, std::optional<upstream::failure>& problem
);

/// `/api/generate`: a prompt instead of messages.
void decode_ollama_generate(
    const nlohmann::json& body, decoded_request& decoded, std::optional<upstream::failure>& problem
);

/// What the two call a field of chat completions.
std::string_view ollama_chat_name(std::string_view field);
std::string_view ollama_generate_name(std::string_view field);

}  // namespace sluice::gateway
