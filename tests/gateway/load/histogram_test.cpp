#include "gateway/load/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

TEST(LoadHistogram, IsZeroWhereNothingWasRecorded) {
    const histogram times;
    EXPECT_EQ(times.count(), 0U);
    EXPECT_EQ(times.max_ns(), 0);
    EXPECT_EQ(times.percentile_ns(0.5), 0);
}

TEST(LoadHistogram, TellsShortTimesExactly) {
    histogram times;
    for (std::int64_t ns = 1; ns <= 100; ++ns)
        times.record(ns);
    EXPECT_EQ(times.percentile_ns(0.50), 50);
    EXPECT_EQ(times.percentile_ns(0.99), 99);
    EXPECT_EQ(times.percentile_ns(1), 100);
    EXPECT_EQ(times.percentile_ns(0), 1);
}

TEST(LoadHistogram, TellsEveryTimeWithinOnePercent) {
    for (double ns = 1; ns < 4e12; ns *= 1.37) {
        histogram times;
        const auto recorded = static_cast<std::int64_t>(ns);
        times.record(recorded);
        times.record(4'000'000'000'000);  // so that the maximum does not tell it
        EXPECT_NEAR(
            static_cast<double>(times.percentile_ns(0.5)),
            static_cast<double>(recorded),
            0.01 * static_cast<double>(recorded)
        );
    }
}

TEST(LoadHistogram, AgreesWithTheSortedTimes) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> latency(11, 1.5);
    std::vector<std::int64_t> sorted;
    histogram times;
    for (int i = 0; i < 20'000; ++i) {
        sorted.push_back(static_cast<std::int64_t>(latency(random)));
        times.record(sorted.back());
    }
    std::sort(sorted.begin(), sorted.end());
    for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
        const auto exact = static_cast<double>(sorted[rank]);
        EXPECT_NEAR(static_cast<double>(times.percentile_ns(share)), exact, 0.01 * exact) << share;
    }
    EXPECT_EQ(times.max_ns(), sorted.back());
}

TEST(LoadHistogram, BoundsWhatItCannotHold) {
    histogram times;
    times.record(-5);
    EXPECT_EQ(times.percentile_ns(1), 0);
    times.record(INT64_MAX);
    EXPECT_EQ(times.count(), 2U);
    EXPECT_GT(times.percentile_ns(1), 4'000'000'000'000);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
