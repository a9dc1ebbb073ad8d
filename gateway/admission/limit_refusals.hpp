#pragma once

#include "gateway/store/demand.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::gateway {

/// How many requests were refused, by the limit that refused them: one for all workers. Any thread
/// may call it; what is counted is no token.
class limit_refusals {
 public:
    void count(demand::kind of) {
        counts_[static_cast<std::size_t>(of)].fetch_add(1, std::memory_order_relaxed);
    }
    std::int64_t counted(demand::kind of) const {
        return counts_[static_cast<std::size_t>(of)].load(std::memory_order_relaxed);
    }

 private:
    std::array<std::atomic<std::int64_t>, demand_kind_count> counts_{};
};

}  // namespace sluice::gateway
