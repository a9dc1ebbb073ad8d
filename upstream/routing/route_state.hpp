#pragma once

#include "upstream/routing/retry_budget.hpp"
#include "upstream/routing/rules.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

namespace sluice::upstream {

/// The times to first token of a route's latest answers.
class recent_ttft {
 public:
    using duration = std::chrono::microseconds;
    static constexpr std::size_t kept = 256;
    static constexpr std::size_t needed = 20;  ///< below, nothing is usual yet

    void note(duration time);
    /// The time that 95 of 100 do not exceed; nothing: too few are known.
    std::optional<duration> p95() const;

 private:
    mutable std::mutex mutex_;
    std::array<duration, kept> times_{};
    std::size_t noted_ = 0;
};

/// What the requests of one route share, whichever worker they are on. Safe to use from any thread.
struct route_state {
    explicit route_state(const retry_rules& rules) : budget(rules.budget) {}

    retry_budget budget;
    recent_ttft ttft;
    std::atomic<std::int64_t> retries{0};    ///< attempts at a target that had been asked already
    std::atomic<std::int64_t> fallbacks{0};  ///< attempts at another target
    std::atomic<std::int64_t> budget_spent{0};   ///< attempts not made, for want of budget
    std::atomic<std::int64_t> hedges{0};         ///< second targets asked ahead of any failure
    std::atomic<std::int64_t> hedges_won{0};     ///< that were faster
    std::atomic<std::int64_t> continuations{0};  ///< streams taken over after content
    std::atomic<std::int64_t> discarded_tokens{
        0};  ///< of prompts whose answer nobody got, as told or estimated
};

}  // namespace sluice::upstream
