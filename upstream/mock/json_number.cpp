#include "upstream/mock/json_number.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::upstream::mock {
namespace {

/// How wide a range numbers are drawn from where the schema leaves it open.
constexpr double span = 100;

bool accepts(const number_rules& rules, double value) {
    if (rules.least && value < *rules.least) return false;
    if (rules.most && value > *rules.most) return false;
    if (rules.above && value <= *rules.above) return false;
    if (rules.below && value >= *rules.below) return false;
    return !rules.whole || value == std::floor(value);
}

std::optional<double> larger(std::optional<double> a, std::optional<double> b) {
    return a && b ? std::max(a, b) : a ? a : b;
}

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
    return a && b ? std::min(a, b) : a ? a : b;
}

/// The multiples of `step` from `low` on, a few of them tried from a random one.
std::optional<double> sample_multiple(
    const number_rules& rules, double low, double high, double step, dice& dice
) {
    const double first = std::ceil(low / step);
    const double count = std::clamp(std::floor(high / step) - first + 1, 1.0, span);
    const double start = static_cast<double>(dice.below(static_cast<std::uint64_t>(count)));
    for (double i = 0; i < 2 * span; ++i) {
        const double factor = first + (i < count ? std::fmod(start + i, count) : i);
        if (accepts(rules, factor * step)) return factor * step;
    }
    return std::nullopt;
}

}  // namespace

std::optional<double> sample_number(const number_rules& rules, dice& dice) {
    const auto low_bound = larger(rules.least, rules.above);
    const auto high_bound = smaller(rules.most, rules.below);
    const double low = low_bound ? *low_bound : high_bound ? std::min(*high_bound - span, 1.0) : 1;
    const double high = high_bound ? std::min(*high_bound, low + span) : low + span;
    if (rules.multiple_of && *rules.multiple_of > 0) {
        return sample_multiple(rules, low, high, *rules.multiple_of, dice);
    }
    if (rules.whole) return sample_multiple(rules, low, high, 1, dice);
    const double inner = low + (high - low) * static_cast<double>(1 + dice.below(7)) / 8;
    for (const double value : {inner, low, high}) {
        if (accepts(rules, value)) return value;
    }
    return std::nullopt;
}

}  // namespace sluice::upstream::mock
