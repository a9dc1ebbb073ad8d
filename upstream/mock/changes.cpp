#include "upstream/mock/changes.hpp"

#include <algorithm>

namespace sluice::upstream::mock {
namespace {

using clock = std::chrono::steady_clock;

/// What stands still for ever is over when nobody lives to see it.
constexpr auto for_ever = std::chrono::hours(24 * 365);

bool lasts_for_ever(const change& change) {
    return change.lasts.count() == 0 || (change.every && *change.every <= change.lasts);
}

/// How long ago the change came last, which is not before its first time.
clock::duration since_latest(const change& change, clock::duration since_first) {
    if (!change.every || change.every->count() == 0) return since_first;
    return since_first % clock::duration(*change.every);
}

}  // namespace

bool timeline::active(const change& change, time_point at) const {
    const auto since = at - beginning_ - change.at;
    if (since < clock::duration::zero()) return false;
    return lasts_for_ever(change) || since_latest(change, since) < change.lasts;
}

timeline::time_point timeline::end_of(const change& change, time_point at) const {
    if (lasts_for_ever(change)) return at + for_ever;
    return at - since_latest(change, at - beginning_ - change.at) + change.lasts;
}

double timeline::ttft_factor(time_point at) const {
    double factor = 1;
    for (const change& change : changes_) {
        if (active(change, at)) factor *= change.ttft_factor;
    }
    return factor;
}

double timeline::gap_factor(time_point at) const {
    double factor = 1;
    for (const change& change : changes_) {
        if (active(change, at)) factor *= change.gap_factor;
    }
    return factor;
}

timeline::time_point timeline::released(time_point at) const {
    // One standstill may end within another; as many rounds as there are cover all but those that
    // take turns for ever.
    for (std::size_t rounds = 0; rounds < changes_.size(); ++rounds) {
        time_point latest = at;
        for (const change& change : changes_) {
            if (change.stall && active(change, at)) latest = std::max(latest, end_of(change, at));
        }
        if (latest == at) return at;
        at = latest;
    }
    return at;
}

}  // namespace sluice::upstream::mock
