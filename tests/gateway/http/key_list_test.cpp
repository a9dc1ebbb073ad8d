#include "gateway/http/key_list.hpp"

#include "tests/gateway/admission/some_key.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using kind = demand::kind;
using namespace std::chrono_literals;

TEST(KeyList, TellsWhatAKeyHasUsedAndMayStillHave) {
    auto key = some_key("team-a", "sk-secret");
    const key_figures figures{
        &key,
        2,
        {{"key team-a", kind::requests, 60}, {"key team-a", kind::day_cost, 5'000'000'000}},
        {{48, 1500ms}, {1'250'000'000, 3600s}}};
    const json requests{
        {"name", "requests_per_minute"},
        {"limit", 60},
        {"used", 12},
        {"remaining", 48},
        {"reset_seconds", 1.5}};
    const json money{
        {"name", "cost_per_day"},
        {"limit", 5.0},
        {"used", 3.75},
        {"remaining", 1.25},
        {"reset_seconds", 3600.0}};
    const json wanted{
        {"id", "team-a"},
        {"role", "user"},
        {"expires", nullptr},
        {"streams", 2},
        {"limits", {requests, money}}};
    const json body(keys_object({figures}, 7));
    EXPECT_EQ(body.at("keys").at(0), wanted);
    EXPECT_EQ(body.at("total"), 7);
}

TEST(KeyList, TellsOfAnOperatorAndOfAKeyThatExpires) {
    auto key = some_key("ops", "sk-ops");
    key.role = key_role::operator_;
    key.expires = std::chrono::system_clock::time_point{1'800'000'000s};
    const json body(keys_object({{&key, 0, {}, {}}}, 1));
    EXPECT_EQ(body.at("keys").at(0).at("role"), "operator");
    EXPECT_EQ(body.at("keys").at(0).at("expires"), "2027-01-15T08:00:00Z");
    EXPECT_EQ(body.at("keys").at(0).at("limits"), json::array());
}

TEST(KeyList, IsEmptyWhereThereAreNone) {
    EXPECT_EQ(json(keys_object({}, 0)), (json{{"keys", json::array()}, {"total", 0}}));
}

}  // namespace
}  // namespace sluice::gateway::testing
