#pragma once

#include "upstream/routing/breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace sluice::tests {

/// A breaker and its clock. Opens after 3 failures in a row, or half of 10 within 10 s.
struct breaker_bench {
    using breaker = upstream::breaker;
    using state = breaker::state;
    using pass = breaker::pass;

    static upstream::breaker_rules rules() {
        upstream::breaker_rules chosen;
        chosen.failures = 3;
        chosen.requests_min = 10;
        chosen.window = std::chrono::seconds{10};
        chosen.cool_down = std::chrono::seconds{1};
        return chosen;
    }

    breaker tested{rules()};
    breaker::time_point now{std::chrono::seconds{1000}};

    state look() const { return tested.look(now); }
    std::optional<pass> admit() { return tested.admit(now); }
    bool fails(std::chrono::milliseconds rest = {}) {
        auto one = tested.force(now);
        return tested.fail(one, now, rest);
    }
    void succeeds() {
        auto one = tested.force(now);
        tested.succeed(one, now);
    }
    void breaks() {
        auto one = tested.force(now);
        tested.hear(one, now);
        tested.fail(one, now);
    }
    void open() {
        while (look() == state::closed)
            fails();
    }
    /// Fails the trial of a breaker that is open; tells how long it is open then.
    std::chrono::milliseconds next_opening() {
        now = tested.closed_until();
        auto trial = admit();
        EXPECT_TRUE(trial.has_value());
        if (trial) tested.fail(*trial, now);
        return std::chrono::round<std::chrono::milliseconds>(tested.closed_until() - now);
    }
};

}  // namespace sluice::tests
