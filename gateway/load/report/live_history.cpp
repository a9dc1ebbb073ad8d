#include "gateway/load/report/live_frame.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::gateway::load {

namespace {

/// A rate over less jumps with each stream, and over more it hides what happens now.
constexpr double rate_over_s = 3;

double per_s(std::uint64_t from, std::uint64_t to, double seconds) {
    return to > from ? static_cast<double>(to - from) / seconds : 0;
}

}  // namespace

void live_history::add(const run_glance& now) {
    const sample made{
        now.elapsed_s,
        now.due,
        now.started,
        now.ended,
        now.failed,
        now.events_per_s,
        // Zero is before the first token: a gap in the curve.
        now.ttft_ns[2] > 0 ? static_cast<double>(now.ttft_ns[2]) : -1};
    // Another run has begun.
    if (!samples_.empty() && made.elapsed_s < samples_.back().elapsed_s) samples_.clear();
    const bool same_second =
        !samples_.empty() && std::floor(samples_.back().elapsed_s) == std::floor(made.elapsed_s);
    if (same_second) {
        samples_.back() = made;
        return;
    }
    if (samples_.size() == seconds_max) samples_.erase(samples_.begin());
    samples_.push_back(made);
}

std::optional<live_history::rates> live_history::recent() const {
    if (samples_.size() < 2) return std::nullopt;
    const sample& now = samples_.back();
    const auto from = std::find_if(samples_.begin(), samples_.end(), [&](const sample& one) {
        return one.elapsed_s >= now.elapsed_s - rate_over_s;
    });
    // The last one of all at most: then the one before it has to do, however old.
    const sample& before = from + 1 == samples_.end() ? *(from - 1) : *from;
    const double seconds = now.elapsed_s - before.elapsed_s;
    if (seconds <= 0) return std::nullopt;
    return rates{
        per_s(before.due, now.due, seconds),
        per_s(before.started, now.started, seconds),
        per_s(before.ended, now.ended, seconds),
        per_s(before.failed, now.failed, seconds)};
}

std::vector<double> live_history::events_per_s() const {
    std::vector<double> values;
    for (const sample& one : samples_)
        values.push_back(one.events_per_s);
    return values;
}

std::vector<double> live_history::ttft_p99_ns() const {
    std::vector<double> values;
    for (const sample& one : samples_)
        values.push_back(one.ttft_p99_ns);
    return values;
}

}  // namespace sluice::gateway::load
