#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_input.hpp"

#include <optional>

namespace sluice::gateway {

/// Decodes `messages` in the AI SDK's form (UIMessage) and appends them to the request. An answer
/// of several steps becomes a message for each step, and one for each result of a tool behind it.
/// Parts that are for the screen alone are left out; what a model can't be told again is named in
/// `decoded.dropped`.
void decode_ui_history(
    fields& body, decoded_request& decoded, std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
