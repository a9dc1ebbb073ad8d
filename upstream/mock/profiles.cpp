#include "upstream/mock/profiles.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream::mock {
namespace {

using log_normal = distribution::log_normal;
using gamma = distribution::gamma;

/// As long as the answers of chats are: half of them below 150 tokens, 220 on average.
distribution chat_tokens() {
    return distribution(log_normal{150, 0.86});
}

}  // namespace

std::span<const profile> profiles() {
    static const std::array<profile, 3> all{{
        // 150 tokens a second, of a model that fits on one card.
        {"fast-small",
         distribution(log_normal{0.08, 0.35}),
         distribution(gamma{1.0 / 150, 0.4}),
         10e-6,
         chat_tokens(),
         std::nullopt},
        // 60 tokens a second, with the long waits of a service that many share.
        {"frontier",
         distribution(log_normal{0.6, 0.5}),
         distribution(gamma{1.0 / 60, 0.6}),
         50e-6,
         chat_tokens(),
         std::nullopt},
        // 80 tokens a second, most of which nobody reads.
        {"reasoning",
         distribution(log_normal{1, 0.5}),
         distribution(gamma{1.0 / 80, 0.5}),
         50e-6,
         chat_tokens(),
         distribution(log_normal{400, 0.8})},
    }};
    return all;
}

const profile* find_profile(std::string_view name) {
    const auto all = profiles();
    const auto found = std::ranges::find(all, name, &profile::name);
    return found == all.end() ? nullptr : &*found;
}

std::string_view profile_names() {
    return "fast-small, frontier or reasoning";
}

}  // namespace sluice::upstream::mock
