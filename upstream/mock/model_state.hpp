#pragma once

#include "upstream/mock/changes.hpp"
#include "upstream/mock/fault.hpp"
#include "upstream/mock/figures.hpp"
#include "upstream/mock/pacing.hpp"
#include "upstream/mock/prompt_cache.hpp"
#include "upstream/mock/queue.hpp"
#include "upstream/mock/rate_limits.hpp"
#include "upstream/mock/settings.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::upstream::mock {

/// What the requests of one mock model share, whichever worker they are on: its queue, its limits,
/// its cache, how it fares over time, and what it has done. Safe to use from any thread; outlives
/// the sources that use it.
class model_state final : public conditions {
 public:
    /// Changes are counted from `beginning`.
    model_state(const mock_settings& settings, time_point beginning);

    /// The number of a request that has come, from 1.
    std::uint64_t next_number() { return requests_.fetch_add(1, std::memory_order_relaxed) + 1; }
    /// The seed of what chance decides for it: the same sequence of requests meets the same
    /// chances.
    std::uint64_t seed_of(std::uint64_t number) const { return mix(seed_, number); }
    /// The fault that strikes a request which begins then.
    fault fault_of(std::uint64_t number, time_point at) const;

    double ttft_factor(time_point at) const override { return timeline_.ttft_factor(at); }
    double gap_factor(time_point at) const override {
        return timeline_.gap_factor(at) * slots.slowness();
    }
    time_point released(time_point at) const override { return timeline_.released(at); }

    /// Which part of its memory is in use: 1 is all of it.
    double memory_use() const;

    queue slots;
    rate_limits limits;
    prompt_cache cache;
    figures done;

    const limit_settings limit;
    const cache_settings caching;

 private:
    timeline timeline_;
    std::vector<chance_of_fault> faults_;
    std::uint64_t seed_;
    std::atomic<std::uint64_t> requests_{0};
};

}  // namespace sluice::upstream::mock
