#pragma once

#include "upstream/mock/distribution.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace sluice::upstream::mock {

/// How a kind of model behaves, in numbers for `mock_settings`.
struct profile {
    std::string_view name;
    distribution ttft;  ///< seconds
    distribution gap;   ///< seconds
    double prefill_s = 0;
    distribution tokens;
    std::optional<distribution> reasoning;
};

/// `fast-small`, `frontier` and `reasoning`.
std::span<const profile> profiles();
/// Null: there is none of that name.
const profile* find_profile(std::string_view name);
/// Their names, for people: "fast-small, frontier or reasoning".
std::string_view profile_names();

}  // namespace sluice::upstream::mock
