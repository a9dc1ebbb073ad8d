#include "upstream/mock/provider_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace sluice::upstream::mock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::array<int, 14> statuses{
    400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529};

TEST(MockProviderErrors, AreNeverEmptyAndNeverRetriedInTheGateway) {
    for (std::size_t i = 0; i < api_count; ++i) {
        const auto api = static_cast<upstream::api>(i);
        for (int status = 400; status < 600; ++status) {
            const failure said = provider_failure(status, api, "m");
            EXPECT_EQ(said.status, status);
            EXPECT_EQ(said.outcome, outcome::upstream_error);
            EXPECT_FALSE(said.type.empty());
            EXPECT_FALSE(said.message.empty());
            EXPECT_EQ(said.message.find('@'), std::string::npos) << said.message;
            EXPECT_FALSE(said.retryable);
        }
        EXPECT_FALSE(overloaded_in_stream(api).message.empty());
        EXPECT_FALSE(overloaded_in_stream(api).retryable);
    }
}

TEST(MockProviderErrors, AreOpenAisToItsClients) {
    const failure key = provider_failure(401, api::openai_chat, "gpt-4o");
    EXPECT_EQ(key.type, "invalid_request_error") << "OpenAI has no authentication_error";
    EXPECT_EQ(key.code, "invalid_api_key");
    EXPECT_THAT(key.message, HasSubstr("Incorrect API key provided: "));
    const failure model = provider_failure(404, api::openai_responses, "gpt-9");
    EXPECT_EQ(model.code, "model_not_found");
    EXPECT_EQ(model.message, "The model `gpt-9` does not exist or you do not have access to it.");
    const failure parameter = provider_failure(400, api::openai_completions, "gpt-4o");
    EXPECT_EQ(parameter.param, "temperature");
    EXPECT_EQ(parameter.code, "decimal_above_max_value");
    const failure rate = provider_failure(429, api::openai_embeddings, "gpt-4o");
    EXPECT_EQ(rate.type, "requests");
    EXPECT_EQ(rate.code, "rate_limit_exceeded");
    EXPECT_EQ(rate.retry_after, "1");
    const failure busy = provider_failure(503, api::openai_chat, "gpt-4o");
    EXPECT_EQ(busy.type, "service_unavailable_error");
    EXPECT_EQ(busy.code, "server_is_overloaded");
    EXPECT_EQ(provider_failure(500, api::openai_chat, "").type, "server_error");
}

TEST(MockProviderErrors, AreAnthropicsToItsClients) {
    const auto type_of = [](int status) {
        return provider_failure(status, api::anthropic_messages, "claude").type;
    };
    EXPECT_EQ(type_of(400), "invalid_request_error");
    EXPECT_EQ(type_of(401), "authentication_error");
    EXPECT_EQ(type_of(402), "billing_error");
    EXPECT_EQ(type_of(403), "permission_error");
    EXPECT_EQ(type_of(404), "not_found_error");
    EXPECT_EQ(type_of(413), "request_too_large");
    EXPECT_EQ(type_of(429), "rate_limit_error");
    EXPECT_EQ(type_of(500), "api_error");
    EXPECT_EQ(type_of(504), "timeout_error");
    EXPECT_EQ(type_of(529), "overloaded_error");
    EXPECT_EQ(provider_failure(401, api::anthropic_count_tokens, "").message, "invalid x-api-key");
    EXPECT_EQ(
        provider_failure(404, api::anthropic_messages, "claude-x").message, "model: claude-x"
    );
    EXPECT_EQ(provider_failure(529, api::anthropic_messages, "").message, "Overloaded");
}

TEST(MockProviderErrors, AreGooglesAndOllamasToTheirClients) {
    EXPECT_THAT(
        provider_failure(404, api::gemini, "gemini-x").message,
        HasSubstr("models/gemini-x is not found for API version v1beta")
    );
    EXPECT_EQ(
        provider_failure(503, api::gemini, "").message,
        "The model is overloaded. Please try again later."
    );
    EXPECT_EQ(
        provider_failure(404, api::ollama_chat, "llama9").message, "model 'llama9' not found"
    );
    EXPECT_THAT(
        provider_failure(503, api::ollama_generate, "").message,
        HasSubstr("maximum pending requests exceeded")
    );
}

TEST(MockProviderErrors, SayWhoAskedForThemToTheGatewaysOwnClients) {
    for (const api api : {api::native, api::ui_messages}) {
        for (const int status : statuses) {
            EXPECT_EQ(
                provider_failure(status, api, "m").message,
                "X-Mock-Error asked for status " + std::to_string(status)
            );
        }
    }
    EXPECT_EQ(provider_failure(429, api::native, "").type, "rate_limit_error");
    EXPECT_EQ(
        provider_failure(418, api::openai_chat, "").message, "X-Mock-Error asked for status 418"
    ) << "no provider has words for it";
}

TEST(MockProviderErrors, RepeatAModelsNameOnlyUpToALength) {
    EXPECT_LT(
        provider_failure(404, api::openai_chat, std::string(100'000, 'x')).message.size(), 300U
    );
    const limit_reached limit{false, 1, 1, 1, 60, false};
    EXPECT_LT(limit_failure(limit, api::gemini, std::string(100'000, 'x')).message.size(), 600U);
}

TEST(MockProviderErrors, TellQuotaFromRate) {
    const failure openai = quota_failure(api::openai_chat, "gpt-4o");
    EXPECT_EQ(openai.status, 429);
    EXPECT_EQ(openai.type, "insufficient_quota");
    EXPECT_EQ(openai.code, "insufficient_quota");
    EXPECT_EQ(openai.retry_after, "");
    EXPECT_THAT(
        provider_error_headers(openai, api::openai_chat),
        ElementsAre(Pair("x-should-retry", "false"))
    );
    EXPECT_EQ(quota_failure(api::anthropic_messages, "claude").status, 402);
    EXPECT_THAT(
        quota_failure(api::gemini, "").message, HasSubstr("You exceeded your current quota")
    );
    EXPECT_THAT(quota_failure(api::ollama_chat, "").message, HasSubstr("usage limit"));
}

TEST(MockProviderErrors, InAStreamAreWhatTheProviderReportsThere) {
    EXPECT_EQ(overloaded_in_stream(api::anthropic_messages).type, "overloaded_error");
    EXPECT_EQ(overloaded_in_stream(api::openai_chat).type, "server_error");
    EXPECT_EQ(overloaded_in_stream(api::openai_chat).code, "");
    EXPECT_EQ(overloaded_in_stream(api::openai_responses).code, "server_is_overloaded");
    EXPECT_EQ(overloaded_in_stream(api::gemini).status, 503);
    EXPECT_EQ(overloaded_in_stream(api::native).type, "overloaded_error");
}

TEST(MockProviderErrors, HaveTheHeadersThatSteerClients) {
    const auto headers = [](int status, api api) {
        return provider_error_headers(provider_failure(status, api, "m"), api);
    };
    EXPECT_THAT(
        headers(429, api::openai_chat),
        ElementsAre(Pair("retry-after-ms", "1000"), Pair("x-should-retry", "true"))
    );
    EXPECT_THAT(headers(400, api::openai_chat), IsEmpty());
    EXPECT_THAT(
        headers(400, api::anthropic_messages), ElementsAre(Pair("x-should-retry", "false"))
    );
    EXPECT_THAT(headers(529, api::anthropic_messages), ElementsAre(Pair("x-should-retry", "true")));
    EXPECT_THAT(headers(429, api::gemini), IsEmpty());
    EXPECT_THAT(headers(429, api::ollama_chat), IsEmpty());
}

TEST(MockDuration, IsWrittenAsOpenAiDoes) {
    EXPECT_EQ(duration_text(0), "0s");
    EXPECT_EQ(duration_text(0.006), "6ms");
    EXPECT_EQ(duration_text(0.0001), "1ms");
    EXPECT_EQ(duration_text(0.12), "120ms");
    EXPECT_EQ(duration_text(0.9991), "1s");
    EXPECT_EQ(duration_text(1.2), "1.2s");
    EXPECT_EQ(duration_text(9.816), "9.816s");
    EXPECT_EQ(duration_text(20), "20s");
    EXPECT_EQ(duration_text(62.5), "1m2.5s");
    EXPECT_EQ(duration_text(360), "6m0s");
    EXPECT_EQ(duration_text(3600), "1h0m0s");
    EXPECT_EQ(duration_text(-1), "0s");
    EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "0s");
    EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), duration_text(1e9));
}

}  // namespace
}  // namespace sluice::upstream::mock
