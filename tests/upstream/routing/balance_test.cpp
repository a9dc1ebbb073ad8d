#include "upstream/routing/balance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using upstream::balance_rule;
using upstream::breaker;
using upstream::chance;
using upstream::order_targets;
using upstream::weighed_target;
using targets = std::vector<weighed_target>;
using order = std::vector<std::size_t>;

constexpr int rounds = 5000;
constexpr balance_rule rules[] = {
    balance_rule::weighted, balance_rule::least_outstanding, balance_rule::lowest_ttft};

chance seeded(unsigned seed = 1) {
    return [random = std::mt19937(seed)]() mutable {
        return std::uniform_real_distribution<>(0, 1)(random);
    };
}

weighed_target target(std::string_view name, int weight = 1, int priority = 1) {
    return {weight, priority, name, {}};
}
weighed_target busy(std::string_view name, std::int64_t outstanding, int weight = 1) {
    auto made = target(name, weight);
    made.standing.outstanding = outstanding;
    return made;
}
weighed_target timed(std::string_view name, std::chrono::microseconds ttft) {
    auto made = target(name);
    made.standing.ttft = ttft;
    return made;
}
weighed_target open(std::string_view name, std::chrono::seconds back, int priority = 1) {
    auto made = target(name, 1, priority);
    made.standing.state = breaker::state::open;
    made.standing.back = breaker::time_point(back);
    return made;
}

order ordered(const targets& among, balance_rule rule = balance_rule::weighted) {
    return order_targets(among, rule, std::nullopt, seeded());
}

/// How often each is the first, as a part of all.
std::vector<double> firsts(const targets& among, balance_rule rule = balance_rule::weighted) {
    std::vector<double> parts(among.size());
    const auto dice = seeded();
    for (int i = 0; i < rounds; ++i)
        ++parts[order_targets(among, rule, std::nullopt, dice).front()];
    for (auto& part : parts)
        part /= rounds;
    return parts;
}

/// How often each is the first of requests that are sticky by as many numbers.
std::vector<double> sticky_firsts(const targets& among) {
    std::vector<double> parts(among.size());
    for (std::uint64_t i = 0; i < rounds; ++i)
        ++parts[order_targets(among, balance_rule::weighted, i, seeded()).front()];
    for (auto& part : parts)
        part /= rounds;
    return parts;
}

TEST(Balance, OrdersNothing) {
    EXPECT_THAT(ordered({}), IsEmpty());
}

TEST(Balance, NamesEachTargetOnceByAnyRule) {
    const targets many{
        target("a", 3),
        busy("b", 7),
        timed("c", 5ms),
        open("d", 5s),
        target("e", 0),
        target("f", 1, 2),
        open("g", 1s, 2),
        target("h", -4, 3)};
    const auto dice = seeded();
    for (const auto rule : rules) {
        for (int i = 0; i < 1000; ++i) {
            auto got = order_targets(many, rule, std::nullopt, dice);
            std::ranges::sort(got);
            ASSERT_THAT(got, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
        }
    }
}

TEST(Balance, AsksLowerPriorityNumbersFirst) {
    const targets three{target("a", 9, 3), target("b", 1, 1), target("c", 100, 2)};
    for (const auto rule : rules)
        EXPECT_THAT(ordered(three, rule), ElementsAre(1, 2, 0));
    EXPECT_THAT(order_targets(three, balance_rule::weighted, 7, seeded()), ElementsAre(1, 2, 0));
}

TEST(Balance, ChoosesByWeight) {
    const auto parts = firsts({target("a", 6), target("b", 3), target("c", 1)});
    EXPECT_NEAR(parts[0], 0.6, 0.04);
    EXPECT_NEAR(parts[1], 0.3, 0.04);
    EXPECT_NEAR(parts[2], 0.1, 0.04);
}

TEST(Balance, ChoosesTheNextOnesByWeightToo) {
    const targets three{target("a", 1000), target("b", 3), target("c", 1)};
    const auto dice = seeded();
    double second = 0;
    int asked = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto got = order_targets(three, balance_rule::weighted, std::nullopt, dice);
        if (got[0] != 0) continue;
        ++asked;
        if (got[1] == 1) ++second;
    }
    EXPECT_NEAR(second / asked, 0.75, 0.05);
}

TEST(Balance, TakesTheLessBusyOfTwo) {
    EXPECT_THAT(
        ordered({busy("a", 3), busy("b", 2)}, balance_rule::least_outstanding), ElementsAre(1, 0)
    );
    EXPECT_THAT(
        ordered({busy("a", 2), busy("b", 3)}, balance_rule::least_outstanding), ElementsAre(0, 1)
    );
}

TEST(Balance, MeasuresHowBusyByWeight) {
    const targets two{busy("a", 5, 4), busy("b", 2, 1)};
    EXPECT_EQ(firsts(two, balance_rule::least_outstanding)[0], 1.0);
}

TEST(Balance, GoesByWeightAmongTheEquallyBusy) {
    const auto idle = firsts({target("a", 3), target("b", 1)}, balance_rule::least_outstanding);
    EXPECT_NEAR(idle[0], 0.75, 0.04);
}

TEST(Balance, NeverTakesTheBusiestFirst) {
    const targets four{busy("a", 9), busy("b", 1), busy("c", 2), busy("d", 3)};
    const auto parts = firsts(four, balance_rule::least_outstanding);
    EXPECT_EQ(parts[0], 0.0);
    // Each pair of four is as likely: the least busy is in three of six.
    EXPECT_NEAR(parts[1], 3.0 / 6, 0.04);
    EXPECT_NEAR(parts[2], 2.0 / 6, 0.04);
    EXPECT_NEAR(parts[3], 1.0 / 6, 0.04);
}

TEST(Balance, TakesTheQuickerOfTwo) {
    const targets two{timed("a", 300ms), timed("b", 200ms)};
    EXPECT_EQ(firsts(two, balance_rule::lowest_ttft)[1], 1.0);
}

TEST(Balance, ExploresTheTargetWhoseTimeIsNotKnown) {
    const targets two{timed("a", 1us), timed("b", 0us)};
    EXPECT_EQ(firsts(two, balance_rule::lowest_ttft)[1], 1.0);
}

TEST(Balance, ExploresATargetByOneRequestAtATime) {
    const targets two{timed("a", 100ms), busy("b", 1)};
    EXPECT_NEAR(firsts(two, balance_rule::lowest_ttft)[0], 0.5, 0.04);
}

TEST(Balance, PutsWeightZeroBehindAllThatCanBeAsked) {
    const targets four{target("a", 0, 1), target("b", 1, 2), target("c", 1, 1), open("d", 1s)};
    for (const auto rule : rules)
        EXPECT_THAT(ordered(four, rule), ElementsAre(2, 1, 0, 3));
    EXPECT_THAT(order_targets(four, balance_rule::weighted, 7, seeded()), ElementsAre(2, 1, 0, 3));
}

TEST(Balance, ChoosesAmongWeightZeroWhereNothingElseIs) {
    EXPECT_NEAR(firsts({target("a", 0), target("b", 0)})[0], 0.5, 0.04);
}

TEST(Balance, PutsThoseThatAreLeftAloneLastByTheirReturn) {
    const targets five{
        open("a", 9s, 1), target("b", 1, 5), open("c", 3s, 9), open("d", 6s, 1), open("e", 3s, 1)};
    for (const auto rule : rules)
        EXPECT_THAT(ordered(five, rule), ElementsAre(1, 4, 2, 3, 0));
}

TEST(Balance, KeepsAHalfOpenTargetInItsRegularPlace) {
    auto half_open = target("a");
    half_open.standing.state = breaker::state::half_open;
    EXPECT_NEAR(firsts({half_open, target("b")})[0], 0.5, 0.04);
    EXPECT_THAT(ordered({target("b", 1, 2), half_open}), ElementsAre(1, 0));
}

TEST(Balance, GivesStickyRequestsTheSameOrder) {
    const targets four{target("a"), busy("b", 50), timed("c", 9s), target("d", 2)};
    for (std::uint64_t number = 0; number < 100; ++number) {
        const auto first = order_targets(four, balance_rule::weighted, number, seeded(1));
        for (const auto rule : rules)
            EXPECT_EQ(order_targets(four, rule, number, seeded(2)), first);
    }
}

TEST(Balance, SharesStickyRequestsByWeight) {
    const auto parts = sticky_firsts({target("p/a", 6), target("p/b", 3), target("p/c", 1)});
    EXPECT_NEAR(parts[0], 0.6, 0.04);
    EXPECT_NEAR(parts[1], 0.3, 0.04);
    EXPECT_NEAR(parts[2], 0.1, 0.04);
}

TEST(Balance, MovesOnlyTheStickyRequestsOfATargetThatGoes) {
    const targets three{target("p/a"), target("p/b"), target("p/c")};
    auto without = three;
    without[0] = open("p/a", 1s);
    int moved = 0;
    for (std::uint64_t number = 0; number < 3000; ++number) {
        const auto before = order_targets(three, balance_rule::weighted, number, seeded());
        const auto after = order_targets(without, balance_rule::weighted, number, seeded());
        ASSERT_EQ(after.front(), before[before[0] == 0 ? 1 : 0]);
        if (before[0] == 0 && after[0] == 1) ++moved;
    }
    EXPECT_NEAR(moved, 500, 75) << "half of what the target had";
}

TEST(Balance, SticksWhateverTheOrderOfTheConfiguration) {
    const targets two{target("p/a"), target("p/b")};
    const targets other{two[1], two[0]};
    for (std::uint64_t number = 0; number < 100; ++number) {
        const auto one = order_targets(two, balance_rule::weighted, number, seeded()).front();
        const auto same = order_targets(other, balance_rule::weighted, number, seeded()).front();
        EXPECT_EQ(two[one].name, other[same].name);
    }
}

TEST(Balance, StandsAnyChance) {
    const targets three{target("a", 1), target("b", 2), target("c", 3)};
    for (const double number : {-1.0, 0.0, 0.999999999, 1.0, 2.0}) {
        for (const auto rule : rules) {
            const auto got = order_targets(three, rule, std::nullopt, [number] { return number; });
            EXPECT_EQ(got.size(), 3U);
        }
    }
}

}  // namespace
}  // namespace sluice::tests
