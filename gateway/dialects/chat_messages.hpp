#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <optional>
#include <string>

namespace sluice::gateway {

/// Decodes `messages` in OpenAI's form. An absent `messages` leaves the request without any; an
/// empty one is a problem. What only this protocol can carry is named in `call.untranslatable`.
void decode_messages(fields& body, upstream::call& call, std::optional<upstream::failure>& problem);

}  // namespace sluice::gateway
