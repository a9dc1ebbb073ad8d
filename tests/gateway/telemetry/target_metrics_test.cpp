#include "gateway/telemetry/target_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

target_figures target_of(const std::string& provider, const std::string& model) {
    target_figures made;
    made.provider = provider;
    made.model = model;
    return made;
}

std::string text_of(
    const std::vector<target_figures>& targets, const std::vector<route_figures>& routes
) {
    metric_families families;
    add_target_metrics(families, targets, routes);
    return metrics_text(families);
}

model_route route_to(const std::string& name, const std::vector<target>& targets) {
    model_route route;
    route.name = name;
    route.targets = targets;
    return route;
}

/// `chat` at two targets, and everything behind two patterns.
std::vector<model_route> some_routes() {
    return {
        route_to("chat", {{"openai", "gpt-4o"}, {"claude", "sonnet"}}),
        route_to("local/*", {{"local", "*"}}),
        route_to("local/meta/*", {{"local", "meta/*"}}),
        route_to("also chat", {{"openai", "gpt-4o"}}),
    };
}

std::vector<std::string> names_of(const std::vector<target_figures>& targets) {
    std::vector<std::string> names;
    for (const auto& target : targets)
        names.push_back(target.provider + " " + target.model);
    return names;
}

TEST(TargetFigures, OfTargetsThatNobodyAskedAreZerosBesideTheKnown) {
    auto asked = target_of("openai", "gpt-4o");
    asked.attempts = 7;
    const auto all = with_unasked({asked}, some_routes());
    ASSERT_THAT(
        names_of(all), ElementsAre("claude sonnet", "local *", "local meta/*", "openai gpt-4o")
    );
    EXPECT_EQ(all[0].state, target_state::closed);
    EXPECT_EQ(all[0].attempts, 0);
    EXPECT_EQ(all[3].attempts, 7);
}

TEST(TargetFigures, OfAPatternGiveWayToTheModelsBehindIt) {
    const auto all = with_unasked(
        {target_of("local", "qwen"), target_of("local", "meta/llama:8b")}, some_routes()
    );
    EXPECT_THAT(
        names_of(all),
        ElementsAre("claude sonnet", "local meta/llama:8b", "local qwen", "openai gpt-4o")
    );
}

TEST(TargetFigures, OfModelsBehindAPatternAreOneEntryUnderItsName) {
    auto one = target_of("local", "a");
    one.outstanding = 1;
    one.attempts = 10;
    one.completed = 4;
    one.failed = 3;
    one.opened = 1;
    one.ttft = microseconds{250};
    auto two = one;
    two.model = "b";
    two.state = target_state::half_open;
    two.ttft = microseconds{400};
    auto three = one;
    three.model = "c";
    three.ttft = microseconds{0};
    const auto all = by_configured_name({one, two, three}, {route_to("*", {{"local", "*"}})});
    ASSERT_THAT(names_of(all), ElementsAre("local *"));
    EXPECT_EQ(all[0].outstanding, 3);
    EXPECT_EQ(all[0].attempts, 30);
    EXPECT_EQ(all[0].completed, 12);
    EXPECT_EQ(all[0].failed, 9);
    EXPECT_EQ(all[0].opened, 3);
    EXPECT_EQ(all[0].state, target_state::half_open);  // the worst
    EXPECT_EQ(all[0].ttft, microseconds{400});
}

TEST(TargetFigures, AreAsManyAsTheConfigurationHasTargetsWhateverClientsAskFor) {
    std::vector<target_figures> known{target_of("openai", "gpt-4o")};
    for (int i = 0; i < 1000; ++i)
        known.push_back(target_of("local", "made-up-" + std::to_string(i)));
    for (auto& each : known)
        each.attempts = 1;
    const auto all = by_configured_name(known, some_routes());
    ASSERT_THAT(
        names_of(all), ElementsAre("claude sonnet", "local *", "local meta/*", "openai gpt-4o")
    );
    EXPECT_EQ(all[1].attempts, 1000);
    EXPECT_EQ(all[2].attempts, 0);
    EXPECT_EQ(all[3].attempts, 1);
}

TEST(TargetFigures, CountForTheNarrowestPatternAndForAFullNameFirst) {
    const std::vector<model_route> routes{
        route_to("*", {{"p", "*"}}),
        route_to("m/*", {{"p", "m/*"}}),
        route_to("x/*", {{"p", "m/*:free"}}),
        route_to("one", {{"p", "m/one"}}),
        route_to("other/*", {{"q", "m/long/*"}}),
    };
    std::vector<target_figures> known{
        target_of("p", "m/one"),
        target_of("p", "m/two"),
        target_of("p", "m/two:free"),
        target_of("p", "m/"),  // a `*` matches something
        target_of("p", "n"),
        target_of("p", "m/long/three"),
    };
    for (auto& each : known)
        each.attempts = 1;
    const auto all = by_configured_name(known, routes);
    ASSERT_THAT(names_of(all), ElementsAre("p *", "p m/*", "p m/*:free", "p m/one", "q m/long/*"));
    EXPECT_EQ(all[0].attempts, 2);
    EXPECT_EQ(all[1].attempts, 2);
    EXPECT_EQ(all[2].attempts, 1);
    EXPECT_EQ(all[3].attempts, 1);
    EXPECT_EQ(all[4].attempts, 0);
}

TEST(TargetFigures, OfWhatNoRouteLeadsToCountForItsProvidersStar) {
    auto left = target_of("old", "model");
    left.failed = 2;
    const auto all = by_configured_name({left, target_of("old", "other")}, {});
    ASSERT_THAT(names_of(all), ElementsAre("old *"));
    EXPECT_EQ(all[0].failed, 2);
}

TEST(TargetMetrics, AreASeriesForEachTarget) {
    auto target = target_of("openai", "gpt-4o");
    target.state = target_state::open;
    target.outstanding = 2;
    target.ttft = milliseconds{250};
    target.opened = 1;
    const auto text = text_of({target, target_of("claude", "sonnet")}, {});
    const std::string labels = R"({provider="openai",model="gpt-4o"})";
    EXPECT_THAT(
        text, HasSubstr("# TYPE sluice_target_state gauge\nsluice_target_state" + labels + " 2\n")
    );
    EXPECT_THAT(text, HasSubstr("sluice_target_state{provider=\"claude\",model=\"sonnet\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("sluice_target_outstanding" + labels + " 2\n"));
    EXPECT_THAT(text, HasSubstr("sluice_target_ttft_seconds" + labels + " 0.25\n"));
    EXPECT_THAT(text, HasSubstr("sluice_breaker_opened_total" + labels + " 1\n"));
    // What is not known is no time of zero.
    EXPECT_THAT(text, Not(HasSubstr("sluice_target_ttft_seconds{provider=\"claude\"")));
}

TEST(TargetMetrics, OrderStatesFromBestToWorst) {
    auto trial = target_of("p", "m");
    trial.state = target_state::half_open;
    const auto text = text_of({trial}, {});
    EXPECT_THAT(text, HasSubstr("sluice_target_state{provider=\"p\",model=\"m\"} 1\n"));
}

TEST(TargetMetrics, AreASeriesForEachRoute) {
    route_figures route;
    route.model = "chat";
    route.retries = 1;
    route.fallbacks = 2;
    route.budget_spent = 3;
    route.hedges = 4;
    route.hedges_won = 5;
    route.continuations = 6;
    route.discarded_tokens = 7;
    const auto text = text_of({}, {route});
    EXPECT_THAT(text, HasSubstr("sluice_retries_total{model=\"chat\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("sluice_fallbacks_total{model=\"chat\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("sluice_retry_budget_spent_total{model=\"chat\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("sluice_hedges_total{model=\"chat\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("sluice_hedges_won_total{model=\"chat\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("sluice_continuations_total{model=\"chat\"} 6\n"));
    EXPECT_THAT(text, HasSubstr("sluice_discarded_tokens_total{model=\"chat\"} 7\n"));
}

TEST(TargetMetrics, EscapeWhatWouldEndALabel) {
    route_figures route;
    route.model = "a\"} 1\nforged 2\\";
    const auto text = text_of({target_of("p", "m\\*\"")}, {route});
    EXPECT_THAT(text, HasSubstr(R"(sluice_retries_total{model="a\"} 1\nforged 2\\"} 0)"));
    EXPECT_THAT(text, HasSubstr(R"(sluice_target_state{provider="p",model="m\\*\""} 0)"));
    EXPECT_THAT(text, Not(HasSubstr("\nforged")));
}

TEST(TargetMetrics, AreLinesThatPrometheusReads) {
    auto target = target_of("p", "m");
    target.ttft = milliseconds{1};
    std::istringstream lines{text_of({target}, {route_figures{"chat"}})};
    std::string declared;
    int samples = 0;
    for (std::string line; std::getline(lines, line);) {
        SCOPED_TRACE(line);
        if (line.starts_with("# TYPE ")) {
            declared = line.substr(7, line.find(' ', 7) - 7);
            const bool counts = line.ends_with(" counter");
            EXPECT_EQ(declared.ends_with("_total"), counts);
        } else if (!line.starts_with("# HELP ")) {
            ++samples;
            EXPECT_TRUE(line.starts_with(declared + "{"));
            EXPECT_NE(line.find("} "), std::string::npos);
        }
    }
    EXPECT_EQ(samples, 4 + 7);
}

}  // namespace
}  // namespace sluice::gateway::testing
