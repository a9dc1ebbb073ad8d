#pragma once

#include <string>
#include <string_view>

/// Damage to the JSON within one frame, whatever stands around it.
namespace sluice::gateway {

/// The frame with half of its JSON, which is none then. What frames it stays, and so does UTF-8.
std::string without_end_of_json(const std::string& frame);

/// The frame with another character in the JSON string that says `words`, or else in its longest
/// one. It stays valid JSON. The last letter is taken, so that a mark ahead of the words stays as
/// it is; where there is none, what else there is.
std::string with_other_character(std::string frame, std::string_view words);

}  // namespace sluice::gateway
