#include "tests/gateway/store/limit_time.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <limits>
#include <thread>

namespace sluice::gateway::testing {
namespace {

/// Just before the time that a refusal names it is refused again; just then it is let in.
void expect_truthful(limit_table& table, const std::vector<demand>& all, const made_time& time) {
    const auto verdict = table.take(all, time);
    ASSERT_TRUE(verdict.refused);
    ASSERT_FALSE(verdict.never);
    EXPECT_TRUE(table.take(all, time.in(verdict.retry_after - 1ns)).refused);
    EXPECT_FALSE(table.take(all, time.in(verdict.retry_after)).refused);
}

TEST(LimitTable, RefusesTheRequestThatIsOneTooMany) {
    for (const std::int64_t limit : {1, 2, 7, 60, 1000, 9'973}) {
        SCOPED_TRACE(limit);
        limit_table table;
        made_time now;
        for (std::int64_t i = 0; i < limit; ++i)
            ASSERT_TRUE(admits(table, requests(limit), now)) << i;
        EXPECT_FALSE(admits(table, requests(limit), now));
    }
}

TEST(LimitTable, LetsInTheWholeOfTheLargestLimitAtOnceAndNoTokenMore) {
    limit_table table;
    made_time now;
    EXPECT_TRUE(admits(table, tokens(1'000'000'000, 999'999'999), now));
    EXPECT_TRUE(admits(table, tokens(1'000'000'000, 1), now));
    EXPECT_FALSE(admits(table, tokens(1'000'000'000, 1), now));
}

TEST(LimitTable, LetsInOneMoreForEachShareOfTheMinuteThatPasses) {
    limit_table table;
    made_time now;
    for (int i = 0; i < 60; ++i)
        admits(table, requests(60), now);
    now.pass(3s);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(admits(table, requests(60), now)) << i;
    EXPECT_FALSE(admits(table, requests(60), now));
    now.pass(1h);  // no more than the limit is saved up
    for (int i = 0; i < 60; ++i)
        EXPECT_TRUE(admits(table, requests(60), now)) << i;
    EXPECT_FALSE(admits(table, requests(60), now));
}

TEST(LimitTable, SaysTruthfullyWhenToAskAgain) {
    for (const std::int64_t limit : {1, 7, 60, 100'000, 1'000'000'000}) {
        SCOPED_TRACE(limit);
        limit_table table;
        made_time now;
        admits(table, requests(limit, limit), now);
        expect_truthful(table, {requests(limit)}, now);
        admits(table, tokens(limit, limit), now);
        expect_truthful(table, {tokens(limit, (limit + 1) / 2)}, now);
    }
}

TEST(LimitTable, WhatIsMoreThanTheWholeBoundIsNeverLetIn) {
    limit_table table;
    made_time now;
    for (const auto& one : {tokens(100, 101), requests(0, 1), streams(0, 1), day_cost(5, 6)}) {
        const auto verdict = table.take({one}, now);
        EXPECT_EQ(verdict.refused, 0U);
        EXPECT_TRUE(verdict.never);
        EXPECT_EQ(verdict.retry_after, 0ns);
    }
    EXPECT_TRUE(admits(table, tokens(100, 100), now));
}

TEST(LimitTable, ANegativeAmountIsNoWayToMoreOfABound) {
    limit_table table;
    made_time now;
    admits(table, tokens(100, 100), now);
    admits(table, tokens(100, -50), now);
    EXPECT_FALSE(admits(table, tokens(100, 1), now));
}

TEST(LimitTable, TakesAllOrNone) {
    limit_table table;
    made_time now;
    const std::vector<demand> all{
        requests(60, 1, "key"),
        tokens(1000, 100, "key"),
        streams(2, 1, "key"),
        day_cost(500, 10, "key"),
        tokens(150, 100, "model")};
    ASSERT_FALSE(table.take(all, now).refused);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(table.take(all, now).refused, 4U);
    const auto left = table.take(
        {requests(60, 0, "key"),
         tokens(1000, 0, "key"),
         streams(2, 0, "key"),
         day_cost(500, 0, "key"),
         tokens(150, 0, "model")},
        now
    );
    EXPECT_EQ(left.standings[0].remaining, 59);
    EXPECT_EQ(left.standings[1].remaining, 900);
    EXPECT_EQ(left.standings[2].remaining, 1);
    EXPECT_EQ(left.standings[3].remaining, 490);
    EXPECT_EQ(left.standings[4].remaining, 50);
}

TEST(LimitTable, OfSeveralBoundsThatRefuseItNamesTheOneThatTakesLongest) {
    limit_table table;
    made_time now;
    admits(table, requests(60, 60), now);
    admits(table, tokens(60, 60), now);
    const std::vector<demand> all{requests(60), tokens(60, 30), requests(60, 1, "another")};
    const auto verdict = table.take(all, now);
    EXPECT_EQ(verdict.refused, 1U);
    EXPECT_EQ(verdict.retry_after, 30s);
    expect_truthful(table, all, now);
    const auto hopeless = table.take({tokens(60, 30), tokens(60, 61), tokens(5, 6)}, now);
    EXPECT_EQ(hopeless.refused, 1U);
    EXPECT_TRUE(hopeless.never);
}

TEST(LimitTable, TwoDemandsOnOneBoundCountTogether) {
    limit_table table;
    made_time now;
    EXPECT_EQ(table.take({tokens(100, 60), tokens(100, 60)}, now).refused, 1U);
    EXPECT_TRUE(admits(table, tokens(100, 100), now));
}

TEST(LimitTable, TellsHowEveryBoundStandsAlsoBehindTheOneThatRefused) {
    limit_table table;
    made_time now;
    const auto let_in = table.take({requests(60), tokens(1000, 250), streams(3)}, now);
    ASSERT_EQ(let_in.standings.size(), 3U);
    EXPECT_EQ(let_in.standings[0].remaining, 59);
    EXPECT_EQ(let_in.standings[0].reset, 1s);
    EXPECT_EQ(let_in.standings[1].remaining, 750);
    EXPECT_EQ(let_in.standings[1].reset, 15s);
    EXPECT_EQ(let_in.standings[2].remaining, 2);
    const auto refused = table.take({tokens(1000, 800), requests(60)}, now);
    EXPECT_EQ(refused.refused, 0U);
    ASSERT_EQ(refused.standings.size(), 2U);
    EXPECT_EQ(refused.standings[0].remaining, 750);
    EXPECT_EQ(refused.standings[1].remaining, 59);
}

TEST(LimitTable, WhatRemainsIsWhatCanBeHad) {
    limit_table table;
    made_time now;
    admits(table, tokens(97, 50), now);
    now.pass(1234567890ns);
    const auto left = table.take({tokens(97, 0)}, now).standings[0];
    EXPECT_FALSE(admits(table, tokens(97, left.remaining + 1), now));
    EXPECT_TRUE(admits(table, tokens(97, left.remaining), now));
    const auto none = table.take({tokens(97, 0)}, now).standings[0];
    EXPECT_EQ(none.remaining, 0);
    EXPECT_FALSE(admits(table, tokens(97, 97), now.in(none.reset - 1ns)));
    EXPECT_TRUE(admits(table, tokens(97, 97), now.in(none.reset)));
}

TEST(LimitTable, GivesBackWhatWasNotUsed) {
    limit_table table;
    made_time now;
    admits(table, tokens(100, 100), now);
    table.give_back({tokens(100, 40)}, now);
    EXPECT_FALSE(admits(table, tokens(100, 41), now));
    EXPECT_TRUE(admits(table, tokens(100, 40), now));
    table.give_back({tokens(100, 5000)}, now);  // no more than there is
    EXPECT_TRUE(admits(table, tokens(100, 100), now));
    EXPECT_FALSE(admits(table, tokens(100, 1), now));
}

TEST(LimitTable, WhatWasUsedBeyondIsADebtToBeWaitedOff) {
    limit_table table;
    made_time now;
    admits(table, tokens(60, 10), now);
    table.give_back({tokens(60, -110)}, now);
    const auto verdict = table.take({tokens(60, 0)}, now);
    ASSERT_TRUE(verdict.refused) << "in debt even nothing is refused";
    EXPECT_EQ(verdict.retry_after, 60s);
    EXPECT_EQ(verdict.standings[0].remaining, 0);
    EXPECT_EQ(verdict.standings[0].reset, 120s);
    expect_truthful(table, {tokens(60, 0)}, now);
    EXPECT_FALSE(admits(table, tokens(60, 1), now.in(60s)));
    EXPECT_TRUE(admits(table, tokens(60, 1), now.in(61s)));
}

TEST(LimitTable, ADebtWithoutMeasureDoesNotOverflow) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    limit_table table;
    made_time now;
    for (const auto& one :
         {requests(1, 0),
          tokens(1'000'000'000, 0),
          streams(1, 0),
          day_cost(1, 0),
          month_cost(1, 0)}) {
        for (const auto amount : {least, -most, least}) {
            auto debt = one;
            debt.amount = amount;
            table.give_back({debt}, now);
            const auto verdict = table.take({one}, now);
            EXPECT_TRUE(verdict.refused);
            EXPECT_GT(verdict.retry_after, 0ns);
            EXPECT_EQ(verdict.standings[0].remaining, 0);
        }
        auto all = one;
        all.amount = most;
        EXPECT_TRUE(table.take({all}, now).never);
        table.give_back({all, all, all}, now);
        EXPECT_TRUE(admits(table, one, now));
    }
}

TEST(LimitTable, CountsStreamsUntilTheyAreGivenBack) {
    limit_table table;
    made_time now;
    EXPECT_TRUE(admits(table, streams(2), now));
    EXPECT_TRUE(admits(table, streams(2), now));
    now.pass(24h);
    const auto verdict = table.take({streams(2)}, now);
    EXPECT_TRUE(verdict.refused);
    EXPECT_EQ(verdict.retry_after, 1s);
    table.give_back({streams(2)}, now);
    EXPECT_TRUE(admits(table, streams(2), now));
    EXPECT_FALSE(admits(table, streams(2), now));
}

TEST(LimitTable, ALimitThatAReloadChangesKeepsWhatWasUsed) {
    limit_table table;
    made_time now;
    admits(table, tokens(100, 40), now);
    EXPECT_EQ(table.take({tokens(1000, 0)}, now).standings[0].remaining, 960);
    EXPECT_EQ(table.take({tokens(50, 0)}, now).standings[0].remaining, 10);
    EXPECT_EQ(table.take({tokens(50, 0)}, now).standings[0].reset, 48s);
    const auto less = table.take({tokens(30, 0)}, now);
    EXPECT_TRUE(less.refused);
    EXPECT_EQ(less.retry_after, 20s);  // ten of them, at two seconds each
    admits(table, streams(5, 3), now);
    EXPECT_FALSE(admits(table, streams(2), now));
    EXPECT_TRUE(admits(table, streams(4), now));
    admits(table, day_cost(100, 60), now);
    EXPECT_FALSE(admits(table, day_cost(60, 0), now));
    EXPECT_TRUE(admits(table, day_cost(61, 1), now));
}

TEST(LimitTable, AStreamFromBeforeAReloadDoesNotBringTheOldLimitBack) {
    limit_table table;
    made_time now;
    admits(table, tokens(60, 60), now);
    admits(table, tokens(600, 540), now);
    table.give_back({tokens(60, 60)}, now);  // 60 of the 600 that it is now
    now.pass(6s);
    EXPECT_EQ(table.take({tokens(600, 0)}, now).standings[0].remaining, 120);
}

TEST(LimitTable, TwoAccountsAndTwoKindsHaveNothingToDoWithEachOther) {
    limit_table table;
    made_time now;
    EXPECT_TRUE(admits(table, requests(1, 1, "a"), now));
    EXPECT_TRUE(admits(table, requests(1, 1, "b"), now));
    EXPECT_TRUE(admits(table, tokens(1, 1, "a"), now));
    EXPECT_TRUE(admits(table, day_cost(1, 1, "a"), now));
    EXPECT_TRUE(admits(table, month_cost(1, 1, "a"), now));
}

TEST(LimitTable, ForgetsOnlyWhatIsWholeAgain) {
    limit_table table;
    made_time now;
    admits(table, streams(1, 1, "streaming"), now);
    admits(table, day_cost(10, 10, "spent"), now);
    table.give_back({tokens(1, -10, "in debt")}, now);
    for (int i = 0; i < 65'000; ++i)
        admits(table, requests(60, 1, std::to_string(i)), now);
    EXPECT_GT(table.size(), 65'000U);
    now.pass(1s);
    for (int i = 0; i < 1000; ++i)
        admits(table, requests(60, 1, "new " + std::to_string(i)), now);
    EXPECT_LT(table.size(), 1'100U);
    EXPECT_FALSE(admits(table, streams(1, 1, "streaming"), now));
    EXPECT_FALSE(admits(table, day_cost(10, 0, "spent"), now));
    EXPECT_FALSE(admits(table, tokens(1, 0, "in debt"), now));
}

TEST(LimitTable, EightThreadsGetExactlyTheLimit) {
    constexpr std::int64_t limit = 7'777;
    limit_table table;
    const made_time now;
    std::atomic<std::int64_t> admitted{0};
    std::latch start{8};
    std::vector<std::thread> askers;
    for (int i = 0; i < 8; ++i) {
        askers.emplace_back([&, i] {
            const std::vector<demand> all{
                requests(100'000, 1, std::to_string(i)),
                tokens(1'000'000, 10, "model"),
                requests(limit, 1, "key")};
            start.arrive_and_wait();
            for (int asked = 0; asked < 2'500; ++asked) {
                if (table.take(all, now).refused) continue;
                ++admitted;
                table.give_back({tokens(1'000'000, 4, "model")}, now);
            }
        });
    }
    for (auto& one : askers)
        one.join();
    EXPECT_EQ(admitted, limit);
    EXPECT_EQ(
        table.take({tokens(1'000'000, 0, "model")}, now).standings[0].remaining,
        1'000'000 - limit * 6
    );
}

TEST(LimitTable, MeasuresWhatRunsByTheLimitThatIsInForce) {
    limit_table table;
    made_time now;
    ASSERT_TRUE(admits(table, tokens(1'000'000, 500), now));
    ASSERT_TRUE(admits(table, tokens(1000, 1), now));  // a reload has made it less
    auto more = tokens(1'000'000, 2000);
    more.running = true;
    EXPECT_FALSE(admits(table, more, now));
    EXPECT_FALSE(admits(table, tokens(1000, 1000), now)) << "the old limit came back";
    more.amount = 100;
    EXPECT_TRUE(admits(table, more, now));
}

}  // namespace
}  // namespace sluice::gateway::testing
