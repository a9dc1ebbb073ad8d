#include "gateway/http/server_timing.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using std::chrono::microseconds;

std::string total(microseconds time) {
    return server_timing_text(std::nullopt, time);
}

TEST(ServerTiming, TellsOfAGenerationWhereTheTimeWent) {
    generation_timing timing;
    timing.queue = microseconds{100};
    timing.upstream = microseconds{201'500};
    timing.total = microseconds{1};
    EXPECT_EQ(
        server_timing_text(timing, microseconds{201'900}),
        "queue;dur=0.1, upstream;dur=201.5, total;dur=201.9"
    );
}

TEST(ServerTiming, TellsOfOtherAnswersHowLongTheyTook) {
    EXPECT_EQ(total(microseconds{1'234'567}), "total;dur=1234.567");
}

TEST(ServerTiming, HasNoDigitMoreThanItNeeds) {
    EXPECT_EQ(total(microseconds{0}), "total;dur=0");
    EXPECT_EQ(total(microseconds{1}), "total;dur=0.001");
    EXPECT_EQ(total(microseconds{10}), "total;dur=0.01");
    EXPECT_EQ(total(microseconds{999}), "total;dur=0.999");
    EXPECT_EQ(total(microseconds{1'000}), "total;dur=1");
    EXPECT_EQ(total(microseconds{1'010}), "total;dur=1.01");
    EXPECT_EQ(total(microseconds{3'600'000'000}), "total;dur=3600000");
}

TEST(ServerTiming, IsNeverNegative) {
    EXPECT_EQ(total(microseconds{-5}), "total;dur=0");
}

}  // namespace
}  // namespace sluice::gateway::testing
