#include "upstream/providers/iam_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::chrono::system_clock::time_point now{1'700'000'000s};

provider_settings watsonx() {
    provider_settings provider;
    provider.name = "granite";
    provider.api_key = "the+key/=";
    return provider;
}

boost::system::result<iam_token, failure> read(
    int status, std::string_view body, const header_list& headers = {}
) {
    return read_iam_answer(watsonx(), status, headers, body, now);
}

TEST(IamToken, IsAskedForWithAForm) {
    const auto asked = make_iam_request(watsonx());
    EXPECT_EQ(asked.url, "https://iam.cloud.ibm.com/identity/token");
    EXPECT_EQ(
        asked.body,
        "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=the%2Bkey%2F%3D"
    );
    EXPECT_THAT(
        asked.headers, ::testing::Contains("Content-Type: application/x-www-form-urlencoded")
    );
    auto elsewhere = watsonx();
    elsewhere.iam_url = "https://iam.example/token";
    EXPECT_EQ(make_iam_request(elsewhere).url, "https://iam.example/token");
}

TEST(IamToken, IsReadWithItsLife) {
    const auto token = read(
        200, R"({"access_token":"eyJ.a","expires_in":3600,"expiration":1,"token_type":"Bearer"})"
    );
    ASSERT_TRUE(token.has_value());
    EXPECT_EQ(token->text, "eyJ.a");
    EXPECT_EQ(token->life, 3600s);
}

TEST(IamToken, MaySayWhenItEndsInstead) {
    const auto token = read(200, R"({"access_token":"eyJ.a","expiration":1700000060})");
    ASSERT_TRUE(token.has_value());
    EXPECT_EQ(token->life, 60s);
}

TEST(IamToken, LivesNoLongerThanADay) {
    const auto token = read(200, R"({"access_token":"eyJ.a","expires_in":9000000000000})");
    ASSERT_TRUE(token.has_value());
    EXPECT_EQ(token->life, 24h);
}

TEST(IamToken, IsNothingThatBreaksAHeaderOrHasNoLife) {
    for (const std::string_view body :
         {R"({"access_token":"a\r\nX: y","expires_in":3600})",
          R"({"access_token":"a b","expires_in":3600})",
          R"({"access_token":"","expires_in":3600})",
          R"({"access_token":"a","expires_in":0})",
          R"({"access_token":"a","expiration":1600000000})",
          R"({"access_token":"a"})",
          R"({"access_token":7,"expires_in":3600})",
          "<html>",
          "[]",
          ""}) {
        const auto token = read(200, body);
        ASSERT_FALSE(token.has_value()) << body;
        EXPECT_EQ(token.error().status, 502);
        EXPECT_EQ(token.error().code, "upstream_credentials");
    }
}

TEST(IamToken, IsRefusedWithoutNamingAnySecret) {
    const auto refused = read(
        400,
        R"({"errorCode":"BXNIM0415E","errorMessage":"Provided API key the+key/= could not be found."})"
    );
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(
        refused.error().message,
        "the provider 'granite' got no access token: IAM answered with HTTP status 400 (BXNIM0415E)"
    );
    EXPECT_EQ(refused.error().status, 502);
    EXPECT_FALSE(refused.error().retryable);
    const auto odd = read(403, R"({"errorCode":"the+key/="})");
    EXPECT_THAT(odd.error().message, Not(HasSubstr("the+key")));
}

TEST(IamToken, IsAskedForAgainWhereIamIsBusy) {
    const auto busy = read(429, "{}", {{"retry-after", "3"}});
    EXPECT_TRUE(busy.error().retryable);
    EXPECT_EQ(busy.error().status, 429);
    EXPECT_EQ(busy.error().retry_after, "3");
    EXPECT_EQ(read(503, "<html>").error().type, "overloaded_error");
    EXPECT_TRUE(read(500, "").error().retryable);
}

TEST(IamToken, IsRefreshedAheadOfItsEndButNotWhileYoung) {
    EXPECT_EQ(iam_refresh_after(1h), 50min);
    EXPECT_EQ(iam_refresh_after(20min), 16min);
    EXPECT_EQ(iam_refresh_after(3min), 2min);
    EXPECT_EQ(iam_refresh_after(60s), 30s);
    EXPECT_EQ(iam_refresh_after(24h), 24h - 10min);
    for (const auto life : {1s, 10s, 60s, 600s, 3600s}) {
        EXPECT_LE(iam_refresh_after(life), iam_usable_for(life));
        EXPECT_LE(iam_usable_for(life), life);
        EXPECT_GT(iam_usable_for(life), 0s);
    }
}

}  // namespace
}  // namespace sluice::upstream
