#include "upstream/routing/route_state.hpp"

#include <algorithm>

namespace sluice::upstream {

void recent_ttft::note(duration time) {
    const std::lock_guard lock(mutex_);
    times_[noted_ % kept] = time;
    ++noted_;
}

std::optional<recent_ttft::duration> recent_ttft::p95() const {
    std::array<duration, kept> times;
    std::size_t count = 0;
    {
        const std::lock_guard lock(mutex_);
        count = std::min(noted_, kept);
        if (count < needed) return std::nullopt;
        std::copy_n(times_.begin(), count, times.begin());
    }
    const auto first = times.begin();
    const auto found = first + static_cast<std::ptrdiff_t>((count * 95 + 99) / 100 - 1);
    std::nth_element(first, found, first + static_cast<std::ptrdiff_t>(count));
    return *found;
}

}  // namespace sluice::upstream
