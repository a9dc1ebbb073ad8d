#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_input.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// Where a body of the Responses API is decoded to.
struct responses_target {
    upstream::call& call;
    std::vector<std::string>& dropped;
    std::optional<upstream::failure>& problem;  ///< the first one
    /// The input holds opaque state that this gateway packed.
    bool holds_packed_state = false;
};

/// Decodes all but `input`. Fields that nobody has heard of are left alone.
void decode_response_request(const nlohmann::json& body, responses_target& into);

/// Decodes `input`: a text, or items. Adds to the messages.
void decode_response_input(const nlohmann::json& body, responses_target& into);

/// The body as a provider of this API is to see it: opaque state that this gateway packed is
/// unpacked where it is that API's own, and left out where it is another's.
std::string without_packed_state(std::string_view body);

/// What this API calls a field of chat completions.
std::string_view responses_field_name(std::string_view field);

}  // namespace sluice::gateway
