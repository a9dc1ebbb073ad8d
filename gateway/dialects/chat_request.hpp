#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <optional>
#include <string>

namespace sluice::gateway {

/// The most that `n` may ask for.
inline constexpr int choices_max = 128;

/// Decodes what the OpenAI chat body and the native body have in common (messages, tools, sampling)
/// into `call`. Every documented field is checked for its type and range; fields that nobody has
/// heard of are left alone. The first problem is in `problem`.
void decode_chat(
    const nlohmann::json& body, upstream::call& call, std::optional<upstream::failure>& problem
);

/// The fields of sampling that completions, the older API, have as well: temperature, penalties,
/// seed, `n`, `stop` and the like.
void decode_sampling(fields& body, upstream::request& request);

/// `stream_options.include_usage`: whether the client wants its stream to tell the usage.
bool asks_for_usage(const nlohmann::json& body, std::optional<upstream::failure>& problem);

/// The top-level keys that `decode_chat` carries into a request.
bool chat_carries(std::string_view key);

}  // namespace sluice::gateway
