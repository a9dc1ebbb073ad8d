#include "upstream/routing/summed_usage.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::upstream {
namespace {

usage told(std::optional<std::int64_t> input, std::optional<std::int64_t> output) {
    usage made;
    made.input_tokens = input;
    made.output_tokens = output;
    return made;
}

TEST(SummedUsage, IsTheLatestWhereNothingBrokeOff) {
    const summed_usage sums;
    EXPECT_TRUE(sums.empty());
    EXPECT_EQ(sums.with(told(5, 7)), told(5, 7));
}

TEST(SummedUsage, AddsUpWhatWasTold) {
    usage first = told(100, 20);
    first.total_tokens = 120;
    first.cached_tokens = 64;
    first.cache_write_tokens = 3;
    first.reasoning_tokens = 8;
    first.input_audio_tokens = 1;
    first.output_audio_tokens = 2;
    usage latest = told(112, 30);
    latest.total_tokens = 142;
    latest.cached_tokens = 96;
    summed_usage sums;
    sums.close(first, 12);
    EXPECT_FALSE(sums.empty());
    usage all = told(212, 50);
    all.total_tokens = 262;
    all.cached_tokens = 160;
    all.cache_write_tokens = 3;
    all.reasoning_tokens = 8;
    all.input_audio_tokens = 1;
    all.output_audio_tokens = 2;
    EXPECT_EQ(sums.with(latest), all);
}

TEST(SummedUsage, EstimatesOutputByItems) {
    summed_usage sums;
    sums.close(told(100, {}), 12);
    EXPECT_EQ(sums.with(told(112, 30)), told(212, 42));
}

TEST(SummedUsage, BelievesNoCountThatWasToldBeforeTheTokensCame) {
    summed_usage sums;
    sums.close(told(100, 1), 12);
    EXPECT_EQ(sums.with(told(112, 30)), told(212, 42));
}

TEST(SummedUsage, EstimatesInputByTheNextWithoutWhatWasHandedOver) {
    summed_usage sums;
    sums.close({}, 12);
    sums.close({}, 8);
    // 120 are the prompt and 20 tokens of the answer.
    EXPECT_EQ(sums.with(told(120, 30)), told(100 + 112 + 120, 50));
}

TEST(SummedUsage, EstimatesInputByTheOneBeforeWithWhatWasHandedOver) {
    summed_usage sums;
    sums.close(told(100, 12), 12);
    sums.close({}, 8);
    EXPECT_EQ(sums.with(told({}, 30)), told(100 + 112 + 120, 50));
}

TEST(SummedUsage, HandsNoThoughtsOver) {
    usage first = told({}, 12);
    first.reasoning_tokens = 10;
    summed_usage sums;
    sums.close(first, 12);
    EXPECT_EQ(sums.with(told(102, 30)).input_tokens, 202);
}

TEST(SummedUsage, TellsNoSumOfWhatNobodyTold) {
    summed_usage sums;
    sums.close({}, 12);
    EXPECT_EQ(sums.with(usage{}), usage{});
    EXPECT_EQ(sums.with(told(112, {})), told(212, {}));
    EXPECT_EQ(sums.with(told({}, 30)), told({}, 42));
}

TEST(SummedUsage, CountsATotalThatOnlyTheLatestTold) {
    summed_usage sums;
    sums.close(told(100, {}), 12);
    usage latest = told(112, 30);
    latest.total_tokens = 150;  // some is neither
    EXPECT_EQ(sums.with(latest).total_tokens, 262);
}

TEST(SummedUsage, BearsNumbersThatCannotBe) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    const auto least = std::numeric_limits<std::int64_t>::min();
    summed_usage sums;
    sums.close(told(most, most), 12);
    sums.close(told(least, least), 3);
    EXPECT_EQ(sums.with(told(most, most)), told(most, most));
    EXPECT_EQ(sums.with(told(0, least)).output_tokens, most);
}

}  // namespace
}  // namespace sluice::upstream
