#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// What the chunks, the documents and the requests of chat completions have in common.
namespace sluice::gateway {

/// Usage in the words of chat completions. What is not known is zero, as clients expect the fields.
nlohmann::ordered_json chat_usage(const upstream::usage& usage);

/// An entry of OpenRouter's `reasoning_details` with opaque state: `reasoning.text` with a
/// signature, or `reasoning.encrypted`. `index`: its place in that list; negative: not said.
nlohmann::ordered_json reasoning_detail(
    const upstream::reasoning_state& state, std::string_view text, std::int64_t index
);

/// Whose state it is, by the `format` of such an entry.
upstream::reasoning_state::origin origin_of_format(std::string_view format);
/// What an encrypted entry is to the protocol that made it.
upstream::reasoning_state::form form_of_encrypted(upstream::reasoning_state::origin origin);

/// An entry of `annotations`.
struct cited_source {
    std::string_view url;
    std::string_view title;
    std::string_view cited_text;
    std::int64_t begin = -1;
    std::int64_t end = -1;
};
nlohmann::ordered_json url_citation(const cited_source& source);

/// An entry of OpenRouter's `images`. `data` is base64.
nlohmann::ordered_json image_url(std::string_view type, std::string_view data);

/// `{"content":...,"refusal":...}` of two JSON arrays; `null` where both are empty.
void append_logprobs(std::string& out, std::string_view content, std::string_view refusal);

/// `{"google":{"thought_signature":...}}`
nlohmann::ordered_json google_extra(std::string_view signature);

}  // namespace sluice::gateway
