#include "gateway/load/report/knee.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::gateway::load {

namespace {

constexpr double factor = 2;
/// Finer than that, two probes of the same server differ by more than the rates do.
constexpr double precision_min = 0.005;
constexpr double precision_max = 1;
constexpr double rate_min = 0.001;
constexpr double rate_max = 1'000'000;
/// A share of good streams so little below the objective may be bad luck.
constexpr double narrowly = 0.02;

/// To three digits that count, so that people can say it.
double rounded(double rate) {
    const double unit = std::pow(10.0, std::floor(std::log10(rate)) - 2);
    // Dividing by a whole number is exact where multiplying by 0.1 is not.
    return unit < 1 ? std::round(rate / unit) / std::round(1 / unit)
                    : std::round(rate / unit) * unit;
}

knee_settings made_sane(knee_settings settings) {
    const auto clamp = [](double value, double low, double high) {
        return std::isfinite(value) ? std::clamp(value, low, high) : low;
    };
    settings.least = clamp(settings.least, rate_min, rate_max);
    settings.most = clamp(settings.most, settings.least, rate_max);
    settings.start = clamp(settings.start, settings.least, settings.most);
    settings.precision = clamp(settings.precision, precision_min, precision_max);
    settings.objective_share = clamp(settings.objective_share, 0, 1);
    settings.probes_max = std::max(settings.probes_max, 1U);
    return settings;
}

}  // namespace

probe probe_of(double rate, const run_outcome& run, bool outrun) {
    probe made;
    made.rate = rate;
    made.good_share = run.good_share();
    made.goodput = run.goodput();
    made.ttft_p99_ns = run.seen.of(metric::ttft_content).percentile_ns(0.99);
    made.outrun = outrun;
    if (!run.invalid.empty()) made.client_limit = run.invalid.front();
    return made;
}

knee_search::knee_search(const knee_settings& settings)
    : settings_(made_sane(settings)), next_(settings_.start) {}

std::optional<double> knee_search::next() const {
    return ending_ == ending::none ? std::optional(next_) : std::nullopt;
}

void knee_search::told(const probe& outcome) {
    if (ending_ != ending::none) return;
    const bool again = !entries_.empty() && entries_.back().repeated;
    const bool passed = passes(outcome);
    const bool repeat =
        !passed && !again && is_doubtful(outcome) && entries_.size() + 1 < settings_.probes_max;
    entries_.push_back({outcome, passed, repeat});
    if (repeat) return;
    bound(outcome, passed);
    choose();
    if (ending_ == ending::none && entries_.size() >= settings_.probes_max)
        end(ending::probes_spent);
}

bool knee_search::passes(const probe& outcome) const {
    return !outcome.outrun && outcome.client_limit.empty() &&
           outcome.good_share >= settings_.objective_share;
}

bool knee_search::is_doubtful(const probe& outcome) const {
    if (!outcome.client_limit.empty()) return true;
    return !outcome.outrun && outcome.good_share >= settings_.objective_share - narrowly;
}

void knee_search::bound(const probe& outcome, bool passed) {
    if (passed) {
        passed_ = next_;
        return;
    }
    failed_ = next_;
    failed_by_client_ = !outcome.client_limit.empty();
}

void knee_search::choose() {
    if (failed_ && passed_ > 0) return choose_between();
    if (failed_) {
        if (*failed_ <= settings_.least)
            return end(failed_by_client_ ? ending::client_limited : ending::none_passes);
        next_ = std::max(*failed_ / factor, settings_.least);
        return;
    }
    if (passed_ >= settings_.most) return end(ending::all_pass);
    next_ = std::min(passed_ * factor, settings_.most);
}

void knee_search::choose_between() {
    if (*failed_ <= passed_ * (1 + settings_.precision))
        return end(failed_by_client_ ? ending::client_limited : ending::found);
    const double middle = std::sqrt(passed_ * *failed_);
    next_ = rounded(middle);
    if (next_ <= passed_ || next_ >= *failed_) next_ = middle;
}

void knee_search::end(ending how) {
    ending_ = how;
}

}  // namespace sluice::gateway::load
