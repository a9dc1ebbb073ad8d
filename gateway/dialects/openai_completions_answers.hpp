#pragma once

#include "gateway/dialects/dialect.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

/// The answers of OpenAI's completions, the older API: chunks and documents of one shape. Errors
/// are those of chat completions.
namespace sluice::gateway {

/// Writes chunks from items. `want_usage`: a last chunk with `choices: []` tells the usage.
std::unique_ptr<stream_encoder> make_completions_encoder(
    const stream_names& names, bool want_usage
);

/// Passes a provider's own chunks on, and adds only what the gateway has to say.
std::unique_ptr<stream_encoder> make_completions_relay(const stream_names& names);

std::unique_ptr<document_builder> make_completions_document(const stream_names& names);

/// The probabilities of tokens in the older form, from those of chat completions: a JSON array.
/// `offset`: where in the choice's text the first token begins, in code points; grows by the
/// tokens. Null where there are none.
nlohmann::ordered_json older_logprobs(std::string_view tokens, std::size_t& offset);

/// This API's word for how a choice ended.
std::string_view completions_reason(upstream::finish_reason reason);

}  // namespace sluice::gateway
