#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

namespace sluice::upstream {

/// Tells the probabilities in a choice's `logprobs`: those of its content and of its refusal, and
/// those in the older form of completions (`tokens`, `token_logprobs`, `top_logprobs`).
void read_openai_logprobs(const nlohmann::json& choice, int index, batch_texts& texts, batch& out);

}  // namespace sluice::upstream
