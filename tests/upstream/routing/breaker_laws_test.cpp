#include "tests/upstream/routing/breaker_bench.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using bench = breaker_bench;
using upstream::breaker;
using state = breaker::state;
using pass = breaker::pass;

/// Any events in any order, by the passes that are held.
class any_sequence {
 public:
    explicit any_sequence(unsigned seed) : random_(seed) {}

    void run(int steps) {
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i)
            step();
    }
    int trials() const { return trials_; }
    int openings() const { return openings_; }

 private:
    struct held {
        pass shown;
        bool trial = false;
    };

    int below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(random_); }

    void step() {
        switch (below(8)) {
            case 0:
                b_.now += std::chrono::milliseconds(below(1500));
                break;
            case 1:
            case 2:
                admit();
                break;
            case 3:
                if (below(4) == 0) held_.push_back({b_.tested.force(b_.now), false});
                break;
            case 4:
                if (below(40) == 0) rest();
                break;
            default:
                if (!held_.empty()) tell();
        }
        hold_laws();
    }

    /// A trial that was forced is not known as such, and is left out of the count.
    void admit() {
        const auto before = b_.look();
        auto given = b_.admit();
        if (!given) {
            EXPECT_NE(before, state::closed) << "all go while it is closed";
            return;
        }
        EXPECT_GE(b_.now, b_.tested.closed_until()) << "none goes before its time";
        const bool trial = before == state::half_open;
        if (trial) {
            ++trials_;
            for (const auto& one : held_)
                EXPECT_FALSE(one.trial) << "two trials at once";
        }
        held_.push_back({*given, trial});
    }

    void rest() {
        const auto when = b_.now + std::chrono::milliseconds(below(3000));
        b_.tested.rest_until(when);
        EXPECT_GE(b_.tested.closed_until(), when);
        rested_until_ = std::max(rested_until_, when);
    }

    void tell() {
        const auto at = held_.begin() + below(static_cast<int>(held_.size()));
        const auto before = b_.look();
        switch (below(5)) {
            case 0:
                b_.tested.hear(at->shown, b_.now);
                EXPECT_TRUE(!at->trial || b_.look() != state::half_open) << "content closes it";
                at->trial = false;
                return;
            case 1:
                b_.tested.succeed(at->shown, b_.now);
                break;
            case 2:
                b_.tested.withdraw(at->shown);
                EXPECT_EQ(b_.look(), before) << "who withdraws tells nothing";
                break;
            default:
                fail(*at);
        }
        held_.erase(at);
    }

    void fail(held& one) {
        const auto before = b_.look();
        const std::chrono::milliseconds rest(below(10) == 0 ? below(5000) : 0);
        if (b_.tested.fail(one.shown, b_.now, rest)) {
            ++openings_;
            EXPECT_EQ(b_.look(), state::open);
        }
        const bool alone = (one.trial && before != state::closed) || rest > 0ms;
        EXPECT_TRUE(!alone || b_.look() == state::open);
    }

    void hold_laws() {
        EXPECT_EQ(b_.look() == state::open, b_.now < b_.tested.closed_until());
        EXPECT_LE(b_.tested.closed_until(), b_.now + 8s) << "eight cool-downs, or what was asked";
        const bool spent = b_.now < rested_until_;
        EXPECT_TRUE(!spent || b_.look() == state::open) << "nothing ends it early";
        const auto patient = std::max(b_.tested.closed_until(), b_.now);
        EXPECT_NE(b_.tested.look(patient), state::open) << "it is tried again some time";
    }

    std::mt19937 random_;
    bench b_;
    std::vector<held> held_;
    breaker::time_point rested_until_{};
    int trials_ = 0;
    int openings_ = 0;
};

TEST(Breaker, KeepsItsLawsWhateverHappensInWhateverOrder) {
    int trials = 0;
    int openings = 0;
    for (unsigned seed = 0; seed < 300 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        any_sequence any(seed);
        any.run(400);
        trials += any.trials();
        openings += any.openings();
    }
    EXPECT_GT(trials, 300) << "or else nothing was tested";
    EXPECT_GT(openings, 300);
}

TEST(Breaker, AlwaysGetsAnotherTrialOnceAllHaveLeft) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        bench b;
        std::vector<pass> held;
        for (int i = 0; i < 60; ++i) {
            if (auto one = b.admit()) held.push_back(*one);
            if (random() % 3 == 0) held.push_back(b.tested.force(b.now));
            if (random() % 2 == 0 && !held.empty()) {
                b.tested.fail(held.back(), b.now);
                held.pop_back();
            }
            b.now += std::chrono::milliseconds(random() % 900);
        }
        for (auto& one : held)
            b.tested.withdraw(one);
        b.now = std::max(b.now, b.tested.closed_until());
        ASSERT_TRUE(b.admit()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace sluice::tests
