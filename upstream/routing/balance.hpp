#pragma once

#include "upstream/routing/rules.hpp"
#include "upstream/routing/target_health.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// A target as balancing sees it.
struct weighed_target {
    int weight = 1;         ///< 0: only where nothing else can be asked now
    int priority = 1;       ///< lower ones are asked first
    std::string_view name;  ///< provider/model, which sticky requests are hashed with
    target_health::standing standing;
};

/// A number in [0, 1), of one's own choosing in tests.
using chance = std::function<double()>;

/// The order in which a request's targets are to be asked, as indices: first those that can be
/// asked now, by priority and then by the rule; then those that are to be left alone, the one that
/// is back soonest first. One that is half open has its regular place: whether it may go is decided
/// when it is asked, and behind the others it would never be tried. `sticky`: requests with the
/// same number get the same order among the same targets (rendezvous hashing by weight), whatever
/// the rule. Pure.
std::vector<std::size_t> order_targets(
    const std::vector<weighed_target>& targets,
    balance_rule rule,
    std::optional<std::uint64_t> sticky,
    const chance& dice
);

}  // namespace sluice::upstream
