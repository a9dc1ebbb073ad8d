#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/openai_states.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

namespace sluice::upstream {

/// Emits the text, reasoning, refusal, pictures, sound and sources of one `delta`, and the state of
/// its thoughts but for what belongs to tool calls. Returns whether there was content, in the sense
/// of `verbatim`. Without `out` it only looks.
bool read_openai_delta(
    const nlohmann::json& delta, int choice, openai_states& states, batch_texts& texts, batch* out
);

}  // namespace sluice::upstream
