#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sluice::upstream {

/// Bounds the extra load that a route puts on targets that fail, so that an outage is not
/// amplified.
///
/// Each request pays in its part of an attempt; each attempt at a target that is known to fail, or
/// has failed this request already, takes a whole one out. What is saved is bounded by `saved_max`;
/// `per_second` come besides, so that a route with little traffic can try again as well. With a
/// part of 0 there is never one. Shared by all workers; lock-free.
class retry_budget {
 public:
    using clock = std::chrono::steady_clock;
    static constexpr int saved_max = 100;
    static constexpr int per_second = 1;  ///< up to `at_first`
    static constexpr int at_first = 10;

    explicit retry_budget(double part);

    void note_request();
    /// Whether there is one left, which is taken.
    bool take(clock::time_point now);
    /// One that was taken was not needed.
    void give_back();

 private:
    void refill(clock::time_point now);
    /// Adds so much as leads to `up_to` at most, and takes nothing from what is above.
    void save(std::int64_t milli, std::int64_t up_to);

    std::int64_t part_milli_;  ///< thousandths of an attempt per request
    std::atomic<std::int64_t> saved_milli_{at_first * 1000};
    std::atomic<std::int64_t> refilled_ns_{0};  ///< of the clock; 0: never
};

}  // namespace sluice::upstream
