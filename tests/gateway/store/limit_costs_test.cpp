#include "tests/gateway/store/limit_time.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

TEST(LimitedCosts, AreRefusedWhereTheRestDoesNotReach) {
    limit_table table;
    made_time now;
    EXPECT_TRUE(admits(table, day_cost(100, 70), now));
    EXPECT_FALSE(admits(table, day_cost(100, 31), now));
    EXPECT_TRUE(admits(table, day_cost(100, 30), now));
}

TEST(LimitedCosts, AreRefusedOnceAllIsSpentEvenWhereNothingIsAsked) {
    limit_table table;
    made_time now;
    EXPECT_TRUE(admits(table, day_cost(100, 0), now));
    table.give_back({day_cost(100, -99)}, now);
    EXPECT_TRUE(admits(table, day_cost(100, 0), now));
    table.give_back({day_cost(100, -1)}, now);
    EXPECT_FALSE(admits(table, day_cost(100, 0), now));
    table.give_back({day_cost(100, 1)}, now);
    EXPECT_TRUE(admits(table, day_cost(100, 0), now));
}

TEST(LimitedCosts, OfYesterdayGiveNothingBackToToday) {
    limit_table table;
    made_time now;
    auto yesterday = day_cost(100, 80);
    yesterday.taken = static_cast<const limit_time&>(now).wall;
    ASSERT_TRUE(admits(table, yesterday, now));
    now.pass(13h);
    ASSERT_TRUE(admits(table, day_cost(100, 90), now));
    table.give_back({yesterday}, now);
    EXPECT_FALSE(admits(table, day_cost(100, 11), now));
    // What was used beyond is today's, whenever it began.
    yesterday.amount = -10;
    table.give_back({yesterday}, now);
    EXPECT_FALSE(admits(table, day_cost(100, 1), now));
}

TEST(LimitedCosts, OfTodayAreGivenBackToToday) {
    limit_table table;
    made_time now;
    auto taken = day_cost(100, 80);
    taken.taken = static_cast<const limit_time&>(now).wall;
    ASSERT_TRUE(admits(table, taken, now));
    now.pass(1h);
    table.give_back({taken}, now);
    EXPECT_TRUE(admits(table, day_cost(100, 100), now));
}

TEST(LimitedCosts, AreThereAgainWhenTheDayIsOver) {
    limit_table table;
    made_time now;
    admits(table, day_cost(100, 100), now);
    const auto verdict = table.take({day_cost(100, 1)}, now);
    EXPECT_EQ(verdict.refused, 0U);
    EXPECT_EQ(verdict.retry_after, 12h);
    EXPECT_EQ(verdict.standings[0].reset, 12h);
    EXPECT_FALSE(admits(table, day_cost(100, 1), now.in(12h - 1ns)));
    EXPECT_TRUE(admits(table, day_cost(100, 100), now.in(12h)));
    EXPECT_FALSE(admits(table, day_cost(100, 1), now.in(12h)));
}

TEST(LimitedCosts, AreThereAgainWhenTheMonthIsOver) {
    limit_table table;
    made_time now;  // 28 February of a leap year, noon
    admits(table, month_cost(100, 100), now);
    const auto verdict = table.take({month_cost(100, 0)}, now);
    EXPECT_EQ(verdict.refused, 0U);
    EXPECT_EQ(verdict.retry_after, 36h);
    EXPECT_FALSE(admits(table, month_cost(100, 0), now.in(36h - 1ns)));
    EXPECT_TRUE(admits(table, month_cost(100, 0), now.in(36h)));
    made_time december{sys_days{year{2027} / 12 / 31} + 23h};
    admits(table, month_cost(100, 100, "b"), december);
    EXPECT_EQ(table.take({month_cost(100, 0, "b")}, december).retry_after, 1h);
}

TEST(LimitedCosts, GivenBackOnTheNextDayDoNotMakeItRicher) {
    limit_table table;
    made_time now;
    admits(table, day_cost(100, 90), now);
    now.pass(24h);
    table.give_back({day_cost(100, 80)}, now);
    EXPECT_TRUE(admits(table, day_cost(100, 100), now));
    EXPECT_FALSE(admits(table, day_cost(100, 1), now));
}

TEST(LimitedCosts, GoOnFromWhatWasSpentBeforeTheStart) {
    limit_table table;
    made_time now;
    table.seed("a", 60, 500, now);
    EXPECT_EQ(table.take({day_cost(100, 0)}, now).standings[0].remaining, 40);
    EXPECT_EQ(table.take({month_cost(1000, 0)}, now).standings[0].remaining, 500);
    EXPECT_FALSE(admits(table, day_cost(60, 0), now));
    now.pass(24h);
    EXPECT_EQ(table.take({day_cost(100, 0)}, now).standings[0].remaining, 100);
    EXPECT_EQ(table.take({month_cost(1000, 0)}, now).standings[0].remaining, 500);
    now.pass(24h);
    EXPECT_EQ(table.take({month_cost(1000, 0)}, now).standings[0].remaining, 1000);
}

TEST(LimitedCosts, AClockThatIsSetBackALittleDoesNotOpenTheDayBeforeAgain) {
    limit_table table;
    made_time midnight{sys_days{year{2027} / 3 / 2}};
    admits(table, day_cost(100, 100), midnight);
    EXPECT_FALSE(admits(table, day_cost(100, 1), midnight.in(-1s)));
    EXPECT_FALSE(admits(table, day_cost(100, 1), midnight));
}

TEST(LimitedCosts, AClockThatWasWrongByYearsKeepsNobodyOutForYears) {
    limit_table table;
    made_time wrong{sys_days{year{2097} / 3 / 2}};
    admits(table, day_cost(100, 100), wrong);
    admits(table, month_cost(100, 100), wrong);
    made_time right{sys_days{year{2027} / 3 / 2}};
    EXPECT_TRUE(admits(table, day_cost(100, 100), right));
    EXPECT_TRUE(admits(table, month_cost(100, 100), right));
}

}  // namespace
}  // namespace sluice::gateway::testing
