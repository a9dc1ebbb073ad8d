#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

namespace sluice::upstream {

/// Emits the text, reasoning, refusal and pictures of one `delta`. Returns whether there were any.
/// Without `out` it only looks.
bool read_openai_delta(const nlohmann::json& delta, int choice, batch_texts& texts, batch* out);

}  // namespace sluice::upstream
