#include "upstream/routing/target_health.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using upstream::breaker;
using upstream::breaker_rules;
using upstream::ending;
using upstream::failure;
using upstream::outcome;
using upstream::remedy;
using upstream::target_health;
using state = breaker::state;
using attempt = target_health::attempt;

/// Sun, 06 Nov 1994 08:49:37 GMT
constexpr target_health::wall_time wall{784111777s};

ending whole() {
    return {};
}

ending failed(remedy remedy, outcome outcome = outcome::upstream_error, std::string rest = {}) {
    failure why;
    why.outcome = outcome;
    why.remedy = remedy;
    why.retry_after = std::move(rest);
    return {outcome, why};
}

/// The health of one target, which opens after two failures in a row, and its clock.
struct bench {
    static breaker_rules rules() {
        breaker_rules chosen;
        chosen.failures = 2;
        chosen.cool_down = 1s;
        return chosen;
    }

    std::shared_ptr<target_health> health = std::make_shared<target_health>(rules());
    target_health::time_point now{1000s};

    std::unique_ptr<attempt> begin(bool force = false) {
        return target_health::begin(health, now, force);
    }
    void end(std::unique_ptr<attempt> one, const ending& how) const { one->end(how, now, wall); }
    target_health::standing look() const { return health->look(now); }
    state seen() const { return look().state; }
    void open() {
        while (seen() == state::closed)
            end(begin(), failed(remedy::again));
    }
    /// One answer whose first content comes after so long.
    void measure(std::chrono::microseconds ttft) {
        auto one = begin();
        now += ttft;
        one->hear(now);
        end(std::move(one), whole());
    }
};

TEST(TargetHealth, CountsTheAttemptsUnderWay) {
    bench b;
    EXPECT_EQ(b.look().outstanding, 0);
    auto first = b.begin();
    auto second = b.begin();
    EXPECT_EQ(b.look().outstanding, 2);
    first->hear(b.now);
    EXPECT_EQ(b.look().outstanding, 2);
    first.reset();
    second->end(failed(remedy::again), b.now, wall);
    second.reset();
    EXPECT_EQ(b.look().outstanding, 0);
}

TEST(TargetHealth, CountsAnAttemptThatIsMovedOnce) {
    bench b;
    {
        auto first = b.begin();
        attempt moved(std::move(*first));
        first.reset();
        EXPECT_EQ(b.look().outstanding, 1);
    }
    EXPECT_EQ(b.look().outstanding, 0);
}

TEST(TargetHealth, IsBlamedForWhatAnotherTargetOrAnotherAttemptMayCure) {
    for (const auto cure : {remedy::elsewhere, remedy::again}) {
        for (const auto how :
             {outcome::upstream_error,
              outcome::upstream_eof,
              outcome::first_token_timeout,
              outcome::progress_timeout}) {
            bench b;
            b.end(b.begin(), failed(cure, how));
            EXPECT_EQ(b.seen(), state::closed);
            b.end(b.begin(), failed(cure, how));
            EXPECT_EQ(b.seen(), state::open);
            EXPECT_EQ(b.look().back, b.now + 1s);
            EXPECT_EQ(b.begin(), nullptr);
        }
    }
}

TEST(TargetHealth, IsNotBlamedForRequestsAtFault) {
    bench b;
    for (int i = 0; i < 50; ++i) {
        b.end(b.begin(), failed(remedy::none));
        b.end(b.begin(), failed(remedy::skip));
    }
    EXPECT_EQ(b.seen(), state::closed);
    EXPECT_EQ(b.health->told().failed, 0);
}

TEST(TargetHealth, IsNotBlamedForWhatOthersDid) {
    bench b;
    for (const auto how :
         {outcome::client_gone,
          outcome::deadline,
          outcome::gap,
          outcome::slow_reader,
          outcome::cancelled,
          outcome::budget,
          outcome::drained,
          outcome::rejected,
          outcome::shed}) {
        for (int i = 0; i < 3; ++i)
            b.end(b.begin(), failed(remedy::again, how));
        EXPECT_EQ(b.seen(), state::closed) << to_string(how);
    }
}

TEST(TargetHealth, FreesTheTrialOfAnAttemptThatTellsNothing) {
    for (const auto& how :
         {failed(remedy::none),
          failed(remedy::skip),
          failed(remedy::again, outcome::client_gone)}) {
        bench b;
        b.open();
        b.now += 1s;
        auto trial = b.begin();
        ASSERT_NE(trial, nullptr);
        EXPECT_EQ(b.begin(), nullptr);
        b.end(std::move(trial), how);
        EXPECT_EQ(b.seen(), state::half_open);
        EXPECT_NE(b.begin(), nullptr);
    }
}

TEST(TargetHealth, FreesTheTrialOfAnAttemptThatIsDestroyed) {
    bench b;
    b.open();
    b.now += 1s;
    auto trial = b.begin();
    ASSERT_NE(trial, nullptr);
    b.now += 5min;
    EXPECT_EQ(b.begin(), nullptr);
    trial.reset();
    EXPECT_NE(b.begin(), nullptr);
}

TEST(TargetHealth, IsWellAgainWithTheTrialsFirstContent) {
    bench b;
    b.open();
    b.now += 1s;
    auto trial = b.begin();
    ASSERT_NE(trial, nullptr);
    trial->hear(b.now);
    EXPECT_EQ(b.seen(), state::closed);
    trial.reset();
    EXPECT_EQ(b.seen(), state::closed);
}

TEST(TargetHealth, IsAskedByForceThoughItIsLeftAlone) {
    bench b;
    b.open();
    EXPECT_EQ(b.begin(), nullptr);
    EXPECT_EQ(b.look().outstanding, 0);
    auto forced = b.begin(true);
    ASSERT_NE(forced, nullptr);
    b.end(std::move(forced), whole());
    EXPECT_EQ(b.seen(), state::closed);
}

TEST(TargetHealth, IsLeftAloneAsLongAsItAsksFor) {
    bench seconds;
    seconds.end(seconds.begin(), failed(remedy::again, outcome::upstream_error, "20"));
    EXPECT_EQ(seconds.look().back, seconds.now + 20s);
    bench date;
    const auto until = "Sun, 06 Nov 1994 08:50:07 GMT";
    date.end(date.begin(), failed(remedy::again, outcome::upstream_error, until));
    EXPECT_EQ(date.look().back, date.now + 30s);
    bench garbage;
    garbage.end(garbage.begin(), failed(remedy::again, outcome::upstream_error, "later"));
    EXPECT_EQ(garbage.seen(), state::closed);
}

TEST(TargetHealth, IsSparedWhileItsLimitIsSpent) {
    bench b;
    const upstream::header_list spent{
        {"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "6s"}};
    auto one = b.begin();
    b.health->note_limits({{"x-ratelimit-remaining-requests", "1"}}, b.now, wall);
    EXPECT_EQ(b.seen(), state::closed);
    b.health->note_limits(spent, b.now, wall);
    one->hear(b.now);
    b.end(std::move(one), whole());
    EXPECT_EQ(b.seen(), state::open);
    EXPECT_EQ(b.look().back, b.now + 6s);
    b.now += 6s;
    EXPECT_EQ(b.seen(), state::closed);
    EXPECT_EQ(b.health->told().failed, 0);
    EXPECT_EQ(b.health->told().opened, 0);
}

TEST(TargetHealth, KnowsNoTimeToFirstTokenBeforeItWasMeasured) {
    bench b;
    EXPECT_EQ(b.look().ttft, 0us);
    b.end(b.begin(), whole());
    EXPECT_EQ(b.look().ttft, 0us);
}

TEST(TargetHealth, AveragesItsTimesToFirstToken) {
    bench b;
    b.measure(100ms);
    EXPECT_EQ(b.look().ttft, 100ms);
    b.measure(200ms);
    EXPECT_EQ(b.look().ttft, 120ms);
    for (int i = 0; i < 100; ++i)
        b.measure(50ms);
    EXPECT_EQ(b.look().ttft, 50ms);
}

TEST(TargetHealth, ForgetsATimeToFirstTokenThatIsOld) {
    bench b;
    b.measure(900ms);
    b.now += 30s;
    EXPECT_EQ(b.look().ttft, 900ms);
    b.now += 1s;
    EXPECT_EQ(b.look().ttft, 0us);
    b.measure(100ms);
    EXPECT_EQ(b.look().ttft, 100ms) << "what is old has no part in the average";
}

TEST(TargetHealth, KnowsATimeThatWasTooShortToMeasure) {
    bench b;
    b.measure(0us);
    EXPECT_EQ(b.look().ttft, 1us);
}

TEST(TargetHealth, HearsAndEndsAnAttemptOnce) {
    bench b;
    auto one = b.begin();
    b.now += 100ms;
    one->hear(b.now);
    b.now += 10s;
    one->hear(b.now);
    EXPECT_EQ(b.look().ttft, 100ms);
    one->end(whole(), b.now, wall);
    for (int i = 0; i < 5; ++i)
        one->end(failed(remedy::again), b.now, wall);
    EXPECT_EQ(b.seen(), state::closed);
    EXPECT_EQ(b.health->told().completed, 1);
    EXPECT_EQ(b.health->told().failed, 0);
}

TEST(TargetHealth, TellsWhatBecameOfItsAttempts) {
    bench b;
    b.end(b.begin(), whole());
    b.open();
    b.begin(true).reset();
    EXPECT_EQ(b.begin(), nullptr);
    b.now += 1s;
    b.end(b.begin(), failed(remedy::elsewhere));
    const auto told = b.health->told();
    EXPECT_EQ(told.attempts, 5);
    EXPECT_EQ(told.completed, 1);
    EXPECT_EQ(told.failed, 3);
    EXPECT_EQ(told.opened, 2);
}

TEST(TargetHealth, IsSharedByThreads) {
    bench b;
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back([&b, i] {
            auto now = b.now;
            for (int j = 0; j < 2000; ++j) {
                now += 1ms;
                auto one = target_health::begin(b.health, now, j % 3 == 0);
                b.health->look(now);
                if (j % 50 == 0) b.health->note_limits({{"x", "y"}}, now, wall);
                if (!one) continue;
                if (j % 2 == 0) one->hear(now);
                if ((i + j) % 4 != 0)
                    one->end(j % 5 == 0 ? whole() : failed(remedy::again), now, wall);
            }
        });
    }
    for (auto& one : workers)
        one.join();
    EXPECT_EQ(b.look().outstanding, 0);
    EXPECT_GE(b.health->told().attempts, 2000);
    b.now += 1h;
    EXPECT_NE(b.begin(), nullptr) << "no trial was left behind";
}

TEST(TargetHealth, GivesOneTrialHoweverManyThreadsAskForIt) {
    for (int round = 0; round < 50; ++round) {
        bench b;
        b.open();
        b.now += 1s;
        std::vector<std::unique_ptr<attempt>> got(4);
        std::vector<std::thread> workers;
        for (auto& one : got)
            workers.emplace_back([&b, &one] { one = b.begin(); });
        for (auto& one : workers)
            one.join();
        EXPECT_EQ(std::count(got.begin(), got.end(), nullptr), 3);
    }
}

}  // namespace
}  // namespace sluice::tests
