#include "gateway/http/targets_list.hpp"

#include "gateway/dialects/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

target_figures some_target() {
    target_figures target;
    target.provider = "openai";
    target.model = "gpt-4o";
    return target;
}

nlohmann::json listed(const target_figures& target) {
    return nlohmann::json::parse(dump_json(targets_object({target}, {}))).at("targets").at(0);
}

TEST(TargetsList, TellsOfATargetWhatIsKnown) {
    auto target = some_target();
    target.outstanding = 2;
    target.ttft = milliseconds{250};
    target.attempts = 10;
    target.completed = 7;
    target.failed = 1;
    target.opened = 3;
    const nlohmann::json wanted{
        {"provider", "openai"},
        {"model", "gpt-4o"},
        {"state", "closed"},
        {"outstanding", 2},
        {"ttft_ms", 250},
        {"attempts", 10},
        {"completed", 7},
        {"failed", 1},
        {"opened", 3}};
    EXPECT_EQ(listed(target), wanted);
}

TEST(TargetsList, TellsWhenATargetThatIsLeftAloneIsTriedAgain) {
    auto target = some_target();
    target.state = target_state::open;
    target.retry_in = milliseconds{9'500};
    EXPECT_EQ(listed(target).at("state"), "open");
    EXPECT_EQ(listed(target).at("retry_in_ms"), 9'500);
    target.state = target_state::half_open;
    target.retry_in = milliseconds{0};
    EXPECT_EQ(listed(target).at("state"), "half_open");
    EXPECT_EQ(listed(target).at("retry_in_ms"), 0);
}

TEST(TargetsList, TellsNoTimeToFirstTokenThatIsNotKnown) {
    auto target = some_target();
    EXPECT_FALSE(listed(target).contains("ttft_ms"));
    target.ttft = microseconds{1};
    EXPECT_EQ(listed(target).at("ttft_ms"), 1);
}

TEST(TargetsList, TellsOfEachRoute) {
    route_figures route;
    route.model = "chat";
    route.retries = 1;
    route.fallbacks = 2;
    route.budget_spent = 3;
    route.hedges = 4;
    route.hedges_won = 5;
    route.continuations = 6;
    route.discarded_tokens = 7;
    const auto body = nlohmann::json(targets_object({}, {route, route_figures{"*"}}));
    const nlohmann::json wanted{
        {"model", "chat"},
        {"retries", 1},
        {"fallbacks", 2},
        {"budget_spent", 3},
        {"hedges", 4},
        {"hedges_won", 5},
        {"continuations", 6},
        {"discarded_tokens", 7}};
    EXPECT_EQ(body.at("routes").at(0), wanted);
    EXPECT_EQ(body.at("routes").at(1).at("model"), "*");
    EXPECT_TRUE(body.at("targets").empty());
}

TEST(TargetsList, IsValidWhateverAModelIsCalled) {
    auto target = some_target();
    target.model = "\"\xff\n";
    EXPECT_EQ(listed(target).at("model"), "\"\xef\xbf\xbd\n");
}

TEST(TargetsList, PrefersThoseLeftAloneWhereThereAreTooMany) {
    std::vector<target_figures> targets(5, some_target());
    for (std::size_t i = 0; i < targets.size(); ++i)
        targets[i].model = "m" + std::to_string(i);
    targets[2].state = target_state::half_open;
    targets[4].state = target_state::open;
    const auto models = [&](std::size_t most) {
        const auto body = targets_object(targets, {}, most);
        EXPECT_EQ(body.at("total"), 5);
        std::vector<std::string> told;
        for (const auto& target : body.at("targets"))
            told.push_back(target.at("model"));
        return told;
    };
    EXPECT_EQ(models(3), (std::vector<std::string>{"m2", "m4", "m0"}));
    EXPECT_EQ(models(5), (std::vector<std::string>{"m0", "m1", "m2", "m3", "m4"}));
}

TEST(TargetsList, IsAThousandLongAtMost) {
    const auto body = targets_object(std::vector<target_figures>(1001, some_target()), {});
    EXPECT_EQ(body.at("targets").size(), 1000U);
    EXPECT_EQ(body.at("total"), 1001);
}

configuration some_configuration() {
    configuration settings;
    provider_entry local;
    local.settings.name = "local";
    local.settings.kind = upstream::provider_settings::protocol::openai;
    local.settings.base_url = "http://127.0.0.1:1";
    local.breaker.failures = 1;
    settings.providers = {local};
    model_route route;
    route.name = "chat";
    route.targets = {{"local", "model"}};
    model_route rest;
    rest.name = "any/*";
    rest.targets = {{"local", "*"}};
    settings.models = {route, rest};
    return settings;
}

TEST(TargetsList, TakesItsFiguresFromWhatRequestsFoundOut) {
    const auto settings = some_configuration();
    const catalog models(settings);
    const auto now = std::chrono::steady_clock::now();
    const auto wall = std::chrono::system_clock::now();
    const auto found = models.find("any/other");
    ASSERT_TRUE(found);
    upstream::failure broken;
    broken.remedy = upstream::remedy::again;
    const auto attempt =
        upstream::target_health::begin(found->to.candidates.at(0).health, now, false);
    attempt->end({upstream::outcome::upstream_error, broken}, now, wall);
    found->to.route->fallbacks = 5;

    const auto targets = with_unasked(known_targets(models, now), settings.models);
    ASSERT_EQ(targets.size(), 2U);
    EXPECT_EQ(targets[0].model, "model");
    EXPECT_EQ(targets[0].state, target_state::closed);
    EXPECT_EQ(targets[0].attempts, 0);
    EXPECT_EQ(targets[1].model, "other");
    EXPECT_EQ(targets[1].state, target_state::open);
    EXPECT_GT(targets[1].retry_in, milliseconds{0});
    EXPECT_EQ(targets[1].outstanding, 1);
    EXPECT_EQ(targets[1].failed, 1);
    EXPECT_EQ(targets[1].opened, 1);
    const auto counted = by_configured_name(counted_targets(models, now), settings.models);
    ASSERT_EQ(counted.size(), 2U);
    EXPECT_EQ(counted[0].model, "*");
    EXPECT_EQ(counted[0].opened, 1);
    EXPECT_EQ(counted[1].opened, 0);
    const auto routes = known_routes(models);
    ASSERT_EQ(routes.size(), 2U);
    EXPECT_EQ(routes[0].fallbacks, 0);
    EXPECT_EQ(routes[1].model, "any/*");
    EXPECT_EQ(routes[1].fallbacks, 5);
}

}  // namespace
}  // namespace sluice::gateway::testing
