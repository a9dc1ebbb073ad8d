#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// ` (did you mean 'models'?)` for the candidate that a typing mistake away is; empty where none
/// is.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace sluice::gateway
