#include "upstream/mock/rate_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <string>
#include <thread>

namespace sluice::upstream::mock {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr rate_limits::time_point start{1000h};
/// 2026-01-05T16:04:30Z
constexpr rate_limits::wall_time wall{1'767'629'070s};

class MockLimits : public testing::Test {
 protected:
    limit_answer ask(
        std::int64_t tokens = 0,
        std::chrono::milliseconds at = 0ms,
        std::string_view key = "k",
        api api = api::openai_chat
    ) {
        return limits_.ask(settings_, api, key, tokens, 0, start + at, "gpt-4o", wall);
    }

    static std::string header(const limit_answer& answer, std::string_view name) {
        for (const auto& [key, value] : answer.headers) {
            if (key == name) return value;
        }
        return "none";
    }

    limit_settings settings_;
    rate_limits limits_;
};

TEST_F(MockLimits, LetEverythingThroughWithoutNumbers) {
    const limit_answer answer = ask(1'000'000);
    EXPECT_FALSE(answer.refusal);
    EXPECT_THAT(answer.headers, IsEmpty());
}

TEST_F(MockLimits, TellOpenAisClientsWhatIsLeft) {
    settings_ = {500, 200'000};
    EXPECT_THAT(
        ask(1000).headers,
        ElementsAre(
            Pair("x-ratelimit-limit-requests", "500"),
            Pair("x-ratelimit-remaining-requests", "499"),
            Pair("x-ratelimit-reset-requests", "120ms"),
            Pair("x-ratelimit-limit-tokens", "200000"),
            Pair("x-ratelimit-remaining-tokens", "199000"),
            Pair("x-ratelimit-reset-tokens", "300ms")
        )
    );
}

TEST_F(MockLimits, TellAnthropicsClientsWhatIsLeft) {
    settings_ = {50, 30'000};
    EXPECT_THAT(
        ask(1400, 0ms, "k", api::anthropic_messages).headers,
        ElementsAre(
            Pair("anthropic-ratelimit-requests-limit", "50"),
            Pair("anthropic-ratelimit-requests-remaining", "49"),
            Pair("anthropic-ratelimit-requests-reset", "2026-01-05T16:04:32Z"),
            Pair("anthropic-ratelimit-tokens-limit", "30000"),
            Pair("anthropic-ratelimit-tokens-remaining", "29000"),
            Pair("anthropic-ratelimit-tokens-reset", "2026-01-05T16:04:33Z"),
            Pair("anthropic-ratelimit-input-tokens-limit", "30000"),
            Pair("anthropic-ratelimit-input-tokens-remaining", "29000"),
            Pair("anthropic-ratelimit-input-tokens-reset", "2026-01-05T16:04:33Z"),
            Pair("anthropic-ratelimit-output-tokens-limit", "30000"),
            Pair("anthropic-ratelimit-output-tokens-remaining", "29000"),
            Pair("anthropic-ratelimit-output-tokens-reset", "2026-01-05T16:04:33Z")
        )
    );
}

TEST_F(MockLimits, TellNothingToClientsOfGoogleAndOllama) {
    settings_ = {50, 30'000};
    EXPECT_THAT(ask(10, 0ms, "k", api::gemini).headers, IsEmpty());
    EXPECT_THAT(ask(10, 0ms, "k", api::ollama_chat).headers, IsEmpty());
}

TEST_F(MockLimits, LeaveOutWhatHasNoLimit) {
    settings_ = {3, 0};
    EXPECT_THAT(
        ask(1000).headers,
        ElementsAre(
            Pair("x-ratelimit-limit-requests", "3"),
            Pair("x-ratelimit-remaining-requests", "2"),
            Pair("x-ratelimit-reset-requests", "20s")
        )
    );
}

TEST_F(MockLimits, RefuseTheRequestThatIsTooMuchInOpenAisWords) {
    settings_ = {3, 0};
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(ask().refusal);
    const limit_answer answer = ask();
    ASSERT_TRUE(answer.refusal);
    EXPECT_EQ(answer.refusal->status, 429);
    EXPECT_EQ(answer.refusal->type, "requests");
    EXPECT_EQ(answer.refusal->code, "rate_limit_exceeded");
    EXPECT_EQ(
        answer.refusal->message,
        "Rate limit reached for gpt-4o in organization org-mock on requests per min (RPM): Limit "
        "3, Used 3, Requested 1. Please try again in 20s. Visit "
        "https://platform.openai.com/account/rate-limits to learn more."
    );
    EXPECT_EQ(answer.refusal->retry_after, "20");
    EXPECT_FALSE(answer.refusal->retryable);
    EXPECT_EQ(header(answer, "x-ratelimit-remaining-requests"), "0");
    EXPECT_EQ(header(answer, "x-ratelimit-reset-requests"), "1m0s");
    EXPECT_EQ(header(answer, "retry-after-ms"), "20000");
    EXPECT_EQ(header(answer, "x-should-retry"), "true");
    EXPECT_EQ(header(answer, "retry-after"), "none") << "the gateway writes that one";
}

/// The numbers of messages that people have reported.
TEST_F(MockLimits, SayHowLongToWaitAsOpenAiComputesIt) {
    settings_ = {0, 30'000};
    EXPECT_FALSE(ask(28'039).refusal);
    EXPECT_THAT(
        ask(3'906).refusal->message,
        HasSubstr("Limit 30000, Used 28039, Requested 3906. Please try again in 3.89s.")
    );
    EXPECT_FALSE(ask(1'898).refusal);
    const limit_answer answer = ask(385);
    EXPECT_THAT(
        answer.refusal->message,
        HasSubstr("tokens per min (TPM): Limit 30000, Used 29937, Requested 385. Please try again "
                  "in 644ms.")
    );
    EXPECT_EQ(answer.refusal->type, "tokens");
    EXPECT_EQ(answer.refusal->retry_after, "1");
    EXPECT_EQ(header(answer, "retry-after-ms"), "644");
}

TEST_F(MockLimits, SayThatARequestWillNeverFit) {
    settings_ = {0, 30'000};
    const limit_answer answer = ask(36'055);
    EXPECT_THAT(
        answer.refusal->message,
        HasSubstr("Request too large for gpt-4o in organization org-mock on tokens per min (TPM): "
                  "Limit 30000, Requested 36055. The input or output tokens must be reduced")
    );
    EXPECT_EQ(answer.refusal->retry_after, "");
    EXPECT_EQ(header(answer, "x-should-retry"), "false");
}

TEST_F(MockLimits, AreToldInTheWordsOfTheClientsProvider) {
    settings_ = {0, 30'000};
    EXPECT_FALSE(ask(30'000).refusal);
    const failure anthropic = *ask(5, 0ms, "k", api::anthropic_messages).refusal;
    EXPECT_EQ(anthropic.type, "rate_limit_error");
    EXPECT_THAT(
        anthropic.message,
        HasSubstr("This request would exceed your organization's rate limit of 30,000 input tokens "
                  "per minute (org: ")
    );
    const failure google = *ask(500, 0ms, "k", api::gemini).refusal;
    EXPECT_THAT(google.message, HasSubstr("_input_token_count, limit: 30000, model: gpt-4o\n"));
    EXPECT_THAT(google.message, HasSubstr("Please retry in 1s."));
    EXPECT_EQ(google.retry_after, "1");
    EXPECT_EQ(ask(5, 0ms, "k", api::ollama_chat).refusal->message, "too many requests");
    EXPECT_THAT(
        ask(5, 0ms, "k", api::native).refusal->message,
        HasSubstr("limit of 30000 tokens per minute is reached: 30000 used, 5 asked for")
    );
}

TEST_F(MockLimits, ComeBackEvenly) {
    settings_ = {60, 600};
    for (int i = 0; i < 60; ++i)
        EXPECT_FALSE(ask(10).refusal) << i;
    EXPECT_TRUE(ask(10).refusal);
    EXPECT_TRUE(ask(10, 999ms).refusal);
    EXPECT_FALSE(ask(10, 1000ms).refusal);
    EXPECT_TRUE(ask(10, 1000ms).refusal);
    EXPECT_EQ(header(ask(10, 31'000ms), "x-ratelimit-remaining-requests"), "29");
    EXPECT_EQ(header(ask(10, 10min), "x-ratelimit-remaining-requests"), "59") << "and no more";
}

TEST_F(MockLimits, DoNotGoBackWithTheClock) {
    settings_ = {60, 0};
    ask(0, 10s);
    EXPECT_EQ(header(ask(0, 5s), "x-ratelimit-remaining-requests"), "58");
    EXPECT_EQ(header(ask(0, 11s), "x-ratelimit-remaining-requests"), "58");
}

TEST_F(MockLimits, TakeNothingWhereTheyRefuse) {
    settings_ = {10, 100};
    EXPECT_TRUE(ask(101).refusal);
    EXPECT_EQ(ask(101).reserved, 0);
    EXPECT_EQ(header(ask(40), "x-ratelimit-remaining-requests"), "9");
    EXPECT_TRUE(ask(61).refusal);
    EXPECT_EQ(header(ask(60), "x-ratelimit-remaining-tokens"), "0");
}

TEST_F(MockLimits, ReserveTheAnswerAndSettleForWhatItWas) {
    settings_ = {0, 1000};
    const limit_answer answer =
        limits_.ask(settings_, api::openai_chat, "k", 100, 700, start, "mock", wall);
    EXPECT_EQ(answer.reserved, 800);
    EXPECT_EQ(header(answer, "x-ratelimit-remaining-tokens"), "200");
    limits_.settle("k", answer.reserved, 150);
    EXPECT_EQ(header(ask(0), "x-ratelimit-remaining-tokens"), "850");
    limits_.settle("k", 10, 60);
    EXPECT_EQ(header(ask(0), "x-ratelimit-remaining-tokens"), "800") << "more than was reserved";
    limits_.settle("nobody", 10, 60);
    limits_.settle("k", 5000, 0);
    EXPECT_EQ(header(ask(0), "x-ratelimit-remaining-tokens"), "1000");
}

TEST_F(MockLimits, HoldForEachKeyByItself) {
    settings_ = {1, 0};
    EXPECT_FALSE(ask(0, 0ms, "a").refusal);
    EXPECT_TRUE(ask(0, 0ms, "a").refusal);
    EXPECT_FALSE(ask(0, 0ms, "b").refusal);
    EXPECT_FALSE(ask(0, 0ms, "").refusal);
}

TEST_F(MockLimits, ForgetTheKeyThatWasIdleForLongest) {
    settings_ = {1, 0};
    ask(0, 0ms, "kept");
    ask(0, 0ms, "idle");
    for (std::size_t i = 0; i + 2 < rate_limits::keys_max; ++i)
        ask(0, 0ms, "key " + std::to_string(i));
    EXPECT_TRUE(ask(0, 0ms, "kept").refusal);
    ask(0, 0ms, "one more");
    EXPECT_TRUE(ask(0, 0ms, "kept").refusal);
    EXPECT_FALSE(ask(0, 0ms, "idle").refusal);
}

TEST_F(MockLimits, TakeNoHarmFromAbsurdNumbers) {
    settings_ = {1, 1000};
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_TRUE(
        limits_.ask(settings_, api::openai_chat, "k", most, most, start, "mock", wall).refusal
    );
    EXPECT_FALSE(limits_.ask(settings_, api::openai_chat, "k", -5, -5, start, "mock", wall).refusal
    );
}

TEST_F(MockLimits, CountExactlyWithSeveralThreads) {
    settings_ = {1000, 0};
    std::atomic<int> passed{0};
    const auto work = [&] {
        for (int i = 0; i < 800; ++i)
            passed += ask().refusal ? 0 : 1;
    };
    std::thread one(work);
    std::thread two(work);
    one.join();
    two.join();
    EXPECT_EQ(passed, 1000);
}

}  // namespace
}  // namespace sluice::upstream::mock
