#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::gateway::load {

/// Counts times and tells their percentiles within 1 %. Fixed memory (under 40 KiB), and one
/// increment per time: buckets are exact below 128 ns, and 128 to each doubling above. Times above
/// 70 minutes count as 70 minutes, negative ones as 0.
class histogram {
 public:
    histogram();

    void record(std::int64_t ns);

    std::uint64_t count() const { return count_; }
    std::int64_t max_ns() const { return max_ns_; }
    /// The least time that `share` (0 to 1) of all are not above; 0 where there are none.
    std::int64_t percentile_ns(double share) const;

 private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::int64_t max_ns_ = 0;
};

}  // namespace sluice::gateway::load
