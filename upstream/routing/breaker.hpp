#pragma once

#include "upstream/routing/rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace sluice::upstream {

/// Decides when a target that fails is left alone, and when it is tried again.
///
/// Closed: all requests go. It opens after so many failures in a row, or when too many of the
/// window's requests failed, and stays open for the cool-down (or as long as the provider asked
/// for). Then one request at a time is let through: content closes it, a failure opens it again for
/// twice as long. Pure: time comes in. Not thread-safe.
class breaker {
 public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using milliseconds = std::chrono::milliseconds;
    enum class state { closed, open, half_open };

    /// What a provider may ask for at most: nobody takes a target away for a day by one answer.
    static constexpr milliseconds rest_max = std::chrono::minutes{10};

    /// Held by a request that was let through, and shown with whatever is told of it. A trial keeps
    /// all others out until it is settled, so whoever has a pass settles it in any case, by `hear`,
    /// `succeed`, `fail` or `withdraw`, or by several of them in this order.
    class pass {
        friend class breaker;
        enum class kind { usual, forced, trial };
        explicit pass(kind how) : how_(how) {}
        kind how_;                           ///< `usual` once it has told what there was to learn
        std::optional<std::int64_t> heard_;  ///< the slice that counts its content
    };

    explicit breaker(const breaker_rules& rules) : rules_(rules) {}

    state look(time_point now) const;
    /// A pass where a request may go now; of a breaker that is half open, it is the trial's.
    std::optional<pass> admit(time_point now);
    /// As `admit`, whatever the state: somebody has no other target left.
    pass force(time_point now);

    /// The first content of an answer: ends a trial. A stream may go on for minutes, and others
    /// need not wait for that. What was let through before the breaker opened does not close it.
    void hear(pass& of, time_point now);
    /// An answer that was whole.
    void succeed(pass& of, time_point now);
    /// `rest`: how long the provider wants to be left alone, which it is from the first failure on;
    /// zero: not said. True: that has opened the breaker.
    bool fail(pass& of, time_point now, milliseconds rest = {});
    /// It ended without telling anything: its client left.
    void withdraw(pass& of);
    /// To be left alone until then, though nothing failed: its limit is spent. Needs no trial
    /// afterwards, and no answer ends it early.
    void rest_until(time_point when);

    /// Of other rules from now on: the configuration was loaded again.
    void adopt(const breaker_rules& rules);

    /// When it will be tried again; in the past: now.
    time_point closed_until() const { return std::max(open_until_, rest_until_); }
    /// Without content, or broken after it, whichever are more.
    int failures_in_row() const { return std::max(silent_in_row_, broken_in_row_); }

 private:
    /// A tenth of the window.
    struct slice {
        std::int64_t number = std::numeric_limits<std::int64_t>::min();
        int good = 0;
        int bad = 0;
    };
    std::int64_t slice_number(time_point now) const;
    slice& slice_of(std::int64_t number);
    bool too_many_in_row() const;
    bool too_many_failed(time_point now) const;
    void settle(pass& of);
    void count_failure(const pass& of, time_point now);
    void open(time_point now, milliseconds rest);
    void close();

    breaker_rules rules_;
    std::array<slice, 10> slices_{};
    int silent_in_row_ = 0;    ///< failures without content since the last content
    int broken_in_row_ = 0;    ///< failures after content since the last whole answer
    int openings_ = 0;         ///< since the last whole answer
    bool opened_ = false;      ///< by failures; content closes it
    bool trial_ = false;       ///< one is under way
    time_point open_until_{};  ///< because it failed
    time_point rest_until_{};  ///< because its limit is spent
};

}  // namespace sluice::upstream
