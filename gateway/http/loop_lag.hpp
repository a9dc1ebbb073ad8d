#pragma once

#include "gateway/telemetry/counters.hpp"
#include "upstream/alarm.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>

namespace sluice::gateway {

/// Judges by a loop's ticks whether it has more to do than it can. Pure.
///
/// What counts is lag that stands: no tick within two seconds came less than 200 ms late, and there
/// were four of them at least. One late tick is a page fault or a neighbour's turn. A tick that is
/// late by less than 100 ms ends it.
class lag_judge {
 public:
    using clock = std::chrono::steady_clock;

    /// A tick has come, `lag` later than it was due.
    void note(clock::duration lag, clock::time_point now);
    bool overloaded() const { return overloaded_; }

 private:
    std::optional<clock::time_point> late_since_;
    int late_ticks_ = 0;
    bool overloaded_ = false;
};

/// Measures how late a worker's loop is, by a timer that somebody's asking starts and that runs
/// while somebody asks or streams run: an idle gateway does not wake up for it. Used by its
/// worker's thread only.
class loop_lag {
 public:
    /// `figures` are the worker's; each look at the loop is noted in them.
    loop_lag(boost::asio::io_context& context, counters& figures)
        : timer_(context), figures_(figures) {}

    /// Whether the loop has had more to do than it can, for long enough. Asking keeps the timer
    /// going for a second, and as long as streams run.
    bool overloaded();
    /// Lets the loop run dry. Nobody asks any more.
    void stop();

 private:
    using clock = lag_judge::clock;

    void arm(clock::time_point now);
    void tick();

    upstream::alarm timer_;
    counters& figures_;
    lag_judge judge_;
    clock::time_point due_;
    clock::time_point asked_;
    bool running_ = false;
    bool stopped_ = false;
};

}  // namespace sluice::gateway
