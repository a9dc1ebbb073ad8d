#include "gateway/load/work/arrivals.hpp"

#include "upstream/mock/distribution.hpp"
#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::gateway::load {

namespace {

using pattern = arrival_settings::pattern;
using upstream::mock::dice;
using upstream::mock::distribution;

constexpr std::uint64_t salt = 0x61727269766aU;  // arrivals share no numbers with prompts
constexpr double gap_max = 1e9;                  // a gap beyond it would be the end of any run
constexpr double due_s_max = 9e9;                // fits nanoseconds in 64 bits

/// `std::clamp` that brings what is no number to the lower bound.
double within(double value, double least, double most) {
    return value >= least ? std::min(value, most) : least;
}

arrival_settings bounded(arrival_settings settings) {
    settings.rate = within(settings.rate, arrival_rate_min, arrival_rate_max);
    settings.rate_end = within(settings.rate_end, arrival_rate_min, arrival_rate_max);
    settings.ramp_s = within(settings.ramp_s, 0, arrival_ramp_s_max);
    settings.cv = within(settings.cv, 0, arrival_cv_max);
    settings.burst_size = std::clamp(settings.burst_size, 1U, arrival_burst_max);
    if (settings.ramp_s == 0) settings.rate_end = settings.rate;
    return settings;
}

distribution gaps_of(const arrival_settings& settings) {
    if (settings.how == pattern::gamma) return distribution(distribution::gamma{1, settings.cv});
    return distribution(distribution::exponential{1});
}

/// Points on a line, one per unit of length on average. Whole units are counted apart from the
/// rest, so that the sum of a million gaps is as exact as the first.
class unit_process {
 public:
    explicit unit_process(const arrival_settings& settings)
        : how_(settings.how),
          burst_size_(settings.burst_size),
          gaps_(gaps_of(settings)),
          dice_(upstream::mock::mix(settings.seed, salt)) {}

    double next() {
        if (how_ == pattern::constant) return static_cast<double>(count_++);
        if (how_ == pattern::burst) {
            const auto burst = count_++ / burst_size_;
            return static_cast<double>(burst * burst_size_);
        }
        rest_ += within(gaps_.draw(dice_), 0, gap_max);
        const double whole = std::floor(rest_);
        rest_ -= whole;
        units_ += whole;
        return units_ + rest_;
    }

 private:
    pattern how_;
    std::uint64_t burst_size_;
    distribution gaps_;
    dice dice_;
    std::uint64_t count_ = 0;
    double units_ = 0;  // whole ones, exact up to 2^53
    double rest_ = 0;
};

}  // namespace

struct arrivals::state {
    explicit state(const arrival_settings& given) : settings(bounded(given)), points(settings) {}

    /// When the integral of the rate reaches `point`: the roots of a parabola while the rate
    /// changes, in the form that loses no digits for rates that barely do.
    double seconds_at(double point) const {
        const double ramped = (settings.rate + settings.rate_end) / 2 * settings.ramp_s;
        if (point >= ramped) return settings.ramp_s + (point - ramped) / settings.rate_end;
        const double bend = (settings.rate_end - settings.rate) / (2 * settings.ramp_s);
        const double root = std::sqrt(settings.rate * settings.rate + 4 * bend * point);
        return 2 * point / (settings.rate + root);
    }

    arrival_settings settings;
    unit_process points;
    std::int64_t last_ns = 0;
};

arrivals::arrivals(const arrival_settings& settings) : state_(std::make_unique<state>(settings)) {}
arrivals::~arrivals() = default;
arrivals::arrivals(arrivals&&) noexcept = default;
arrivals& arrivals::operator=(arrivals&&) noexcept = default;

std::int64_t arrivals::next_ns() {
    const double seconds = within(state_->seconds_at(state_->points.next()), 0, due_s_max);
    const auto due = static_cast<std::int64_t>(std::llround(seconds * 1e9));
    state_->last_ns = std::max(state_->last_ns, due);
    return state_->last_ns;
}

}  // namespace sluice::gateway::load
