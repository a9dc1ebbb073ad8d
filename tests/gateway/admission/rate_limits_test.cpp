#include "gateway/admission/rate_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using kind = demand::kind;

// 2027-01-15T08:00:00Z
const std::chrono::system_clock::time_point now{std::chrono::seconds{1'800'000'000}};

const std::vector<demand> demands{
    {"key a", kind::requests, 60, 1},
    {"key a", kind::tokens, 1000, 300},
    {"model m", kind::requests, 10, 1},
    {"model m", kind::streams, 5, 1},
};
const std::vector<standing> standings{{59, 1s}, {700, 18s}, {4, 90'500ms}, {1, 0s}};

TEST(RateLimitHeaders, TellTheTightestBoundAsOpenAiDoes) {
    EXPECT_THAT(
        rate_limit_headers(demands, standings, limit_headers::openai, now),
        ElementsAre(
            Pair("x-ratelimit-limit-requests", "10"),
            Pair("x-ratelimit-remaining-requests", "4"),
            Pair("x-ratelimit-reset-requests", "1m30.500s"),
            Pair("x-ratelimit-limit-tokens", "1000"),
            Pair("x-ratelimit-remaining-tokens", "700"),
            Pair("x-ratelimit-reset-tokens", "18s")
        )
    );
}

TEST(RateLimitHeaders, TellTimesAsAnthropicDoes) {
    EXPECT_THAT(
        rate_limit_headers({demands[1]}, {{700, 17'001ms}}, limit_headers::anthropic, now),
        ElementsAre(
            Pair("anthropic-ratelimit-tokens-limit", "1000"),
            Pair("anthropic-ratelimit-tokens-remaining", "700"),
            Pair("anthropic-ratelimit-tokens-reset", "2027-01-15T08:00:18Z")
        )
    );
}

TEST(RateLimitHeaders, AreNoneForPlacesAndCosts) {
    const std::vector<demand> others{
        {"key a", kind::streams, 5, 1}, {"key a", kind::day_cost, 100, 1}};
    EXPECT_THAT(
        rate_limit_headers(others, {{1, 0s}, {2, 0s}}, limit_headers::openai, now), IsEmpty()
    );
}

TEST(RefusedDemand, SaysWhichBoundAndWhenItIsOver) {
    limit_verdict verdict;
    verdict.refused = 0;
    verdict.retry_after = 1'200'000'001ns;
    const auto reason = refuse_demand(demands[0], verdict);
    EXPECT_EQ(reason.status, 429);
    EXPECT_EQ(reason.type, "rate_limit_error");
    EXPECT_EQ(reason.code, "rate_limit_exceeded");
    EXPECT_EQ(reason.retry_after, "1.201");
    EXPECT_THAT(reason.message, HasSubstr("requests_per_minute of key a"));
    EXPECT_TRUE(reason.retryable);
}

TEST(RefusedDemand, IsAQuotaWhereItIsMoney) {
    limit_verdict verdict;
    verdict.retry_after = 3600s;
    const auto reason = refuse_demand({"key a", kind::day_cost, 100, 1}, verdict);
    EXPECT_EQ(reason.code, "insufficient_quota");
    EXPECT_EQ(reason.retry_after, "3600");
}

TEST(RefusedDemand, ThatCanNeverBeMetIsNotToBeTriedAgain) {
    limit_verdict verdict;
    verdict.never = true;
    const auto reason = refuse_demand(demands[1], verdict);
    EXPECT_EQ(reason.status, 429);
    EXPECT_EQ(reason.code, "request_too_large");
    EXPECT_EQ(reason.retry_after, "");
    EXPECT_FALSE(reason.retryable);
}

}  // namespace
}  // namespace sluice::gateway::testing
