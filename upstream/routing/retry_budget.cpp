#include "upstream/routing/retry_budget.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::upstream {

namespace {

constexpr std::int64_t attempt_milli = 1000;
constexpr std::int64_t second_ns = 1'000'000'000;

/// A request never pays for more than can be saved; what is no number pays nothing.
std::int64_t milli_of(double part) {
    if (!(part > 0)) return 0;
    const double most = retry_budget::saved_max;
    return std::max<std::int64_t>(std::llround(std::min(part, most) * attempt_milli), 1);
}

}  // namespace

// The counters guard no other memory, so that no order between them matters.

retry_budget::retry_budget(double part) : part_milli_(milli_of(part)) {
    if (part_milli_ == 0) saved_milli_.store(0, std::memory_order_relaxed);
}

void retry_budget::note_request() {
    save(part_milli_, saved_max * attempt_milli);
}

bool retry_budget::take(clock::time_point now) {
    if (part_milli_ == 0) return false;
    refill(now);
    auto saved = saved_milli_.load(std::memory_order_relaxed);
    while (saved >= attempt_milli) {
        if (saved_milli_.compare_exchange_weak(
                saved, saved - attempt_milli, std::memory_order_relaxed
            ))
            return true;
    }
    return false;
}

void retry_budget::give_back() {
    save(attempt_milli, saved_max * attempt_milli);
}

/// Of several threads that find a second over, one adds what it brings.
void retry_budget::refill(clock::time_point now) {
    const std::int64_t now_ns =
        std::max<std::int64_t>(std::chrono::nanoseconds(now.time_since_epoch()).count(), 1);
    auto before = refilled_ns_.load(std::memory_order_relaxed);
    const std::int64_t seconds = before == 0 ? 0 : (now_ns - before) / second_ns;
    if (before != 0 && seconds <= 0) return;
    const std::int64_t until = before == 0 ? now_ns : before + seconds * second_ns;
    if (!refilled_ns_.compare_exchange_strong(before, until, std::memory_order_relaxed)) return;
    // More than the bound would only overflow.
    const auto attempts = std::min<std::int64_t>(seconds, at_first) * per_second;
    save(attempts * attempt_milli, at_first * attempt_milli);
}

void retry_budget::save(std::int64_t milli, std::int64_t up_to) {
    auto saved = saved_milli_.load(std::memory_order_relaxed);
    while (milli > 0 && saved < up_to) {
        const auto more = std::min(saved + milli, up_to);
        if (saved_milli_.compare_exchange_weak(saved, more, std::memory_order_relaxed)) return;
    }
}

}  // namespace sluice::upstream
