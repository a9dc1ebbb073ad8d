#include "upstream/routing/itinerary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using stop = itinerary::stop;

retry_rules with_attempts(int attempts) {
    retry_rules rules;
    rules.attempts = attempts;
    return rules;
}

/// The targets that are asked, if each fails so: "2", "2!" where it is forced, "2+" where again.
std::vector<std::string> walk(itinerary route, remedy remedy) {
    std::vector<std::string> way;
    while (const auto step = route.next(0.5)) {
        auto told = std::to_string(step->target);
        if (step->forced) told += '!';
        if (step->again) told += '+';
        way.push_back(std::move(told));
        route.failed(step->target, remedy, {});
    }
    return way;
}

TEST(Itinerary, AsksEachTargetOfAPriorityBeforeAnyTwice) {
    const itinerary route({{2, 1}, {0, 1}, {1, 1}}, with_attempts(5));
    EXPECT_THAT(walk(route, remedy::again), ElementsAre("2", "0", "1", "2+", "0+"));
}

TEST(Itinerary, AsksTheSameAgainAsLongAsTheOthersGetTheirTurn) {
    const itinerary route({{0, 1}, {1, 2}}, with_attempts(4));
    EXPECT_THAT(walk(route, remedy::again), ElementsAre("0", "0+", "0+", "1"));
}

TEST(Itinerary, GoesDownThePrioritiesWhenAttemptsAreFew) {
    const itinerary route({{0, 1}, {1, 2}, {2, 3}}, with_attempts(3));
    EXPECT_THAT(walk(route, remedy::again), ElementsAre("0", "1", "2"));
}

TEST(Itinerary, AsksNobodyTwiceWhoWouldFailAgain) {
    const itinerary route({{0, 1}, {1, 2}}, with_attempts(9));
    EXPECT_THAT(walk(route, remedy::elsewhere), ElementsAre("0", "1"));
}

TEST(Itinerary, EndsWhereTheRequestIsAtFault) {
    const itinerary route({{0, 1}, {1, 1}}, with_attempts(9));
    EXPECT_THAT(walk(route, remedy::none), ElementsAre("0"));
}

TEST(Itinerary, CountsNoAttemptForWhoCannotCarryTheRequest) {
    const itinerary route({{0, 1}, {1, 1}, {2, 2}}, with_attempts(1));
    EXPECT_THAT(walk(route, remedy::skip), ElementsAre("0", "1", "2"));
}

TEST(Itinerary, AsksWhoIsToBeLeftAloneLast) {
    const itinerary route({{1, 2}, {0, 1, true}}, with_attempts(4));
    EXPECT_THAT(walk(route, remedy::elsewhere), ElementsAre("1", "0!"));
}

TEST(Itinerary, AsksTheOnlyTargetThoughItIsToBeLeftAlone) {
    const itinerary route({{0, 1, true}}, with_attempts(2));
    EXPECT_THAT(walk(route, remedy::again), ElementsAre("0!", "0!+"));
}

TEST(Itinerary, WhoIsPutOffComesLast) {
    itinerary route({{0, 1}, {1, 1}}, with_attempts(3));
    EXPECT_EQ(route.next(0)->target, 0U);
    route.put_off(0);
    EXPECT_EQ(route.attempts(), 0);
    EXPECT_EQ(route.next(0)->target, 1U);
    route.failed(1, remedy::elsewhere, {});
    const auto last = route.next(0);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->target, 0U);
    EXPECT_TRUE(last->forced);
}

TEST(Itinerary, WaitsForAsLongAsATargetWants) {
    itinerary route({{0, 1}}, with_attempts(3));
    route.next(0);
    route.failed(0, remedy::again, 700ms);
    EXPECT_EQ(route.next(0.99)->pause, 700ms);
}

TEST(Itinerary, WaitsForNobodyWhileSomebodyElseCanBeAsked) {
    itinerary route({{0, 1}, {1, 2}}, with_attempts(4));
    route.next(0);
    route.failed(0, remedy::again, 700ms);
    EXPECT_EQ(route.next(0)->target, 1U);
}

TEST(Itinerary, DoesNotWaitLongerThanTheMostThatBackoffMayTake) {
    itinerary route({{0, 1}, {1, 2}}, with_attempts(9));
    route.next(0);
    route.failed(0, remedy::again, 1001ms);
    EXPECT_EQ(route.next(0)->target, 1U);
    route.failed(1, remedy::elsewhere, {});
    EXPECT_FALSE(route.next(0));
}

TEST(Itinerary, BacksOffLongerEachTime) {
    itinerary route({{0, 1}}, with_attempts(4));
    EXPECT_EQ(route.next(0.5)->pause, 0ms);
    route.failed(0, remedy::again, {});
    EXPECT_EQ(route.next(0.5)->pause, 50ms);
    route.failed(0, remedy::again, {});
    EXPECT_EQ(route.next(0.5)->pause, 100ms);
    route.failed(0, remedy::again, {});
    EXPECT_EQ(route.next(0.5)->pause, 200ms);
}

TEST(Itinerary, AskedBesideIsAnotherTarget) {
    itinerary route({{0, 1}, {1, 2}}, with_attempts(3));
    EXPECT_EQ(route.next(0)->target, 0U);
    EXPECT_EQ(route.beside()->target, 1U);
    EXPECT_FALSE(route.beside());
    EXPECT_EQ(route.attempts(), 2);
}

TEST(Itinerary, WhatWasNotTakenForWantOfBudgetIsNotTriedAgain) {
    itinerary route({{0, 1}, {1, 2}}, with_attempts(9));
    route.next(0);
    route.failed(0, remedy::again, {});
    EXPECT_EQ(route.next(0)->target, 0U);
    route.declined(0);
    EXPECT_EQ(route.attempts(), 1);
    EXPECT_EQ(route.next(0)->target, 1U);
}

TEST(Itinerary, WhoBrokeOffComesBehindTheOthers) {
    itinerary route({{0, 1}, {1, 2}}, with_attempts(2));
    route.next(0);
    route.broke_off(0);
    EXPECT_EQ(route.next(0)->target, 1U);
    route.failed(1, remedy::elsewhere, {});
    const auto last = route.next(0);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->target, 0U);
    EXPECT_TRUE(last->again);
    EXPECT_FALSE(route.next(0));
}

}  // namespace
}  // namespace sluice::upstream::testing
