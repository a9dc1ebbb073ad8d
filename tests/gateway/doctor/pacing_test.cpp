#include "gateway/doctor/pacing.hpp"

#include "tests/gateway/doctor/some_facts.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::gateway::doctor::testing {
namespace {

/// As a buffer lets tokens go: each `bytes`, when that is full.
stream_facts buffered(std::size_t count, std::size_t bytes) {
    const double full_ms = 40.0 * static_cast<double>(bytes / 100);
    return tokens(count, [&](double made) { return (std::floor(made / full_ms) + 1) * full_ms; });
}

TEST(Pacing, TakesTokensThatComeAsTheyAreMadeForOneByOne) {
    const auto came = judge_pace(tokens_as_made());
    EXPECT_EQ(came.how, pace::one_by_one);
    EXPECT_EQ(came.late_ms, 0);
    EXPECT_EQ(came.span_ms, 3960);
    EXPECT_EQ(came.bytes, 10'000U);
}

TEST(Pacing, ForgivesANetworkThatDelaysAFew) {
    const auto came = judge_pace(tokens(100, [](double made) {
        return made >= 2000 && made < 2300 ? 2400 : made + 10;
    }));
    EXPECT_EQ(came.how, pace::one_by_one);
}

TEST(Pacing, SeesABufferAndHowLargeItIs) {
    const auto came = judge_pace(buffered(100, 2000));
    EXPECT_EQ(came.how, pace::bursts);
    EXPECT_EQ(came.bursts, 5U);
    EXPECT_EQ(came.burst_events, 20U);
    EXPECT_EQ(came.burst_bytes, 2000U);
    EXPECT_EQ(came.silence_ms, 800);
}

TEST(Pacing, SeesABufferThatHoldsTheBeginningBackAndThenPassesAllOn) {
    const auto came = judge_pace(tokens(75, [](double made) { return std::max(made, 2200.0); }));
    EXPECT_EQ(came.how, pace::bursts);
    EXPECT_EQ(came.burst_events, 56U);
    EXPECT_EQ(came.silence_ms, 2200);
}

TEST(Pacing, SeesThatAllCameAtTheEnd) {
    const auto came = judge_pace(tokens_at_the_end());
    EXPECT_EQ(came.how, pace::at_the_end);
    EXPECT_EQ(came.bytes, 10'000U);
}

TEST(Pacing, DoesNotCallOneBurstTheEndOfAStreamThatGoesOn) {
    auto seen = tokens_at_the_end();
    seen.answer.ended = false;
    EXPECT_EQ(judge_pace(seen).how, pace::bursts);
}

TEST(Pacing, SaysNothingOfAStreamOfNothing) {
    EXPECT_EQ(judge_pace(stream_facts{}).how, pace::nothing);
}

TEST(Pacing, GoesByThePaceWhereEventsDoNotSayWhenTheyWereMade) {
    auto seen = tokens_as_made();
    auto held = tokens_at_the_end();
    for (auto* each : {&seen, &held}) {
        for (auto& piece : each->pieces)
            piece.made_ms.reset();
    }
    EXPECT_EQ(judge_pace(seen).how, pace::one_by_one);
    EXPECT_EQ(judge_pace(held).how, pace::at_the_end);
}

TEST(Pacing, DoesNotMixTheMakersClockWithAnother) {
    auto seen = tokens_as_made();
    for (std::size_t i = 0; i < seen.pieces.size(); i += 2)
        seen.pieces[i].made_ms.reset();
    EXPECT_EQ(judge_pace(seen).how, pace::one_by_one);
}

TEST(Pacing, GoesByTheSilencesBetweenPiecesThatAreCompressed) {
    stream_facts seen{.answer = stream_head(), .pace_ms = 40, .watched_ms = 4000};
    seen.compressed = true;
    for (int i = 0; i < 80; ++i)
        seen.pieces.push_back({50.0 * i, {}, 30});
    EXPECT_EQ(judge_pace(seen).how, pace::one_by_one);
    seen.pieces = {{3990, {}, 900}, {3991, {}, 10}};
    EXPECT_EQ(judge_pace(seen).how, pace::bursts);
    seen.answer.ended = true;
    EXPECT_EQ(judge_pace(seen).how, pace::at_the_end);
}

}  // namespace
}  // namespace sluice::gateway::doctor::testing
