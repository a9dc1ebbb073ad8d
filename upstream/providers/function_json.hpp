#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>

/// What several protocols write as OpenAI's chat completions do.
namespace sluice::upstream {

/// `{type: function, function: {name, description, parameters}}`. Without `strict`.
nlohmann::json function_tool_json(const tool& tool);

/// `{id, type: function, function: {name, arguments}}`.
nlohmann::json function_call_json(const tool_call& call);

/// `{type: image_url, image_url: {url, detail}}`.
nlohmann::json image_url_json(const image_part& image);

/// Some tool says that its arguments must obey its schema to the letter.
bool has_strict_tool(const request& request);

/// `body[key]` where there is a value.
template <class Value>
void put_json(nlohmann::json& body, const char* key, const std::optional<Value>& value) {
    if (value) body[key] = *value;
}

}  // namespace sluice::upstream
