#pragma once

#include "upstream/generation.hpp"

#include <string>

namespace sluice::upstream::mock {

/// The text of the last user message, without the settings that it may begin with (see
/// `settings_in_prompt`) and the blanks behind them. Empty where no user has said anything.
std::string message_without_settings(const request& request);

}  // namespace sluice::upstream::mock
