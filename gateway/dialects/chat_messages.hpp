#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <optional>
#include <string>

namespace sluice::gateway {

/// Decodes `messages` in OpenAI's form. An absent `messages` leaves the request without any; an
/// empty one is a problem. Returns the path of the first content part of an unknown kind, or "".
std::string decode_messages(
    fields& body, upstream::request& request, std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
