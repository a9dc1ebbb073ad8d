#include "upstream/routing/retry_budget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using upstream::retry_budget;
using time_point = retry_budget::clock::time_point;

constexpr time_point start{1000s};

/// How many can be taken at that time.
int taken(retry_budget& budget, time_point now) {
    int count = 0;
    while (budget.take(now))
        ++count;
    return count;
}

TEST(RetryBudget, HasAFewAtFirst) {
    retry_budget budget(0.2);
    EXPECT_EQ(taken(budget, start), 10);
    EXPECT_FALSE(budget.take(start));
}

TEST(RetryBudget, GetsItsPartOfAnAttemptFromEachRequest) {
    retry_budget budget(0.2);
    taken(budget, start);
    for (int i = 0; i < 4; ++i)
        budget.note_request();
    EXPECT_FALSE(budget.take(start));
    budget.note_request();
    EXPECT_TRUE(budget.take(start));
    EXPECT_FALSE(budget.take(start));
}

TEST(RetryBudget, HoldsTheExtraLoadOfAnOutageToItsPart) {
    retry_budget budget(0.2);
    taken(budget, start);
    int extra = 0;
    for (int i = 0; i < 10'000; ++i) {
        budget.note_request();
        if (budget.take(start)) ++extra;
    }
    EXPECT_EQ(extra, 2000);
}

TEST(RetryBudget, SavesNoMoreThanItsBound) {
    retry_budget budget(0.5);
    for (int i = 0; i < 1000; ++i)
        budget.note_request();
    EXPECT_EQ(taken(budget, start), 100);
}

TEST(RetryBudget, GetsOneMoreEachSecond) {
    retry_budget budget(0.2);
    taken(budget, start);
    EXPECT_FALSE(budget.take(start + 999ms));
    EXPECT_EQ(taken(budget, start + 1s), 1);
    EXPECT_EQ(taken(budget, start + 1999ms), 0);
    EXPECT_EQ(taken(budget, start + 4500ms), 3);
    EXPECT_EQ(taken(budget, start + 4999ms), 0);
    EXPECT_EQ(taken(budget, start + 5s), 1) << "the half second before is not lost";
}

TEST(RetryBudget, GetsNoMoreByTimeThanItHasAtFirst) {
    retry_budget budget(0.2);
    taken(budget, start);
    EXPECT_TRUE(budget.take(start + 24h));
    EXPECT_EQ(taken(budget, start + 48h), 10);
    retry_budget full(0.5);
    full.take(start);
    for (int i = 0; i < 1000; ++i)
        full.note_request();
    EXPECT_EQ(taken(full, start + 24h), 100) << "nor loses what it has saved";
}

TEST(RetryBudget, StandsATimeThatGoesBack) {
    retry_budget budget(0.2);
    taken(budget, start);
    EXPECT_FALSE(budget.take(start - 5s));
    EXPECT_FALSE(budget.take(start));
    EXPECT_EQ(taken(budget, start + 1s), 1);
}

TEST(RetryBudget, HasNothingWithoutAPart) {
    for (const double part : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        retry_budget budget(part);
        budget.note_request();
        EXPECT_FALSE(budget.take(start));
        EXPECT_FALSE(budget.take(start + 1h));
    }
}

TEST(RetryBudget, StandsAnyPart) {
    retry_budget endless(std::numeric_limits<double>::infinity());
    endless.note_request();
    EXPECT_EQ(taken(endless, start), 100);
    retry_budget least(1e-9);
    taken(least, start);
    for (int i = 0; i < 1000; ++i)
        least.note_request();
    EXPECT_EQ(taken(least, start), 1) << "some part is more than none";
}

TEST(RetryBudget, LosesAndInventsNothingBetweenThreads) {
    constexpr int requests = 20'000;
    retry_budget budget(0.25);
    taken(budget, start);
    std::atomic<int> extra = 0;
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back([&] {
            for (int j = 0; j < requests; ++j) {
                budget.note_request();
                if (budget.take(start)) ++extra;
            }
        });
    }
    for (auto& one : workers)
        one.join();
    EXPECT_EQ(extra + taken(budget, start), requests);
}

TEST(RetryBudget, GetsASecondOnceHoweverManyThreadsFindItOver) {
    retry_budget budget(0.001);
    taken(budget, start);
    std::atomic<int> extra = 0;
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back([&] {
            for (int j = 0; j <= 5000; ++j) {
                if (budget.take(start + j * 1ms)) ++extra;
            }
        });
    }
    for (auto& one : workers)
        one.join();
    EXPECT_EQ(extra, 5);
}

}  // namespace
}  // namespace sluice::tests
