#include "tests/end_to_end/support/guarded_mock.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

json limit_named(const json& key, const std::string& name) {
    for (const auto& limit : key.at("limits")) {
        if (limit.at("name") == name) return limit;
    }
    return json::object();
}

json keys_of(const gateway_process& gateway) {
    return gateway.ask(with_key(get("/v1/keys"), operator_key)).json();
}

const std::string bounded =
    "limits: {requests_per_minute: 60, tokens_per_minute: 100000, concurrent_streams: 5, "
    "cost_per_day: 2.5}";
const std::string priced = "prices: [{provider: mock, model: mock, input: 1, output: 2}]\n";

TEST(KeysList, TellsOfAKeyThatWasNeverUsedThatAllIsThere) {
    const gateway_process gateway(guarded_mock(bounded + ", expires: \"2099-01-01\"", "", priced));
    const auto body = keys_of(gateway);
    EXPECT_EQ(body.at("total"), 2);
    const auto& team = body.at("keys").at(0);
    EXPECT_EQ(team.at("id"), "team-a");
    EXPECT_EQ(team.at("role"), "user");
    EXPECT_EQ(team.at("expires"), "2099-01-01");
    EXPECT_EQ(team.at("streams"), 0);
    ASSERT_EQ(team.at("limits").size(), 4U);
    for (const auto& limit : team.at("limits")) {
        EXPECT_EQ(limit.at("used"), 0) << limit;
        EXPECT_EQ(limit.at("remaining"), limit.at("limit")) << limit;
        EXPECT_EQ(limit.at("reset_seconds"), 0) << limit;
    }
    EXPECT_EQ(limit_named(team, "cost_per_day").at("limit"), 2.5);
    const json ops{
        {"id", "ops"},
        {"role", "operator"},
        {"expires", nullptr},
        {"streams", 0},
        {"limits", json::array()}};
    EXPECT_EQ(body.at("keys").at(1), ops);
}

TEST(KeysList, TellsWhatWasUsedAndWhatRuns) {
    const gateway_process gateway(guarded_mock(bounded, "", priced, 2));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(gateway.ask(ask_mock(10, false)).status, 200);
    open_stream running(gateway, ask_mock(5000).header("X-Mock-Rate", "20"));
    running.expect_next();
    const auto team = keys_of(gateway).at("keys").at(0);
    EXPECT_EQ(team.at("streams"), 1);
    const auto requests = limit_named(team, "requests_per_minute");
    EXPECT_GE(requests.at("used"), 1);
    EXPECT_LE(requests.at("used"), 4);
    EXPECT_EQ(requests.at("used").get<int>() + requests.at("remaining").get<int>(), 60);
    EXPECT_GT(requests.at("reset_seconds"), 0);
    EXPECT_EQ(limit_named(team, "concurrent_streams").at("used"), 1);
    const auto cost = limit_named(team, "cost_per_day");
    EXPECT_GT(cost.at("used"), 0);
    EXPECT_LT(cost.at("used"), 0.01);
    EXPECT_GT(cost.at("reset_seconds"), 0);
}

TEST(KeysList, TakesNothingByLooking) {
    const gateway_process gateway(guarded_mock("limits: {requests_per_minute: 2}"));
    for (int i = 0; i < 20; ++i)
        keys_of(gateway);
    EXPECT_EQ(gateway.ask(ask_mock(1, false)).status, 200);
    EXPECT_EQ(gateway.ask(ask_mock(1, false)).status, 200);
    EXPECT_EQ(gateway.ask(ask_mock(1, false)).status, 429);
}

TEST(KeysList, IsForOperators) {
    const gateway_process gateway(guarded_mock(bounded, "", priced));
    expect_native_error(gateway.ask(get("/v1/keys")), 401);
    expect_native_error(gateway.ask(with_key(get("/v1/keys"))), 403);
}

TEST(KeysList, IsEmptyWithoutKeys) {
    const gateway_process gateway(configuration_text().yaml());
    const auto answer = gateway.ask(get("/v1/keys"));
    EXPECT_EQ(answer.json(), (json{{"keys", json::array()}, {"total", 0}}));
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
}

}  // namespace
}  // namespace sluice::end_to_end
