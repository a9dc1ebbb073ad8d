#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/watsonx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::upstream::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string errors_body(std::string_view code, std::string_view message, int status) {
    return R"({"errors":[{"code":")" + std::string(code) + R"(","message":")" +
           std::string(message) +
           R"(","more_info":"https://x.example"}],"trace":"1f","status_code":)" +
           std::to_string(status) + "}";
}

provider_settings watsonx() {
    auto provider = plain_provider();
    provider.bearer_token = "eyJhbGciOi.token";
    return provider;
}

failure refused(int status, std::string_view code, std::string_view message) {
    auto codec = make_watsonx_codec();
    (void)codec->encode({}, watsonx(), "m");
    return codec->refuse(status, {}, errors_body(code, message, status));
}

failure in_stream(std::string_view event) {
    const std::string wire =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n" +
        std::string(event);
    const auto seen = run(make_watsonx_codec(), call(), watsonx(), {wire});
    EXPECT_TRUE(run(make_watsonx_codec(), call(), watsonx(), bytewise(wire)).key() == seen.key());
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_TRUE(seen.finishes.empty());
    return seen.failure.value_or(failure());
}

TEST(WatsonxErrors, AreReadFromTheFirstOfTheList) {
    const auto told = refused(400, "json_validation_error", "max_tokens must be positive");
    EXPECT_EQ(told.status, 400);
    EXPECT_EQ(told.type, "invalid_request_error");
    EXPECT_EQ(told.code, "json_validation_error");
    EXPECT_EQ(told.message, "max_tokens must be positive");
    EXPECT_FALSE(told.retryable);
}

TEST(WatsonxErrors, SayNothingOfTheGatewaysToken) {
    const auto told =
        refused(401, "authentication_token_expired", "token eyJhbGciOi.token expired");
    EXPECT_EQ(told.status, 502);
    EXPECT_EQ(told.code, "upstream_credentials");
    EXPECT_THAT(told.message, Not(HasSubstr("eyJ")));
    const auto other = refused(400, "invalid_input_argument", "bad: eyJhbGciOi.token");
    EXPECT_EQ(other.message, "bad: ***");
}

TEST(WatsonxErrors, TellASpentQuotaFromARateLimit) {
    const auto spent = refused(429, "token_quota_reached", "no more tokens");
    EXPECT_EQ(spent.status, 429);
    EXPECT_FALSE(spent.retryable);
    EXPECT_TRUE(refused(429, "rate_limit_reached_requests", "slow down").retryable);
}

TEST(WatsonxErrors, AreReadWithinTheStream) {
    const auto text = in_stream("event: error\ndata: out of memory\n\n");
    EXPECT_EQ(text.status, 502);
    EXPECT_THAT(text.message, HasSubstr("out of memory"));
    const auto quota = errors_body("token_quota_reached", "no more tokens", 0);
    EXPECT_EQ(in_stream("event: error\ndata: " + quota + "\n\n").status, 429);
    EXPECT_EQ(in_stream("data: " + quota + "\n\n").status, 429);
    const auto unknown = errors_body("model_not_supported", "Model 'x' is not supported", 0);
    EXPECT_EQ(in_stream("data: " + unknown + "\n\n").type, "not_found_error");
    EXPECT_EQ(in_stream("data: " + errors_body("internal", "x", 503) + "\n\n").status, 503);
    EXPECT_THAT(in_stream("data: {\"id\"}\n\n").message, HasSubstr("not JSON"));
}

TEST(WatsonxErrors, EndTheAnswerWhateverComesBehindThem) {
    const auto seen =
        run(make_watsonx_codec(),
            call(),
            watsonx(),
            {"event: error\ndata: error\n\n"
             "data: "
             "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"delta\":{\"content\":\"a\"}}]"
             "}\n\n"});
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_TRUE(seen.text.empty());
}

}  // namespace
}  // namespace sluice::upstream::testing
