#include "tests/upstream/routing/breaker_bench.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using bench = breaker_bench;
using upstream::breaker;
using state = breaker::state;
using pass = breaker::pass;

TEST(Breaker, LetsAllGoWhileItIsClosed) {
    bench b;
    EXPECT_EQ(b.look(), state::closed);
    std::vector<std::optional<pass>> many;
    for (int i = 0; i < 50; ++i)
        many.push_back(b.admit());
    for (const auto& one : many)
        EXPECT_TRUE(one.has_value());
}

TEST(Breaker, OpensAfterSoManyFailuresInARow) {
    bench b;
    EXPECT_FALSE(b.fails());
    EXPECT_FALSE(b.fails());
    EXPECT_EQ(b.tested.failures_in_row(), 2);
    EXPECT_EQ(b.look(), state::closed);
    EXPECT_TRUE(b.fails());
    EXPECT_EQ(b.look(), state::open);
    EXPECT_FALSE(b.admit());
    EXPECT_EQ(b.tested.closed_until(), b.now + 1s);
}

TEST(Breaker, CountsFailuresAnewAfterAnAnswer) {
    bench b;
    b.fails();
    b.fails();
    b.succeeds();
    EXPECT_EQ(b.tested.failures_in_row(), 0);
    b.fails();
    b.fails();
    EXPECT_EQ(b.look(), state::closed);
}

TEST(Breaker, CountsFailuresAnewAfterTheContentOfAStreamThatGoesOn) {
    bench b;
    b.fails();
    b.fails();
    auto stream = b.tested.force(b.now);
    b.tested.hear(stream, b.now);
    b.fails();
    EXPECT_EQ(b.look(), state::closed);
}

TEST(Breaker, OpensAfterSoManyStreamsInARowThatBrokeAfterTheirContent) {
    bench b;
    b.breaks();
    b.breaks();
    EXPECT_EQ(b.look(), state::closed);
    b.breaks();
    EXPECT_EQ(b.look(), state::open);
}

TEST(Breaker, OpensWhenTooManyOfTheWindowFailed) {
    bench b;
    for (int i = 0; i < 5; ++i) {
        b.succeeds();
        EXPECT_EQ(b.look(), state::closed);
        b.fails();
        b.now += 100ms;
    }
    EXPECT_EQ(b.look(), state::open);
}

TEST(Breaker, StaysClosedWhileFewerThanItsPartFail) {
    bench b;
    for (int i = 0; i < 100; ++i) {
        b.succeeds();
        b.succeeds();
        b.fails();
        b.now += 100ms;
        ASSERT_EQ(b.look(), state::closed);
    }
}

TEST(Breaker, AsksForSoManyRequestsBeforeItJudgesAPart) {
    bench b;
    for (int i = 0; i < 4; ++i) {
        b.fails();
        b.succeeds();
    }
    EXPECT_EQ(b.look(), state::closed);
    b.fails();
    EXPECT_EQ(b.look(), state::closed) << "the ninth request";
    b.fails();
    EXPECT_EQ(b.look(), state::open) << "the tenth";
}

TEST(Breaker, ForgetsWhatIsOlderThanTheWindow) {
    bench b;
    for (int i = 0; i < 4; ++i) {
        b.succeeds();
        b.fails();
    }
    b.succeeds();
    b.now += 10s;
    b.fails();
    b.fails();
    EXPECT_EQ(b.look(), state::closed);
    b.succeeds();
    b.now += 10s;
    for (int i = 0; i < 8; ++i)
        b.succeeds();
    b.fails();
    b.fails();
    EXPECT_EQ(b.look(), state::closed) << "two of ten";
}

TEST(Breaker, MovesItsWindowByTenths) {
    bench b;
    for (int i = 0; i < 2; ++i) {
        b.fails();
        b.succeeds();
        b.fails();
        b.succeeds();
        b.now += i == 0 ? 4s : 5s;
    }
    b.succeeds();
    b.fails();  // the first four are 9 s old: five of ten
    EXPECT_EQ(b.look(), state::open);

    bench late;
    for (int i = 0; i < 2; ++i) {
        late.fails();
        late.succeeds();
        late.fails();
        late.succeeds();
        late.now += 5s;
    }
    late.succeeds();
    late.fails();  // the first four are 10 s old
    EXPECT_EQ(late.look(), state::closed);
}

TEST(Breaker, TakesAStreamThatBreaksForOneRequest) {
    bench b;
    for (int i = 0; i < 2; ++i) {
        b.breaks();
        b.breaks();
        for (int j = 0; j < 3; ++j)
            b.succeeds();
    }
    b.breaks();
    EXPECT_EQ(b.look(), state::closed) << "five of eleven";
    b.breaks();
    EXPECT_EQ(b.look(), state::open) << "six of twelve";
}

TEST(Breaker, CountsStreamsThatBrokeAnewAfterAWholeAnswer) {
    bench b;
    b.breaks();
    b.breaks();
    b.succeeds();
    b.breaks();
    EXPECT_EQ(b.look(), state::closed);
}

TEST(Breaker, CountsAnAnswerThatHadContentOnce) {
    bench b;
    for (int i = 0; i < 5; ++i) {
        b.fails();
        auto one = b.tested.force(b.now);
        b.tested.hear(one, b.now);
        b.tested.hear(one, b.now);
        if (i < 4) b.tested.succeed(one, b.now);
    }
    b.fails();
    EXPECT_EQ(b.look(), state::open) << "six of eleven";
}

TEST(Breaker, SparesATargetWhoseLimitIsSpent) {
    bench b;
    b.tested.rest_until(b.now + 5s);
    EXPECT_EQ(b.look(), state::open);
    EXPECT_FALSE(b.admit());
    EXPECT_EQ(b.tested.closed_until(), b.now + 5s);
    EXPECT_EQ(b.tested.failures_in_row(), 0);
    b.now += 5s;
    EXPECT_EQ(b.look(), state::closed);
    EXPECT_TRUE(b.admit());
    EXPECT_TRUE(b.admit()) << "no trial is needed";
}

TEST(Breaker, SparesItThoughTheAnswerThatSaidSoIsWhole) {
    bench b;
    auto one = b.tested.force(b.now);
    b.tested.rest_until(b.now + 5s);
    b.tested.succeed(one, b.now);
    b.succeeds();
    EXPECT_EQ(b.look(), state::open);
}

TEST(Breaker, KeepsTheLongerRest) {
    bench b;
    b.tested.rest_until(b.now + 5s);
    b.tested.rest_until(b.now + 1s);
    EXPECT_EQ(b.tested.closed_until(), b.now + 5s);
}

TEST(Breaker, NeedsATrialAfterARestThatFollowedFailures) {
    bench b;
    b.open();
    b.tested.rest_until(b.now + 5s);
    b.now += 1s;
    EXPECT_EQ(b.look(), state::open);
    b.now += 4s;
    EXPECT_EQ(b.look(), state::half_open);
}

TEST(Breaker, KeepsWhatItKnowsUnderOtherRules) {
    bench b;
    b.fails();
    b.fails();
    auto rules = bench::rules();
    rules.failures = 4;
    rules.window = 60s;
    b.tested.adopt(rules);
    EXPECT_FALSE(b.fails());
    EXPECT_TRUE(b.fails());
}

TEST(Breaker, CountsNoFailuresInARowWhereTheRulesDoNot) {
    bench b;
    auto rules = bench::rules();
    rules.failures = 0;
    b.tested.adopt(rules);
    for (int i = 0; i < 9; ++i)
        EXPECT_FALSE(b.fails());
    EXPECT_TRUE(b.fails()) << "the tenth is a part of ten";
}

TEST(Breaker, LeavesNoTargetAloneWhereItIsOff) {
    bench b;
    b.open();
    auto rules = bench::rules();
    rules.on = false;
    b.tested.adopt(rules);
    EXPECT_EQ(b.look(), state::closed);
    for (int i = 0; i < 50; ++i)
        EXPECT_FALSE(b.fails(30s));
    EXPECT_EQ(b.look(), state::closed);
    b.tested.rest_until(b.now + 1s);
    EXPECT_EQ(b.look(), state::closed) << "nor for a spent limit";
}

TEST(Breaker, StandsRulesWithoutAnyTime) {
    bench b;
    upstream::breaker_rules none;
    none.window = 0ms;
    none.cool_down = 0ms;
    none.failures = 1;
    b.tested.adopt(none);
    EXPECT_TRUE(b.fails());
    EXPECT_EQ(b.look(), state::half_open);
}

}  // namespace
}  // namespace sluice::tests
