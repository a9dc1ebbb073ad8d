#include "upstream/mock/figures.hpp"

#include <algorithm>

namespace sluice::upstream::mock {

void histogram::add(double duration_s) {
    const auto bucket = std::ranges::lower_bound(bounds_, duration_s) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_s_.fetch_add(duration_s, std::memory_order_relaxed);
}

void histogram::add(const gap_counts& gaps) {
    for (std::size_t bucket = 0; bucket < gaps.counts().size(); ++bucket) {
        const std::uint32_t count = gaps.counts()[bucket];
        if (count != 0) counts_[bucket].fetch_add(count, std::memory_order_relaxed);
    }
    sum_s_.fetch_add(gaps.sum_s(), std::memory_order_relaxed);
}

}  // namespace sluice::upstream::mock
