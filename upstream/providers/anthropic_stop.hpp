#pragma once

#include "upstream/generation.hpp"

#include <string_view>

namespace sluice::upstream {

/// What a stop_reason of the Messages API means. `called`: the answer called tools.
finish_reason reason_of_anthropic(std::string_view stop_reason, bool called);

}  // namespace sluice::upstream
