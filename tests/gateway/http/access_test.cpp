#include "gateway/http/access.hpp"

#include "tests/gateway/admission/some_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

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

const std::chrono::system_clock::time_point now{std::chrono::seconds{1'800'000'000}};

std::shared_ptr<const snapshot> guarded(auth_mode mode = auth_mode::keys) {
    auto settings = real_provider();
    settings.auth = mode;
    settings.keys = {some_key("team-a", "sk-secret"), some_key("ops", "sk-ops")};
    settings.keys[1].role = key_role::operator_;
    return *snapshot::make(std::make_shared<const configuration>(std::move(settings)), nullptr);
}

TEST(KeyRule, TakesTheKeysThatAreConfigured) {
    const auto serving = guarded();
    const auto judge = [&](upstream::header_list headers) {
        return judge_key(*serving, with(std::move(headers)), now);
    };
    EXPECT_EQ(judge({{"authorization", "Bearer sk-secret"}})->key->id, "team-a");
    EXPECT_EQ(judge({{"x-api-key", "sk-ops"}})->key->id, "ops");
    EXPECT_FALSE(judge({{"x-api-key", "sk-ops"}})->by_cookie);
    for (const auto& headers :
         {upstream::header_list{},
          {{"authorization", "Basic sk-secret"}},
          {{"authorization", "sk-secret"}},
          {{"cookie", "sluice_session=team-a.1900000000.00"}}}) {
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
}

TEST(KeyRule, KnowsKeysWhereNoneIsNeeded) {
    const auto serving = guarded(auth_mode::none);
    EXPECT_EQ(judge_key(*serving, with({}), now)->key, nullptr);
    EXPECT_EQ(judge_key(*serving, with({{"x-api-key", "unused"}}), now)->key, nullptr);
    EXPECT_EQ(judge_key(*serving, with({{"x-api-key", "sk-ops"}}), now)->key->id, "ops");
}

TEST(KeyRule, TakesThePagesCookieInAKeysPlace) {
    const auto serving = guarded();
    const auto* key = serving->keys.named("team-a");
    const auto value = serving->sessions.issue(*key, now + std::chrono::seconds{60});
    const auto cookie = "theme=dark; sluice_session=" + value;
    const auto judged = judge_key(*serving, with({{"cookie", cookie}}), now);
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->key, key);
    EXPECT_TRUE(judged->by_cookie);
    // A header says more than a cookie, which a browser sends unasked.
    EXPECT_FALSE(judge_key(*serving, with({{"cookie", cookie}, {"x-api-key", "no"}}), now));
}

TEST(KeyRule, LetsNoOtherPageUseTheCookieToChangeSomething) {
    const auto judge = [](upstream::header_list headers) {
        headers.emplace_back("host", "gateway.example:8080");
        return status_of(judge_cookie_use(with(std::move(headers))));
    };
    EXPECT_EQ(judge({{"origin", "http://gateway.example:8080"}}), 200);
    EXPECT_EQ(judge({{"sec-fetch-site", "same-origin"}}), 200);
    EXPECT_EQ(judge({}), 403);
    EXPECT_EQ(judge({{"origin", "null"}}), 403);
    EXPECT_EQ(judge({{"origin", "http://gateway.example"}}), 403);
    EXPECT_EQ(judge({{"origin", "http://evil.example"}, {"sec-fetch-site", "same-origin"}}), 403);
    EXPECT_EQ(judge({{"sec-fetch-site", "same-site"}}), 403);
    EXPECT_EQ(judge({{"sec-fetch-site", "none"}}), 403);
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

TEST(Cors, LetsAPageReadHowLongAnAnswerTookWhereItMayReadTheAnswer) {
    auto settings = real_provider();
    settings.server.cors_origins = {"https://chat.example.com"};
    const auto told = [&](const std::string& origin) {
        return cors_headers(settings, with({{"origin", origin}}));
    };
    const auto listed = Contains(Pair("Timing-Allow-Origin", "https://chat.example.com"));
    EXPECT_THAT(told("https://chat.example.com"), listed);
    EXPECT_THAT(
        told("https://chat.example.com"),
        Contains(Pair("Access-Control-Expose-Headers", HasSubstr(", Server-Timing, ")))
    );
    EXPECT_EQ(told("https://evil.example"), (upstream::header_list{{"Vary", "Origin"}}));
    settings.telemetry.server_timing = false;
    EXPECT_THAT(told("https://chat.example.com"), ::testing::Not(listed));
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
