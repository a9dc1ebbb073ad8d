#include "tests/upstream/anthropic_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using namespace anthropic;
using ::testing::HasSubstr;
using ::testing::Not;

failure refusal(
    int status,
    std::string_view type,
    const header_list& headers = {},
    std::string_view message = "it says why"
) {
    auto provider = anthropic_provider();
    provider.client_key = true;
    auto asked = messages_call();
    asked.headers = {{"x-api-key", "sk-ant-api03-client"}};
    auto codec = make_anthropic_codec();
    (void)codec->encode(asked, provider, "m");
    std::string body{R"({"type":"error","error":{"type":")"};
    body.append(type).append(R"(","message":")").append(message).append("\"}}");
    return codec->refuse(status, headers, body);
}

TEST(AnthropicErrors, KeepsWhatIsTheClientsFault) {
    for (const auto& [status, type] :
         {std::pair(400, "invalid_request_error"),
          std::pair(401, "authentication_error"),
          std::pair(403, "permission_error"),
          std::pair(404, "not_found_error"),
          std::pair(413, "request_too_large")}) {
        const auto why = refusal(status, type);
        EXPECT_EQ(why.status, status);
        EXPECT_EQ(why.type, type);
        EXPECT_EQ(why.message, "it says why");
        EXPECT_FALSE(why.retryable);
    }
}

TEST(AnthropicErrors, KnowsOverloadAndRateLimits) {
    const auto overloaded = refusal(529, "overloaded_error", {{"retry-after", "7"}});
    EXPECT_EQ(overloaded.status, 503);
    EXPECT_EQ(overloaded.type, "overloaded_error");
    EXPECT_EQ(overloaded.retry_after, "7");
    EXPECT_TRUE(overloaded.retryable);
    const auto limited = refusal(429, "rate_limit_error", {{"retry-after", "3"}});
    EXPECT_EQ(limited.status, 429);
    EXPECT_TRUE(limited.retryable);
    EXPECT_EQ(refusal(402, "billing_error").type, "billing_error");
    EXPECT_TRUE(refusal(500, "api_error").retryable);
    EXPECT_EQ(refusal(504, "timeout_error").type, "timeout_error");
}

TEST(AnthropicErrors, GivesNoKeyAwayInTheIdOfTheRequest) {
    const std::string error =
        R"({"type":"error","error":{"type":"api_error","message":"no"},"request_id":"r-sk-secret-key"})";
    EXPECT_EQ(run_anthropic(messages_call(false), {error}).failure->request_id, "r-***");
    const auto wire = "event: error\ndata: " + error + "\n\n";
    for (const auto& asked : {translated_call(), messages_call()})
        EXPECT_EQ(run_anthropic(asked, {wire}).failure->request_id, "r-***");
}

TEST(AnthropicErrors, GivesNoKeyAway) {
    const auto why = refusal(400, "invalid_request_error", {}, "bad key sk-ant-api03-client");
    EXPECT_THAT(why.message, Not(HasSubstr("sk-ant")));
    auto codec = make_anthropic_codec();
    (void)codec->encode(messages_call(), anthropic_provider(), "m");
    const auto own = codec->refuse(
        401, {}, R"({"type":"error","error":{"type":"authentication_error","message":"sk-secret"}})"
    );
    EXPECT_EQ(own.status, 502);
    EXPECT_THAT(own.message, Not(HasSubstr("sk-secret")));
}

TEST(AnthropicErrors, ReadsTheTypeOfAnErrorInTheStream) {
    const auto reported = [](std::string_view type) {
        std::string event{"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\""};
        event.append(type).append("\",\"message\":\"no\"}}\n\n");
        return run_anthropic(translated_call(), {event}).failure.value_or(failure());
    };
    EXPECT_EQ(reported("rate_limit_error").status, 429);
    EXPECT_EQ(reported("invalid_request_error").status, 400);
    EXPECT_EQ(reported("request_too_large").status, 413);
    EXPECT_EQ(reported("timeout_error").type, "timeout_error");
    EXPECT_EQ(reported("billing_error").type, "billing_error");
    EXPECT_FALSE(reported("billing_error").retryable);
    EXPECT_EQ(reported("api_error").type, "upstream_error");
    EXPECT_TRUE(reported("api_error").retryable);
}

TEST(AnthropicErrors, TellsAnErrorThatIsNoEvent) {
    const auto seen = run_anthropic(
        messages_call(),
        {R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"}
    );
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->message, "Overloaded");
}

}  // namespace
}  // namespace sluice::upstream::testing
