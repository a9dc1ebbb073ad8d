#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/rules.hpp"

#include <cstdint>
#include <optional>

namespace sluice::upstream {

/// A number that requests have in common which belong at one target; nothing: it belongs nowhere.
/// The same on every worker and every node. Pure.
std::optional<std::uint64_t> sticky_number(const sticky_rule& rule, const call& call);

}  // namespace sluice::upstream
