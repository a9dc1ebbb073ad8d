#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/breaker.hpp"
#include "upstream/routing/rules.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace sluice::upstream {

/// How one upstream model of one provider fares. Shared by all workers and routes; safe to use from
/// any thread. Touched when an attempt begins, has its first content, and ends; never by a token.
class target_health {
 public:
    using clock = breaker::clock;
    using time_point = breaker::time_point;
    using wall_time = std::chrono::system_clock::time_point;

    /// A time to first token that was measured longer ago says nothing: a target that had a slow
    /// minute would never be chosen again.
    static constexpr std::chrono::seconds ttft_age_max{30};

    explicit target_health(const breaker_rules& rules) : breaker_(rules) {}
    target_health(const target_health&) = delete;
    target_health& operator=(const target_health&) = delete;

    /// What balancing looks at.
    struct standing {
        breaker::state state = breaker::state::closed;
        time_point back;                    ///< when it will be tried again, unless closed
        std::int64_t outstanding = 0;       ///< attempts under way
        std::chrono::microseconds ttft{0};  ///< recently; zero: not known, or long ago
        bool failing = false;               ///< its last answer was none
    };
    standing look(time_point now) const;

    struct figures {
        std::int64_t attempts = 0;
        std::int64_t completed = 0;
        std::int64_t failed = 0;  ///< by fault of the target
        std::int64_t other = 0;   ///< told nothing of it: the client left, or another was faster
        std::int64_t opened = 0;  ///< how often the breaker has opened
    };
    figures told() const;

    /// What the answer's head said of limits: a target that has nothing left is spared until it
    /// has.
    void note_limits(const header_list& headers, time_point now, wall_time wall);

    /// Of other rules from now on.
    void adopt(const breaker_rules& rules);

    /// One attempt under way, from its beginning to its end. Destroyed without a verdict (the
    /// client left, another target was faster), it tells nothing of the target. However long a
    /// trial is silent, it ends with its attempt, whose owner has a clock for the first token.
    class attempt {
     public:
        attempt(attempt&&) noexcept = default;
        attempt& operator=(attempt&&) = delete;
        ~attempt();

        /// The first content has come. Once. `streamed`: it is the first of more, and tells how
        /// soon the target speaks.
        void hear(time_point now, bool streamed = true);
        /// It ended so; what comes after is not heard. A failure that has no remedy is none of the
        /// target's, and neither is one of another's making: the client's, an operator's, a
        /// limit's.
        void end(const ending& ending, time_point now, wall_time wall);

     private:
        friend class target_health;
        attempt(std::shared_ptr<target_health> of, breaker::pass pass, time_point began)
            : of_(std::move(of)), pass_(pass), began_(began) {}
        std::shared_ptr<target_health> of_;  ///< null: moved from
        breaker::pass pass_;
        time_point began_;
        bool heard_ = false;
        bool ended_ = false;
    };
    /// Begins an attempt where the breaker lets it; `force`: even where it does not. Null: it does
    /// not.
    static std::unique_ptr<attempt> begin(
        const std::shared_ptr<target_health>& of, time_point now, bool force
    );

 private:
    void measure(std::chrono::microseconds ttft, time_point now);
    void fail(breaker::pass& of, const failure& why, time_point now, wall_time wall);

    mutable std::mutex mutex_;  ///< a window of verdicts is more than an atomic holds
    breaker breaker_;
    std::chrono::duration<double, std::micro> ttft_{0};  ///< moving average; zero: never measured
    time_point ttft_at_{};                               ///< when it was last measured
    figures figures_;
    std::atomic<std::int64_t> outstanding_{0};
};

}  // namespace sluice::upstream
