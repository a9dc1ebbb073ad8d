#include "upstream/mock/pacing.hpp"

#include "upstream/mock/changes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using namespace std::chrono_literals;
using time_point = conditions::time_point;

constexpr time_point start{1000h};

/// Conditions that a test sets.
struct weather final : conditions {
    double ttft = 1;
    double gap = 1;
    std::optional<timeline> over_time;

    double ttft_factor(time_point) const override { return ttft; }
    double gap_factor(time_point at) const override {
        return gap * (over_time ? over_time->gap_factor(at) : 1);
    }
    time_point released(time_point at) const override {
        return over_time ? over_time->released(at) : at;
    }
};

options constant(double ttft_s, double rate) {
    options made;
    made.ttft = distribution(ttft_s);
    made.rate = rate;
    return made;
}

pacing begun(const options& options, const conditions& how, std::int64_t prompt_tokens = 0) {
    pacing made(options, 1, prompt_tokens);
    made.begin(start, how);
    return made;
}

change still(std::chrono::milliseconds at, std::chrono::milliseconds lasts) {
    change made;
    made.at = at;
    made.lasts = lasts;
    made.stall = true;
    return made;
}

TEST(MockPacing, KeepsAConstantRateWithoutDrift) {
    const weather fair;
    pacing pacing = begun(constant(0.2, 3), fair);
    EXPECT_EQ(pacing.due(0, fair), start + 200ms);
    for (std::int64_t n = 1; n <= 300'000; ++n)
        pacing.due(n, fair);
    EXPECT_EQ(pacing.due(300'000, fair), start + 200ms + 100'000s);
}

TEST(MockPacing, IsFinerThanAMillisecond) {
    const weather fair;
    pacing pacing = begun(constant(80e-6, 8000), fair);
    EXPECT_EQ(pacing.due(0, fair), start + 80us);
    EXPECT_EQ(pacing.due(1, fair), start + 205us);
}

TEST(MockPacing, GivesTheSameTimeHoweverOftenItIsAsked) {
    const weather fair;
    options jittery = constant(0, 0);
    jittery.gap = distribution(distribution::exponential{0.02});
    pacing pacing = begun(jittery, fair);
    const time_point third = pacing.due(3, fair);
    EXPECT_EQ(pacing.due(3, fair), third);
    EXPECT_GT(pacing.due(4, fair), third);
}

TEST(MockPacing, GivesEverythingAtOnceWithoutARate) {
    const weather fair;
    pacing pacing = begun(constant(0.5, 0), fair);
    EXPECT_EQ(pacing.due(1000, fair), start + 500ms);
}

TEST(MockPacing, AddsUpGapsThatAreDrawn) {
    const weather fair;
    options jittery = constant(0, 50);
    jittery.gap = distribution(distribution::gamma{0.02, 0.5});
    pacing pacing = begun(jittery, fair);
    const auto whole = std::chrono::duration<double>(pacing.due(10'000, fair) - start).count();
    EXPECT_NEAR(whole, 200, 4);
    jittery.gap = distribution(0.25);
    mock::pacing even = begun(jittery, fair);
    EXPECT_EQ(even.due(8, fair), start + 2s);
}

TEST(MockPacing, DrawsTheSameTimesForTheSameSeed) {
    const weather fair;
    options jittery = constant(0, 0);
    jittery.ttft = distribution(distribution::log_normal{0.4, 0.5});
    jittery.gap = distribution(distribution::exponential{0.02});
    const auto tenth = [&](std::uint64_t seed) {
        pacing made(jittery, seed, 0);
        made.begin(start, fair);
        return made.due(10, fair);
    };
    EXPECT_EQ(tenth(5), tenth(5));
    EXPECT_NE(tenth(5), tenth(6));
}

TEST(MockPacing, ReadsThePromptBeforeTheFirstToken) {
    const weather fair;
    options slow = constant(0.1, 10);
    slow.prefill_s = 50e-6;
    EXPECT_EQ(begun(slow, fair, 4000).due(0, fair), start + 300ms);
}

TEST(MockPacing, IsSlowedDownFromTheNextTokenOn) {
    weather weather;
    weather.ttft = 3;
    pacing pacing = begun(constant(0.1, 10), weather);
    EXPECT_EQ(pacing.due(0, weather), start + 300ms);
    EXPECT_EQ(pacing.due(2, weather), start + 500ms);
    weather.gap = 2;
    EXPECT_EQ(pacing.due(4, weather), start + 900ms);
    weather.gap = 1;
    EXPECT_EQ(pacing.due(5, weather), start + 1000ms);
}

TEST(MockPacing, GoesOnFromTheEndOfAStandstillAtItsPace) {
    weather weather;
    weather.over_time.emplace(std::vector<change>{still(450ms, 1000ms)}, start);
    pacing pacing = begun(constant(0.2, 10), weather);
    EXPECT_EQ(pacing.due(2, weather), start + 400ms);
    EXPECT_EQ(pacing.due(3, weather), start + 1450ms);
    EXPECT_EQ(pacing.due(4, weather), start + 1550ms);
}

TEST(MockPacing, HoldsTheFirstTokenBackInAStandstill) {
    weather weather;
    weather.over_time.emplace(std::vector<change>{still(0ms, 5000ms)}, start);
    EXPECT_EQ(begun(constant(0.2, 10), weather).due(0, weather), start + 5s);
}

TEST(MockChanges, LastAsLongAsTheySay) {
    change slow;
    slow.at = 10s;
    slow.lasts = 5s;
    slow.ttft_factor = 4;
    slow.gap_factor = 2;
    const timeline timeline({slow}, start);
    EXPECT_EQ(timeline.ttft_factor(start + 9999ms), 1);
    EXPECT_EQ(timeline.ttft_factor(start + 10s), 4);
    EXPECT_EQ(timeline.gap_factor(start + 14999ms), 2);
    EXPECT_EQ(timeline.gap_factor(start + 15s), 1);
    EXPECT_EQ(timeline.gap_factor(start - 1s), 1);
}

TEST(MockChanges, ComeAgain) {
    change slow;
    slow.at = 10s;
    slow.lasts = 5s;
    slow.every = 60s;
    slow.gap_factor = 2;
    const timeline timeline({slow}, start);
    EXPECT_EQ(timeline.gap_factor(start + 12s), 2);
    EXPECT_EQ(timeline.gap_factor(start + 69s), 1);
    EXPECT_EQ(timeline.gap_factor(start + 72s), 2);
    EXPECT_EQ(timeline.gap_factor(start + 6016s), 1);
    EXPECT_EQ(timeline.gap_factor(start + 6010s), 2);
}

TEST(MockChanges, LastForEverWhereNothingElseIsSaid) {
    change slow;
    slow.gap_factor = 2;
    EXPECT_EQ(timeline({slow}, start).gap_factor(start + 1000h), 2);
}

TEST(MockChanges, MultiplyWhereTheyMeet) {
    change slow;
    slow.gap_factor = 2;
    change slower;
    slower.gap_factor = 3;
    EXPECT_EQ(timeline({slow, slower}, start).gap_factor(start), 6);
}

TEST(MockChanges, HoldTokensUntilTheLastStandstillIsOver) {
    const timeline timeline({still(2s, 3s), still(1s, 2s)}, start);
    EXPECT_EQ(timeline.released(start + 500ms), start + 500ms);
    EXPECT_EQ(timeline.released(start + 1500ms), start + 5s);
    EXPECT_EQ(timeline.released(start + 5s), start + 5s);
}

TEST(MockChanges, HoldTokensWithoutEndWithinTime) {
    EXPECT_GT(timeline({still(0ms, 0ms)}, start).released(start), start + 24h);
    change repeated = still(0ms, 10ms);
    repeated.every = 10ms;
    EXPECT_GT(timeline({repeated}, start).released(start + 5ms), start + 24h);
}

}  // namespace
}  // namespace sluice::upstream::mock
