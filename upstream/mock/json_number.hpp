#pragma once

#include "upstream/mock/hash.hpp"

#include <optional>

namespace sluice::upstream::mock {

/// What a JSON schema says about a number. Nothing: no bound.
struct number_rules {
    bool whole = false;
    std::optional<double> least;
    std::optional<double> most;
    std::optional<double> above;  ///< exclusiveMinimum
    std::optional<double> below;  ///< exclusiveMaximum
    std::optional<double> multiple_of;
};

/// A number that follows the rules, or nothing where none was found.
std::optional<double> sample_number(const number_rules& rules, dice& dice);

}  // namespace sluice::upstream::mock
