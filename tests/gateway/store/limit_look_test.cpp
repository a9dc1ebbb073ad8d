#include "tests/gateway/store/limit_time.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

TEST(LimitLook, TellsOfABoundThatNobodyUsedThatAllOfItIsThere) {
    const limit_table table;
    const made_time now;
    const auto seen = table.look(
        {requests(60), tokens(1000, 0), streams(5), day_cost(7, 0), month_cost(9, 0)}, now
    );
    ASSERT_EQ(seen.size(), 5U);
    EXPECT_EQ(seen[0].remaining, 60);
    EXPECT_EQ(seen[1].remaining, 1000);
    EXPECT_EQ(seen[2].remaining, 5);
    EXPECT_EQ(seen[3].remaining, 7);
    EXPECT_EQ(seen[4].remaining, 9);
    for (const auto& one : seen)
        EXPECT_EQ(one.reset, 0ns);
    EXPECT_EQ(table.size(), 0U) << "it was only looked at";
}

TEST(LimitLook, TellsWhatIsLeftAndTakesNothing) {
    limit_table table;
    made_time now;
    admits(table, requests(60, 12), now);
    admits(table, streams(5, 2), now);
    admits(table, day_cost(100, 40), now);
    for (int looks = 0; looks < 100; ++looks) {
        const auto seen = table.look({requests(60), streams(5), day_cost(100, 0)}, now);
        EXPECT_EQ(seen[0].remaining, 48);
        EXPECT_EQ(seen[0].reset, 12s);
        EXPECT_EQ(seen[1].remaining, 3);
        EXPECT_EQ(seen[2].remaining, 60);
        EXPECT_EQ(seen[2].reset, 12h);
    }
    EXPECT_TRUE(admits(table, requests(60, 48), now));
}

TEST(LimitLook, GoesByTheClock) {
    limit_table table;
    made_time now;
    admits(table, requests(60, 12), now);
    admits(table, day_cost(100, 40), now);
    now.pass(2s);
    EXPECT_EQ(table.look({requests(60)}, now)[0].remaining, 50);
    now.pass(24h);
    const auto seen = table.look({requests(60), day_cost(100, 0)}, now);
    EXPECT_EQ(seen[0].remaining, 60);
    EXPECT_EQ(seen[1].remaining, 100);
    EXPECT_EQ(seen[1].reset, 0ns);
}

TEST(LimitLook, GoesByTheLimitThatIsAskedWith) {
    limit_table table;
    made_time now;
    admits(table, requests(60, 12), now);
    EXPECT_EQ(table.look({requests(120)}, now)[0].remaining, 108);
    EXPECT_EQ(table.look({requests(60)}, now)[0].remaining, 48) << "the bound is as it was";
}

TEST(LimitLook, TellsOfADebtThatNothingIsLeft) {
    limit_table table;
    made_time now;
    admits(table, tokens(60, 60), now);
    table.give_back({tokens(60, -30)}, now);
    const auto seen = table.look({tokens(60, 0)}, now);
    EXPECT_EQ(seen[0].remaining, 0);
    EXPECT_EQ(seen[0].reset, 90s);
}

TEST(LimitLook, TellsOfVeryManyInTheirOrder) {
    limit_table table;
    made_time now;
    std::vector<demand> all;
    for (int i = 0; i < 1000; ++i) {
        const auto account = "key " + std::to_string(i);
        admits(table, requests(2000, i + 1, account), now);
        all.push_back(requests(2000, 1, account));
    }
    const auto seen = table.look(all, now);
    ASSERT_EQ(seen.size(), all.size());
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(seen[static_cast<std::size_t>(i)].remaining, 1999 - i);
}

}  // namespace
}  // namespace sluice::gateway::testing
