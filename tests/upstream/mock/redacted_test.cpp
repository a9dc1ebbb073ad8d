#include "upstream/mock/redacted.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::upstream::testing {
namespace {

TEST(Redacted, ShowsOnlyHeadersThatAreKnownToBeHarmless) {
    const std::vector<std::string> lines{
        "Content-Type: application/json",
        "Authorization: Bearer sk-secret",
        "x-api-key: sk-secret",
        "api-key: sk-secret",
        "X-Goog-Api-Key: sk-secret",
        "X-Amz-Security-Token: sk-secret",
        "x-invented-by-somebody: sk-secret",
        "anthropic-version: 2023-06-01",
        "sk-secret"};
    const header_list wanted{
        {"Content-Type", "application/json"},
        {"Authorization", "***"},
        {"x-api-key", "***"},
        {"api-key", "***"},
        {"X-Goog-Api-Key", "***"},
        {"X-Amz-Security-Token", "***"},
        {"x-invented-by-somebody", "***"},
        {"anthropic-version", "2023-06-01"},
        {"***", "***"}};
    EXPECT_EQ(redacted(lines), wanted);
}

TEST(Redacted, KeepsWhatAnAnswerSaysOfLimitsAndNoCookie) {
    const header_list headers{
        {"x-ratelimit-remaining-tokens", "12"},
        {"anthropic-ratelimit-requests-reset", "2026-11-26T14:00:00Z"},
        {"retry-after", "3"},
        {"x-request-id", "r1"},
        {"set-cookie", "session=1"}};
    auto wanted = headers;
    wanted.back().second = "***";
    EXPECT_EQ(redacted(headers), wanted);
}

TEST(Redacted, LeavesNoSecretInAUrl) {
    EXPECT_EQ(redacted_url("https://a.test/v1/chat"), "https://a.test/v1/chat");
    EXPECT_EQ(
        redacted_url("https://a.test/v1beta/models/m:streamGenerateContent?alt=sse&key=sk-secret"),
        "https://a.test/v1beta/models/m:streamGenerateContent?alt=sse&key=***"
    );
    EXPECT_EQ(redacted_url("https://u:sk-secret@a.test/x#sk-secret"), "https://a.test/x");
    EXPECT_EQ(redacted_url("https://a.test/x@y?sk-secret"), "https://a.test/x@y?***");
    EXPECT_EQ(
        redacted_url("https://a.test/x?api-version=2024-10-21"),
        "https://a.test/x?api-version=2024-10-21"
    );
}

}  // namespace
}  // namespace sluice::upstream::testing
