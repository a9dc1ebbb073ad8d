#include "tests/end_to_end/support/guarded_mock.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PageSession : public ::testing::Test {
 protected:
    /// What a browser says of a page of this gateway's own: the tests call it localhost.
    static request from_page(request message) {
        return message.header("Origin", "http://localhost");
    }
    /// What a browser sends back of a Set-Cookie.
    std::string sign_in(const std::string& key) const {
        const auto response = gateway.ask(from_page(post("/session", {{"key", key}})));
        EXPECT_EQ(response.status, 204);
        const auto cookie = response.header("Set-Cookie");
        return cookie.substr(0, cookie.find(';'));
    }
    static request with_cookie(request message, const std::string& cookie) {
        return message.header("Cookie", cookie);
    }

    gateway_process gateway{guarded_mock("models: [mock]")};
    json ask_body{{"prompt", "Hi"}, {"stream", false}};
};

TEST_F(PageSession, IsGivenForAKeyAndCannotBeReadByScripts) {
    const auto response = gateway.ask(from_page(post("/session", {{"key", user_key}})));
    EXPECT_EQ(response.status, 204);
    const auto cookie = response.header("Set-Cookie");
    EXPECT_THAT(cookie, StartsWith("sluice_session=team-a."));
    for (const auto* part : {"; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"})
        EXPECT_THAT(cookie, HasSubstr(part));
    EXPECT_EQ(cookie.find(user_key), std::string::npos);
    EXPECT_EQ(gateway.ask(from_page(with_key(post_text("/session", "")))).status, 204);
}

TEST_F(PageSession, IsNotGivenForAnythingElse) {
    for (const auto& body :
         {R"({"key": "sk-wrong"})", R"({"key": 5})", "{}", "[]", "nonsense", R"({"key": ""})"}) {
        const auto response = gateway.ask(from_page(post_text("/session", body)));
        EXPECT_GE(response.status, 400) << body;
        EXPECT_LE(response.status, 401) << body;
        EXPECT_FALSE(response.has("Set-Cookie"));
    }
    // A cookie would go on for ever, and no key is as long as that.
    const auto by_cookie = with_cookie(from_page(post_text("/session", "")), sign_in(user_key));
    EXPECT_EQ(gateway.ask(by_cookie).status, 401);
    EXPECT_EQ(gateway.ask(from_page(post_text("/session", std::string(1 << 20, '[')))).status, 413);
    const auto foreign =
        post("/session", {{"key", user_key}}).header("Origin", "https://evil.example");
    EXPECT_EQ(gateway.ask(foreign).status, 403);
}

TEST_F(PageSession, LetsThePagesOwnRequestsIn) {
    const auto cookie = sign_in(user_key);
    EXPECT_EQ(gateway.ask(with_cookie(get("/v1/models"), cookie)).status, 200);
    EXPECT_EQ(
        gateway.ask(with_cookie(from_page(post("/v1/streams", ask_body)), cookie)).status, 200
    );
    EXPECT_EQ(gateway.ask(with_cookie(get("/metrics"), cookie)).status, 403);
    EXPECT_EQ(gateway.ask(with_cookie(get("/metrics"), sign_in(operator_key))).status, 200);
}

TEST_F(PageSession, ChangesNothingForOtherPages) {
    const auto cookie = sign_in(user_key);
    const auto ask = post("/v1/streams", ask_body);
    expect_native_error(gateway.ask(with_cookie(ask, cookie)), 403);
    auto foreign = ask;
    foreign.header("Origin", "https://evil.example");
    expect_native_error(gateway.ask(with_cookie(foreign, cookie)), 403);
    EXPECT_EQ(gateway.ask(with_cookie(get("/v1/stream?prompt=Hi"), cookie)).status, 403);
    const auto own = get("/v1/stream?prompt=Hi").header("Sec-Fetch-Site", "same-origin");
    EXPECT_EQ(gateway.ask(with_cookie(own, cookie)).status, 200);
}

TEST_F(PageSession, TellsWhoseItIsAndIsForgottenOnDemand) {
    EXPECT_EQ(gateway.ask(get("/session")).json(), json({{"keys", true}, {"key", nullptr}}));
    const auto cookie = sign_in(operator_key);
    EXPECT_EQ(
        gateway.ask(with_cookie(get("/session"), cookie)).json(),
        json({{"keys", true}, {"key", "ops"}, {"role", "operator"}})
    );
    const auto out = gateway.ask(from_page(remove("/session")));
    EXPECT_EQ(out.status, 204);
    EXPECT_THAT(out.header("Set-Cookie"), StartsWith("sluice_session=; "));
    EXPECT_THAT(out.header("Set-Cookie"), HasSubstr("Max-Age=0"));
}

TEST_F(PageSession, IsNothingWhereThereAreNoKeys) {
    const gateway_process open;
    EXPECT_EQ(open.ask(get("/session")).json(), json({{"keys", false}, {"key", nullptr}}));
    EXPECT_EQ(open.ask(post("/session", {{"key", "x"}})).status, 404);
}

// ---- what keys are for ----

TEST(KeyModels, AreTheOnlyOnesThatItSeesAndGets) {
    const gateway_process gateway(
        "server: {listen: [\"127.0.0.1:0\"], workers: 1}\nproviders: {mock: {kind: mock, ttft: "
        "0ms, rate: 0}}\nmodels:\n  - {name: a, targets: [{provider: mock, model: m}]}\n  - "
        "{name: b, targets: [{provider: mock, model: m}]}\nkeys:\n  - {id: team-a, models: [a], "
        "sha256: \"" +
        sha256_hex(user_key) + "\"}\n"
    );
    const auto ask = [&](const std::string& model) {
        return gateway.ask(
            with_key(post("/v1/streams", {{"model", model}, {"prompt", "Hi"}, {"stream", false}}))
        );
    };
    EXPECT_EQ(ask("a").status, 200);
    const auto refused = ask("b");
    expect_native_error(refused, 403);
    EXPECT_THAT(refused.body, HasSubstr("team-a"));
    // Whether there is one of that name is not this key's business.
    EXPECT_EQ(ask("no-such-model").status, 403);
    const auto listed = gateway.ask(with_key(get("/v1/models"))).json().at("data");
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].at("id"), "a");
    EXPECT_EQ(gateway.ask(with_key(get("/v1/models/b"))).status, 404);
}

TEST(ExpiredKey, IsNoKey) {
    const gateway_process gateway(guarded_mock("expires: 2020-01-01"));
    expect_native_error(gateway.ask(ask_mock(1, false)), 401);
}

TEST(OperatorsEndpoints, AskForAnOperatorsKeyAsSoonAsThereAreKeys) {
    const gateway_process gateway(guarded_mock({}, {}, "auth: none\n"));
    for (const auto* path : {"/metrics", "/v1/targets", "/v1/streams", "/v1/events"}) {
        EXPECT_EQ(gateway.ask(get(path)).status, 401) << path;
        EXPECT_EQ(gateway.ask(with_key(get(path))).status, 403) << path;
    }
    for (const auto* path : {"/metrics", "/v1/targets", "/v1/streams"})
        EXPECT_EQ(gateway.ask(with_key(get(path), operator_key)).status, 200) << path;
    const json native{{"prompt", "Hi"}, {"stream", false}};
    EXPECT_EQ(gateway.ask(post("/v1/streams", native)).status, 200);
}

TEST(KeyInTheUrl, OpensGeminisEndpointsAndIsWrittenNowhere) {
    gateway_process gateway(guarded_mock({}, {}, {}));
    const json body{
        {"contents",
         json::array({{{"role", "user"}, {"parts", json::array({{{"text", "Hi"}}})}}})}};
    const auto path = "/v1beta/models/mock:generateContent?key=";
    EXPECT_EQ(gateway.ask(post(path + user_key, body)).status, 200);
    EXPECT_EQ(gateway.ask(post(path + user_key + "x", body)).status, 401);
    EXPECT_EQ(gateway.ask(get("/v1/models?key=" + user_key)).status, 401);
    EXPECT_NE(gateway.wait_for_log({"\"status\":401", "/v1/models"}), "");
    EXPECT_EQ(gateway.log().find(user_key), std::string::npos);
}

}  // namespace
}  // namespace sluice::end_to_end
