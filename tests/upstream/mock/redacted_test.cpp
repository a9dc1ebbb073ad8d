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
    EXPECT_EQ(redacted(lines, {}), wanted);
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

TEST(Redacted, HidesWhatAnOperatorConfiguredWhateverItsName) {
    const header_list wanted{{"User-Agent", "***"}, {"Accept", "*/*"}};
    EXPECT_EQ(
        redacted({"User-Agent: sk-secret", "Accept: */*"}, {{"user-agent", "sk-secret"}}), wanted
    );
}

TEST(Redacted, MakesHeadersOfEverything) {
    const header_list headers{{"x y", "1"}, {"", "1"}, {"server", "a\x01z"}, {"date", "now"}};
    const header_list wanted{{"***", "***"}, {"***", "***"}, {"server", "***"}, {"date", "now"}};
    EXPECT_EQ(redacted(headers), wanted);
}

const std::vector<std::string> credentials{
    "Authorization: Bearer sk-the-key",
    "x-other: one-more-key",
    "x-short: 7",
    "accept: text/plain"};

std::string without_secrets(std::string text) {
    secrets(credentials, "https://a.test/x?key=key-of-url&alt=sse-sse-sse").hide(text);
    return text;
}

TEST(Secrets, AreHiddenByteForByte) {
    EXPECT_EQ(without_secrets("key sk-the-key, sk-the-key."), "key **********, **********.");
    EXPECT_EQ(without_secrets("Bearer sk-the-keysk-the-key"), std::string(17 + 10, '*'));
    EXPECT_EQ(without_secrets("one-more-key"), std::string(12, '*'));
    EXPECT_EQ(without_secrets("[key-of-url]"), "[**********]");
    EXPECT_EQ(without_secrets("sk-the-ke"), "sk-the-ke");
}

TEST(Secrets, AreOnlyWhatIsHiddenByName) {
    const std::string text = "7 text/plain sse-sse-sse Bearer";
    EXPECT_EQ(without_secrets(text), text);
}

TEST(Secrets, AreWaitedForWhereTheyMayHaveBegun) {
    const secrets known(credentials, "");
    EXPECT_EQ(known.begun_at_end("data: sk-the-ke"), 9U);
    EXPECT_EQ(known.begun_at_end("data: Bearer sk-the-ke"), 16U);
    EXPECT_EQ(known.begun_at_end("sk-the-kx"), 0U);
    EXPECT_EQ(known.begun_at_end("o"), 1U);
    EXPECT_EQ(known.begun_at_end(""), 0U);
    EXPECT_EQ(secrets().begun_at_end("abc"), 0U);
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
