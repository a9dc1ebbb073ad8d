#include "gateway/telemetry/histogram.hpp"

#include "gateway/telemetry/latency_bounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::array<std::int64_t, 3> tens{10, 20, 40};

histogram_view of(std::initializer_list<std::int64_t> values) {
    histogram made{tens};
    for (const auto value : values)
        made.observe(value);
    return made.view();
}

TEST(Histogram, CountsANumberUnderTheFirstBoundThatIsNotBelowIt) {
    const auto seen = of({0, 10, 11, 20, 40, 41, 1'000});
    EXPECT_THAT(seen.counts, ElementsAre(2, 2, 1, 2));
    EXPECT_EQ(seen.count(), 7);
    EXPECT_EQ(seen.sum, 1'122);
}

TEST(Histogram, CountsTheSameNumberManyTimesAtOnce) {
    histogram made{tens};
    made.observe(15, 4);
    EXPECT_THAT(made.view().counts, ElementsAre(0, 4, 0, 0));
    EXPECT_EQ(made.view().sum, 60);
}

TEST(HistogramView, AddsUpWorkers) {
    histogram_view sum;
    sum.add(of({5, 15}));
    sum.add(of({15, 100}));
    EXPECT_THAT(sum.counts, ElementsAre(1, 2, 0, 1));
    EXPECT_EQ(sum.sum, 135);
    EXPECT_THAT(sum.bounds, ElementsAre(10, 20, 40));
}

TEST(HistogramView, TellsWhatCameSinceAnEarlierOne) {
    histogram made{tens};
    made.observe(5);
    const auto earlier = made.view();
    made.observe(15);
    made.observe(50);
    const auto since = made.view().since(earlier);
    EXPECT_THAT(since.counts, ElementsAre(0, 1, 0, 1));
    EXPECT_EQ(since.sum, 65);
    EXPECT_THAT(made.view().since({}).counts, ElementsAre(1, 1, 0, 1)) << "since nothing: all";
}

TEST(HistogramView, PlacesAQuantileWithinItsBucket) {
    const auto seen = of({12, 14, 16, 18});
    EXPECT_EQ(seen.quantile(0.5), 15);
    EXPECT_EQ(seen.quantile(1), 20);
    EXPECT_EQ(seen.quantile(0), 10);
    const auto two = of({5, 5, 5, 30});
    EXPECT_EQ(two.quantile(0.75), 10);
    EXPECT_EQ(two.quantile(0.875), 30);
}

TEST(HistogramView, HasNoQuantileWithoutNumbers) {
    EXPECT_FALSE(of({}).quantile(0.5));
    EXPECT_FALSE(histogram_view{}.quantile(0.5));
}

TEST(HistogramView, KnowsNothingBeyondItsHighestBound) {
    EXPECT_EQ(of({1'000'000}).quantile(0.5), 40);
}

template <std::size_t Size>
void expect_good(const std::array<std::int64_t, Size>& bounds) {
    EXPECT_LE(Size, histogram::bounds_max);
    EXPECT_TRUE(std::ranges::is_sorted(bounds, std::less_equal<>{}));
    EXPECT_GT(bounds.front(), 0);
}

TEST(LatencyBounds, AscendAndFitIntoAHistogram) {
    expect_good(added_latency_bounds);
    expect_good(first_token_bounds);
    expect_good(inter_token_bounds);
    expect_good(output_token_bounds);
    expect_good(duration_bounds);
    expect_good(token_bounds);
}

TEST(LatencyBounds, ReachAsFarAsModelsThatReasonTake) {
    EXPECT_EQ(first_token_bounds.front(), ns_per_ms);
    EXPECT_EQ(first_token_bounds.back(), 300 * ns_per_s);
    EXPECT_EQ(duration_bounds.front(), 10 * ns_per_ms);
    EXPECT_GT(duration_bounds.back(), 600 * ns_per_s);
}

}  // namespace
}  // namespace sluice::gateway::testing
