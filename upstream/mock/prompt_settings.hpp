#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// What a part of a message says, without the settings that a user's message may begin with (see
/// `settings_in_prompt`) and the blanks behind them: with and without them it is the same prompt.
/// That goes for earlier messages, too, whose settings have no effect any more.
std::string_view said_in(const message& message, const text_part& part);

/// The text of the last user message, without settings. Empty where no user has
/// said anything.
std::string message_without_settings(const request& request);

}  // namespace sluice::upstream::mock
