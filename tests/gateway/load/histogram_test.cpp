#include "gateway/load/report/histogram.hpp"

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

TEST(LoadHistogram, TellsSumMeanAndEndsExactly) {
    histogram times;
    EXPECT_EQ(times.mean_ns(), 0);
    EXPECT_EQ(times.min_ns(), 0);
    for (const std::int64_t ns : {1'000'003, 3'000'001, 2'000'002})
        times.record(ns);
    EXPECT_EQ(times.sum_ns(), 6'000'006);
    EXPECT_EQ(times.mean_ns(), 2'000'002);
    EXPECT_EQ(times.min_ns(), 1'000'003);
    EXPECT_EQ(times.max_ns(), 3'000'001);
}

TEST(LoadHistogram, AddsAnotherAsIfItHadRecordedItsTimes) {
    histogram first;
    histogram second;
    histogram both;
    for (std::int64_t ns = 1; ns < 4'000'000'000; ns = ns * 3 + 1) {
        (ns % 2 == 0 ? first : second).record(ns);
        both.record(ns);
    }
    first.add(second);
    first.add(histogram());
    EXPECT_EQ(first.hdr_base64(), both.hdr_base64());
    EXPECT_EQ(first.count(), both.count());
    EXPECT_EQ(first.min_ns(), 1);
    EXPECT_EQ(first.max_ns(), both.max_ns());
    EXPECT_EQ(first.sum_ns(), both.sum_ns());
}

TEST(LoadHistogram, TakesTheRankThatAShareMeansInSpiteOfFloatingPoint) {
    histogram times;
    for (std::int64_t ns = 1; ns <= 100; ++ns)
        times.record(ns);
    EXPECT_EQ(times.percentile_ns(0.07), 7);
    EXPECT_EQ(times.percentile_ns(0.29), 29);
}

TEST(LoadHistogram, TellsTheUpperEndOfABucketButNeverMoreThanTheMaximum) {
    histogram times;
    times.record(1000);  // its bucket is 1000 to 1003
    EXPECT_EQ(times.percentile_ns(0.5), 1000);
    times.record(5000);
    EXPECT_EQ(times.percentile_ns(0.5), 1003);
}

TEST(LoadHistogram, FindsATimeByItsRank) {
    histogram times;
    for (const std::int64_t ns : {30, 10, 20})
        times.record(ns);
    EXPECT_EQ(times.ranked_ns(1), 10);
    EXPECT_EQ(times.ranked_ns(2), 20);
    EXPECT_EQ(times.ranked_ns(9), 30);
}

TEST(LoadHistogram, SpreadsTheTimesOfABucketEvenly) {
    histogram times;
    for (int i = 0; i < 4; ++i)
        times.record(1000);
    EXPECT_EQ(times.count_below(1000), 0);
    EXPECT_EQ(times.count_below(1001), 1);
    EXPECT_EQ(times.count_below(1002), 2);
    EXPECT_EQ(times.count_below(9e9), 4);
}

TEST(LoadHistogram, HeedsWhatIsKnownOfItsMaximumOnlyWithinTheLastBucket) {
    histogram times;
    times.record(1001);
    times.know_max(1004);
    EXPECT_EQ(times.max_ns(), 1001);
    times.know_max(1003);
    EXPECT_EQ(times.max_ns(), 1003);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
