#include "tests/upstream/routing/breaker_bench.hpp"

#include <gtest/gtest.h>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using bench = breaker_bench;
using upstream::breaker;
using state = breaker::state;

TEST(Breaker, LetsOneRequestTryAfterTheCoolDown) {
    bench b;
    b.open();
    b.now += 999ms;
    EXPECT_FALSE(b.admit());
    b.now += 1ms;
    EXPECT_EQ(b.look(), state::half_open);
    auto trial = b.admit();
    ASSERT_TRUE(trial);
    EXPECT_EQ(b.look(), state::half_open);
    EXPECT_FALSE(b.admit());
    b.now += 60s;
    EXPECT_FALSE(b.admit());
}

TEST(Breaker, ClosesWithTheTrialsFirstContent) {
    bench b;
    b.open();
    b.now += 1s;
    auto trial = b.admit();
    ASSERT_TRUE(trial);
    b.tested.hear(*trial, b.now);
    EXPECT_EQ(b.look(), state::closed);
    EXPECT_EQ(b.tested.failures_in_row(), 0);
    EXPECT_TRUE(b.admit());
    EXPECT_TRUE(b.admit());
}

TEST(Breaker, StartsAfreshOnceItIsClosed) {
    bench b;
    for (int i = 0; i < 10; ++i)
        b.fails();
    b.now = b.tested.closed_until();
    b.succeeds();
    for (int i = 0; i < 8; ++i)
        b.succeeds();
    b.fails();
    EXPECT_EQ(b.look(), state::closed) << "what failed before is still within the window";
}

TEST(Breaker, StaysOpenTwiceAsLongWithEachTrialThatFails) {
    bench b;
    b.open();
    EXPECT_EQ(b.next_opening(), 2s);
    EXPECT_EQ(b.next_opening(), 4s);
    EXPECT_EQ(b.next_opening(), 8s);
    EXPECT_EQ(b.next_opening(), 8s);
    EXPECT_EQ(b.next_opening(), 8s);
}

TEST(Breaker, CoolsDownAsAtFirstAfterAWholeAnswer) {
    bench b;
    b.open();
    b.next_opening();
    b.now = b.tested.closed_until();
    b.succeeds();
    ASSERT_EQ(b.look(), state::closed);
    b.open();
    EXPECT_EQ(b.tested.closed_until(), b.now + 1s);
}

TEST(Breaker, GoesOnDoublingForATargetThatBreaksAllItsStreams) {
    bench b;
    b.open();
    b.now = b.tested.closed_until();
    while (b.look() != state::open)
        b.breaks();
    EXPECT_EQ(b.tested.closed_until(), b.now + 2s);
}

TEST(Breaker, StaysOpenAsLongAsTheProviderAskedFor) {
    bench b;
    b.fails();
    b.fails();
    EXPECT_TRUE(b.fails(42s));
    EXPECT_EQ(b.tested.closed_until(), b.now + 42s);
    b.now += 42s;
    auto trial = b.admit();
    ASSERT_TRUE(trial);
    EXPECT_TRUE(b.tested.fail(*trial, b.now, 500ms));
    EXPECT_EQ(b.tested.closed_until(), b.now + 500ms);
}

TEST(Breaker, LeavesATargetAloneAtItsFirstWish) {
    bench b;
    EXPECT_TRUE(b.fails(30s)) << "it is left alone from now on";
    EXPECT_EQ(b.look(), state::open);
    EXPECT_FALSE(b.admit());
    b.now += 30s;
    EXPECT_EQ(b.look(), state::closed) << "one failure needs no trial";
    EXPECT_EQ(b.tested.failures_in_row(), 1);
}

TEST(Breaker, BoundsWhatAProviderMayAskFor) {
    bench b;
    b.fails(24h);
    EXPECT_EQ(b.tested.closed_until(), b.now + 10min);
    bench negative;
    negative.fails(-5s);
    EXPECT_EQ(negative.look(), state::closed);
}

TEST(Breaker, LetsAnotherTryWhenTheTrialIsWithdrawn) {
    bench b;
    b.open();
    const auto opened_until = b.tested.closed_until();
    b.now += 1s;
    auto trial = b.admit();
    ASSERT_TRUE(trial);
    b.tested.withdraw(*trial);
    EXPECT_EQ(b.look(), state::half_open);
    EXPECT_EQ(b.tested.closed_until(), opened_until);
    EXPECT_TRUE(b.admit());
}

TEST(Breaker, FreesNoTrialForThoseWhoHaveNone) {
    bench b;
    auto early = b.admit();
    b.open();
    auto forced = b.tested.force(b.now);
    b.now += 1s;
    auto trial = b.admit();
    ASSERT_TRUE(early && trial);
    b.tested.withdraw(*early);
    b.tested.withdraw(forced);
    EXPECT_FALSE(b.admit());
    b.tested.withdraw(*trial);
    EXPECT_TRUE(b.admit());
    b.tested.withdraw(*trial);
    EXPECT_FALSE(b.admit()) << "the first trial's pass does not end the second";
}

TEST(Breaker, DoesNotTakeTheEndOfAnOldTrialForThatOfANewOne) {
    bench b;
    b.open();
    b.now += 1s;
    auto stream = b.admit();
    ASSERT_TRUE(stream);
    b.tested.hear(*stream, b.now);
    b.open();
    b.now = b.tested.closed_until();
    auto trial = b.admit();
    ASSERT_TRUE(trial);
    EXPECT_FALSE(b.tested.fail(*stream, b.now)) << "it had its say when it closed the breaker";
    EXPECT_EQ(b.look(), state::half_open);
    EXPECT_FALSE(b.admit());
}

TEST(Breaker, IsNeitherClosedNorOpenedByWhatBeganBeforeItOpened) {
    bench b;
    auto good = b.admit();
    auto whole = b.admit();
    auto bad = b.admit();
    ASSERT_TRUE(good && whole && bad);
    b.open();
    b.tested.hear(*good, b.now);
    b.tested.succeed(*whole, b.now);
    EXPECT_EQ(b.look(), state::open);
    b.now += 1s;
    EXPECT_FALSE(b.tested.fail(*bad, b.now));
    EXPECT_EQ(b.look(), state::half_open);
    EXPECT_EQ(b.next_opening(), 2s) << "nor are its openings forgotten";
}

TEST(Breaker, IsForcedWhateverItsState) {
    bench b;
    b.tested.force(b.now);
    b.open();
    b.tested.force(b.now);
    b.now += 1s;
    auto trial = b.tested.force(b.now);
    EXPECT_FALSE(b.admit()) << "who is forced while it is half open has the trial";
    auto beside = b.tested.force(b.now);
    b.tested.withdraw(beside);
    EXPECT_FALSE(b.admit());
    b.tested.withdraw(trial);
    EXPECT_TRUE(b.admit());
}

TEST(Breaker, ClosesWhenAForcedRequestHasContent) {
    bench b;
    b.open();
    auto forced = b.tested.force(b.now);
    b.tested.hear(forced, b.now);
    EXPECT_EQ(b.look(), state::closed);
    EXPECT_LE(b.tested.closed_until(), b.now);
}

TEST(Breaker, EndsAWishToBeLeftAloneWhenAForcedRequestHasContent) {
    bench b;
    b.fails(30s);
    auto forced = b.tested.force(b.now);
    b.tested.hear(forced, b.now);
    EXPECT_EQ(b.look(), state::closed);
}

TEST(Breaker, IsNotHeldOpenByForcedRequestsThatFail) {
    bench b;
    b.open();
    const auto until = b.tested.closed_until();
    for (int i = 0; i < 9; ++i) {
        b.now += 100ms;
        EXPECT_FALSE(b.fails());
    }
    EXPECT_EQ(b.tested.closed_until(), until);
    EXPECT_EQ(b.next_opening(), 2s);
}

TEST(Breaker, DoublesOnceForAForcedRequestAndATrialThatFailTogether) {
    bench b;
    b.open();
    b.now += 1s;
    auto trial = b.admit();
    auto forced = b.tested.force(b.now);
    ASSERT_TRUE(trial);
    EXPECT_TRUE(b.tested.fail(forced, b.now));
    EXPECT_FALSE(b.tested.fail(*trial, b.now));
    EXPECT_EQ(b.tested.closed_until(), b.now + 2s);
}

}  // namespace
}  // namespace sluice::tests
