#pragma once

#include "gateway/telemetry/counter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sluice::gateway {

/// What a histogram held at one moment, or what came between two moments. Plain numbers.
struct histogram_view {
    std::span<const std::int64_t> bounds;  ///< as the histogram's
    std::vector<std::int64_t> counts;      ///< one for each bound, and one above all of them
    std::int64_t sum = 0;

    std::int64_t count() const;
    void add(const histogram_view& other);
    /// What came since `earlier`, a view of the same histogram.
    histogram_view since(const histogram_view& earlier) const;
    /// Where so many parts of one lie at most, as a straight line through their bucket has it;
    /// above the highest bound, that bound. Nothing: it holds none.
    std::optional<double> quantile(double part) const;
};

/// How often a number fell between which bounds. One worker observes, and others may read: plain
/// loads and stores, no locked instruction. `bounds` ascend, are at most `bounds_max`, and outlive
/// it; a number falls under the first that is not below it.
class histogram {
 public:
    static constexpr std::size_t bounds_max = 31;

    explicit histogram(std::span<const std::int64_t> bounds) : bounds_(bounds) {}

    void observe(std::int64_t value) { observe(value, 1); }
    /// The same number, so many times.
    void observe(std::int64_t value, std::int64_t times) {
        const auto place = std::lower_bound(bounds_.begin(), bounds_.end(), value);
        counts_[static_cast<std::size_t>(place - bounds_.begin())].add(times);
        sum_.add(value * times);
    }

    histogram_view view() const;

 private:
    std::span<const std::int64_t> bounds_;
    std::array<counter, bounds_max + 1> counts_;
    counter sum_;
};

}  // namespace sluice::gateway
