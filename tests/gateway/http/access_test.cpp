#include "gateway/http/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

http_request with(upstream::header_list headers) {
    http_request request;
    request.headers = std::move(headers);
    return request;
}

configuration real_provider() {
    auto settings = default_configuration();
    provider_entry entry;
    entry.settings.kind = upstream::provider_settings::protocol::openai;
    settings.providers.push_back(entry);
    return settings;
}

int status_of(const std::optional<upstream::failure>& refused) {
    return refused ? refused->status : 200;
}

TEST(HostRule, WithoutKeysOnlyANameThatNobodyElseOwnsIsAnswered) {
    auto settings = real_provider();
    settings.server.hosts = {"gateway.example.com"};
    const auto judge = [&](const std::string& host) {
        return status_of(judge_host(settings, with({{"host", host}})));
    };
    for (const auto* host :
         {"localhost",
          "LOCALHOST:8080",
          "127.0.0.1",
          "10.0.0.1:80",
          "[::1]",
          "[::1]:8080",
          "gateway.example.com",
          "Gateway.Example.Com:443"})
        EXPECT_EQ(judge(host), 200) << host;
    for (const auto* host :
         {"evil.example",
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "1.2.3",
          "evil.gateway.example.com",
          "localhost."})
        EXPECT_EQ(judge(host), 421) << host;
}

TEST(HostRule, IsForRealProvidersWithoutKeys) {
    const auto foreign = with({{"host", "evil.example"}});
    EXPECT_FALSE(judge_host(default_configuration(), foreign));
    auto settings = real_provider();
    settings.auth = auth_mode::keys;
    EXPECT_FALSE(judge_host(settings, foreign));
}

TEST(OriginRule, RefusesForeignPagesUnlessTheyAreListed) {
    auto settings = real_provider();
    settings.server.cors_origins = {"https://chat.example.com"};
    const auto judge = [&](upstream::header_list headers) {
        headers.emplace_back("host", "gateway:8080");
        return status_of(judge_origin(settings, with(std::move(headers))));
    };
    EXPECT_EQ(judge({}), 200);
    EXPECT_EQ(judge({{"origin", "http://gateway:8080"}}), 200);
    EXPECT_EQ(judge({{"origin", "https://chat.example.com"}}), 200);
    EXPECT_EQ(
        judge({{"origin", "https://chat.example.com"}, {"sec-fetch-site", "cross-site"}}), 200
    );
    EXPECT_EQ(judge({{"origin", "https://evil.example"}}), 403);
    EXPECT_EQ(judge({{"origin", "null"}}), 403);
    EXPECT_EQ(judge({{"origin", "http://gateway:9090"}}), 403);
    EXPECT_EQ(judge({{"origin", "https://chat.example.com.evil.example"}}), 403);
    EXPECT_EQ(judge({{"sec-fetch-site", "cross-site"}}), 403);
    EXPECT_EQ(judge({{"sec-fetch-site", "same-origin"}}), 200);
}

TEST(OriginRule, LetsAnyPageUseTheMockButNoPrefetch) {
    const auto settings = default_configuration();
    EXPECT_FALSE(judge_origin(settings, with({{"origin", "https://evil.example"}})));
    EXPECT_EQ(status_of(judge_origin(settings, with({{"sec-purpose", "prefetch"}}))), 403);
    EXPECT_EQ(
        status_of(judge_origin(settings, with({{"sec-purpose", "prefetch;prerender"}}))), 403
    );
}

TEST(KeyRule, TakesTheKeysThatAreConfigured) {
    auto settings = real_provider();
    settings.auth = auth_mode::keys;
    client_key key{"team-a", key_role::user, {}};
    const std::string secret = "sk-secret";
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), key.sha256.data());
    settings.keys = {key};
    const auto judge = [&](upstream::header_list headers) {
        return judge_key(settings, with(std::move(headers)));
    };
    EXPECT_EQ(judge({{"authorization", "Bearer sk-secret"}})->key_id, "team-a");
    EXPECT_EQ(judge({{"x-api-key", "sk-secret"}})->key_id, "team-a");
    EXPECT_FALSE(judge({{"x-api-key", "sk-secret"}})->is_operator);
    settings.keys[0].role = key_role::operator_;
    EXPECT_TRUE(judge({{"x-api-key", "sk-secret"}})->is_operator);
    for (const auto& headers :
         {upstream::header_list{},
          {{"authorization", "Basic sk-secret"}},
          {{"authorization", "sk-secret"}}}) {
        const auto judged = judge(headers);
        ASSERT_FALSE(judged);
        EXPECT_EQ(judged.error().status, 401);
        EXPECT_EQ(judged.error().code, "missing_api_key");
    }
    const auto unknown = judge({{"authorization", "Bearer sk-other"}});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().status, 401);
    EXPECT_EQ(unknown.error().code, "invalid_api_key");
    EXPECT_THAT(unknown.error().message, ::testing::Not(HasSubstr("sk-other")));
    EXPECT_EQ(judge_key(real_provider(), with({}))->key_id, "");  // auth: none
}

TEST(Cors, IsOffForRealProvidersUnlessOriginsAreListed) {
    const auto page = with({{"origin", "https://chat.example.com"}});
    auto settings = real_provider();
    EXPECT_THAT(cors_headers(settings, page), IsEmpty());
    settings.server.cors_origins = {"https://chat.example.com"};
    EXPECT_THAT(
        cors_headers(settings, page),
        Contains(Pair("Access-Control-Allow-Origin", "https://chat.example.com"))
    );
    const auto other = cors_headers(settings, with({{"origin", "https://evil.example"}}));
    EXPECT_EQ(other, (upstream::header_list{{"Vary", "Origin"}}));
}

TEST(Cors, IsOpenForTheMock) {
    EXPECT_THAT(
        cors_headers(default_configuration(), with({{"origin", "https://any.example"}})),
        Contains(Pair("Access-Control-Allow-Origin", "https://any.example"))
    );
}

TEST(Cors, APreflightAllowsWhatWasAskedFor) {
    const auto headers = preflight_headers(
        with({{"access-control-request-headers", "authorization, x-mock-rate"}}), "POST, OPTIONS"
    );
    EXPECT_THAT(headers, Contains(Pair("Access-Control-Allow-Methods", "POST, OPTIONS")));
    EXPECT_THAT(
        headers, Contains(Pair("Access-Control-Allow-Headers", "authorization, x-mock-rate"))
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
