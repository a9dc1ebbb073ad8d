// What happens when a provider fails, as the file has it: targets, policies, breakers.

#include "gateway/config/load.hpp"
#include "gateway/config/scalars.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using upstream::balance_rule;
using upstream::breaker_rules;
using upstream::sticky_rule;

configuration read(const std::string& yaml) {
    auto result = parse_configuration(yaml, "f.yaml");
    if (!result) {
        for (const auto& message : result.error().messages)
            ADD_FAILURE() << message;
        return default_configuration();
    }
    return *result;
}

const std::string one_target = "targets: [{provider: mock, model: m}]";

route_policy policy(const std::string& keys) {
    return read("models: [{name: a, " + one_target + ", policy: {" + keys + "}}]").models[0].policy;
}

provider_entry provider(const std::string& keys) {
    const std::string models = "models: [{name: a, targets: [{provider: p, model: m}]}]\n";
    return read("providers: {p: {" + keys + "}}\n" + models).providers[0];
}

// ---- targets ----

TEST(RouteTargets, ShareByWeightAndStandInByPriority) {
    const configuration config = read(R"(
providers: {o: {kind: openai}, c: {kind: anthropic}}
models:
  - name: chat
    targets:
      - {provider: o, model: big, weight: 3}
      - {provider: o, model: small, weight: 0}
      - {provider: c, model: other, weight: 1000, priority: 100}
)");
    const std::vector<target>& targets = config.models.at(0).targets;
    ASSERT_EQ(targets.size(), 3U);
    EXPECT_EQ(targets[0].provider, "o");
    EXPECT_EQ(targets[0].model, "big");
    EXPECT_EQ(targets[0].weight, 3);
    EXPECT_EQ(targets[0].priority, 1);
    EXPECT_EQ(targets[1].weight, 0);
    EXPECT_EQ(targets[2].provider, "c");
    EXPECT_EQ(targets[2].weight, 1000);
    EXPECT_EQ(targets[2].priority, 100);
}

TEST(RouteTargets, MayBeSixtyFour) {
    std::string list;
    for (int i = 0; i < 64; ++i)
        list += "{provider: mock, model: m" + std::to_string(i) + "}, ";
    const configuration config = read("models: [{name: a, targets: [" + list + "]}]");
    EXPECT_EQ(config.models.at(0).targets.size(), 64U);
}

TEST(RouteTargets, OfLaterPrioritiesMayAllBeIdle) {
    const configuration config = read(
        "models: [{name: a, targets: [{provider: mock, model: m, priority: 3}, "
        "{provider: mock, model: n, priority: 7, weight: 0}]}]"
    );
    EXPECT_EQ(config.models.at(0).targets.at(1).weight, 0);
}

TEST(RouteTargets, MayAskOneModelOfSeveralProviders) {
    const configuration config = read(
        "providers: {p: {kind: mock}, q: {kind: mock}}\n"
        "models: [{name: \"a*\", targets: [{provider: p, model: \"*\"}, {provider: q, model: "
        "\"*\"}, {provider: q, model: \"x-*\"}]}]"
    );
    EXPECT_EQ(config.models.at(0).targets.size(), 3U);
}

// ---- policy ----

TEST(RoutePolicy, HasDefaultsThatTryThreeTimesAndHideNothing) {
    const route_policy usual = policy("");
    EXPECT_FALSE(usual.connect_timeout);
    EXPECT_EQ(usual.routing.retry.attempts, 3);
    EXPECT_EQ(usual.routing.retry.budget, 0.2);
    EXPECT_EQ(usual.routing.retry.backoff, 100ms);
    EXPECT_EQ(usual.routing.retry.backoff_max, 1s);
    EXPECT_EQ(usual.routing.balance, balance_rule::weighted);
    EXPECT_EQ(usual.routing.sticky.what, sticky_rule::by::nothing);
    EXPECT_FALSE(usual.routing.hedge);
    EXPECT_FALSE(usual.routing.continuation.on);
    EXPECT_FALSE(usual.routing.continuation.instruction.empty());
}

TEST(RoutePolicy, ReadsEverySetting) {
    const route_policy read = policy(
        "connect_timeout: 2s, attempts: 20, retry_budget: 12.5%, backoff: 50ms, backoff_max: 2s, "
        "balance: lowest_ttft, sticky: conversation, hedge: true, continue_midstream: true, "
        "continue_instruction: Go on."
    );
    EXPECT_EQ(read.connect_timeout, 2s);
    EXPECT_EQ(read.routing.retry.attempts, 20);
    EXPECT_EQ(read.routing.retry.budget, 0.125);
    EXPECT_EQ(read.routing.retry.backoff, 50ms);
    EXPECT_EQ(read.routing.retry.backoff_max, 2s);
    EXPECT_EQ(read.routing.balance, balance_rule::lowest_ttft);
    EXPECT_EQ(read.routing.sticky.what, sticky_rule::by::conversation);
    EXPECT_TRUE(read.routing.hedge);
    EXPECT_TRUE(read.routing.continuation.on);
    EXPECT_EQ(read.routing.continuation.instruction, "Go on.");
}

TEST(RoutePolicy, KnowsThreeWaysToBalance) {
    EXPECT_EQ(policy("balance: weighted").routing.balance, balance_rule::weighted);
    EXPECT_EQ(
        policy("balance: least_outstanding").routing.balance, balance_rule::least_outstanding
    );
}

TEST(RoutePolicy, SticksToAHeaderWhateverItsCase) {
    const sticky_rule sticky = policy("sticky: 'header:X-Session-Id'").routing.sticky;
    EXPECT_EQ(sticky.what, sticky_rule::by::header);
    EXPECT_EQ(sticky.header, "x-session-id");
    EXPECT_EQ(policy("sticky: header:x-tenant").routing.sticky.header, "x-tenant");
    EXPECT_EQ(policy("sticky: off").routing.sticky.what, sticky_rule::by::nothing);
}

TEST(RoutePolicy, TakesABudgetInPercentOrAsAPart) {
    EXPECT_EQ(policy("retry_budget: 0%").routing.retry.budget, 0);
    EXPECT_EQ(policy("retry_budget: 0").routing.retry.budget, 0);
    EXPECT_EQ(policy("retry_budget: 7%").routing.retry.budget, 0.07);
    EXPECT_EQ(policy("retry_budget: \"7%\"").routing.retry.budget, 0.07);
    EXPECT_EQ(policy("retry_budget: 0.07").routing.retry.budget, 0.07);
    EXPECT_EQ(policy("retry_budget: 100%").routing.retry.budget, 1);
    EXPECT_EQ(policy("retry_budget: 1").routing.retry.budget, 1);
}

TEST(RoutePolicy, TakesABudgetByReference) {
    ::setenv("SLUICE_TEST_BUDGET", "0.5", 1);
    EXPECT_EQ(policy("retry_budget: \"${SLUICE_TEST_BUDGET}\"").routing.retry.budget, 0.5);
    ::setenv("SLUICE_TEST_BUDGET", "5", 1);
    EXPECT_EQ(policy("retry_budget: \"${SLUICE_TEST_BUDGET}%\"").routing.retry.budget, 0.05);
    ::unsetenv("SLUICE_TEST_BUDGET");
}

TEST(RoutePolicy, TakesPausesOfNoLengthAndOfOne) {
    const auto none = policy("backoff: 0ms, backoff_max: 0ms").routing.retry;
    EXPECT_EQ(none.backoff, 0ms);
    EXPECT_EQ(none.backoff_max, 0ms);
    EXPECT_EQ(policy("backoff: 3s, backoff_max: 3s").routing.retry.backoff, 3s);
}

TEST(RoutePolicy, TakesAnInstructionOfFourKibibytes) {
    const std::string text(4096, 'x');
    EXPECT_EQ(policy("continue_instruction: " + text).routing.continuation.instruction, text);
}

// ---- providers ----

TEST(ProviderBreaker, HasDefaultsOfEveryKind) {
    for (const char* kind : {"kind: openai", "kind: anthropic", "kind: groq", "kind: mock"}) {
        const provider_entry usual = provider(kind);
        EXPECT_EQ(usual.breaker, breaker_rules{}) << kind;
        EXPECT_EQ(usual.prefill, std::nullopt) << kind;
    }
    EXPECT_EQ(breaker_rules{}.failures, 5);
    EXPECT_EQ(breaker_rules{}.error_rate, 0.5);
    EXPECT_EQ(breaker_rules{}.requests_min, 20);
    EXPECT_EQ(breaker_rules{}.window, 30s);
    EXPECT_EQ(breaker_rules{}.cool_down, 10s);
    EXPECT_TRUE(breaker_rules{}.on);
}

TEST(ProviderBreaker, ReadsEverySetting) {
    const breaker_rules read =
        provider(
            "kind: ollama, breaker: {failures: 0, error_rate: 25%, requests_min: 7, window: "
            "1m, cool_down: 500ms}"
        )
            .breaker;
    EXPECT_EQ(read.failures, 0);
    EXPECT_EQ(read.error_rate, 0.25);
    EXPECT_EQ(read.requests_min, 7);
    EXPECT_EQ(read.window, 60s);
    EXPECT_EQ(read.cool_down, 500ms);
    EXPECT_TRUE(read.on);
}

TEST(ProviderBreaker, IsTurnedOffByAWord) {
    EXPECT_FALSE(provider("kind: mock, breaker: off").breaker.on);
    EXPECT_FALSE(
        provider("kind: azure, base_url: http://a, api_version: v, breaker: off").breaker.on
    );
}

TEST(ProviderPrefill, IsWhatIsWritten) {
    EXPECT_EQ(provider("kind: openai, prefill: true").prefill, true);
    EXPECT_EQ(provider("kind: vllm, base_url: http://a/v1, prefill: true").prefill, true);
    EXPECT_EQ(provider("kind: anthropic, prefill: false").prefill, false);
}

TEST(ProviderPrefill, OfTheMockIsADurationStill) {
    const provider_entry mock = provider("kind: mock, prefill: 50us");
    EXPECT_EQ(mock.mock.prefill_s, 50e-6);
    EXPECT_EQ(mock.prefill, std::nullopt);
}

// ---- without a file ----

TEST(RouteTargets, WithoutAFileAreOneEach) {
    configuration config = default_configuration();
    EXPECT_EQ(add_upstream(config, "http://127.0.0.1:9/v1", ""), std::nullopt);
    ASSERT_EQ(config.models.size(), 2U);
    for (const model_route& route : config.models) {
        ASSERT_EQ(route.targets.size(), 1U) << route.name;
        EXPECT_EQ(route.targets[0].weight, 1);
        EXPECT_EQ(route.targets[0].priority, 1);
    }
}

// ---- description and schema ----

TEST(RoutingDescription, ShowsWhatIsInEffect) {
    const std::string text = describe(read(R"(
providers:
  p: {kind: mock, breaker: {failures: 2}}
  q: {kind: openai, breaker: off, prefill: true}
models:
  - name: chat
    targets: [{provider: p, model: m, weight: 3}, {provider: q, model: n, priority: 2}]
    policy: {retry_budget: 0.07, sticky: header:X-A, continue_instruction: On.}
)"));
    EXPECT_THAT(text, HasSubstr("    breaker:\n      failures: 2\n      error_rate: 50%\n"));
    EXPECT_THAT(text, HasSubstr("    prefill: true\n    breaker: off\n"));
    EXPECT_THAT(text, HasSubstr("        model: m\n        weight: 3\n        priority: 1\n"));
    EXPECT_THAT(text, HasSubstr("        model: n\n        weight: 1\n        priority: 2\n"));
    EXPECT_THAT(text, HasSubstr("      attempts: 3\n      retry_budget: 7%\n"));
    EXPECT_THAT(text, HasSubstr("      sticky: header:x-a\n"));
    EXPECT_THAT(text, HasSubstr("      continue_instruction: On.\n"));
}

TEST(RoutingDescription, LeavesOutWhatSaysNothing) {
    const std::string text = describe(read(
        "providers: {o: {kind: openai}}\nmodels: [{name: a, targets: [{provider: o, model: m}]}]"
    ));
    for (const char* key : {"weight", "priority", "breaker", "prefill", "continue_instruction"})
        EXPECT_THAT(text, Not(HasSubstr(std::string(key) + ":"))) << key;
    EXPECT_THAT(text, HasSubstr("sticky: off\n"));
}

TEST(RoutingDescription, CanBeReadAgain) {
    const std::string once = describe(read(R"(
providers:
  p: {kind: mock, breaker: {error_rate: 0.123456789, window: 5s}}
  q: {kind: openai, breaker: off, prefill: false}
models:
  - name: "a*"
    targets: [{provider: p, model: "*", weight: 0}, {provider: q, model: "*"}]
    policy: {connect_timeout: 3s, retry_budget: 0.0000001, backoff: 1ms, hedge: true, sticky: conversation}
)"));
    EXPECT_THAT(once, HasSubstr("error_rate: 12.3456789%"));
    EXPECT_EQ(describe(read(once)), once);
}

TEST(RoutingSchema, HasDefaultsBoundsAndWords) {
    const nlohmann::json schema = configuration_schema();
    const auto& route = schema["properties"]["models"]["items"]["properties"];
    EXPECT_EQ(route["targets"]["minItems"], 1);
    EXPECT_EQ(route["targets"]["maxItems"], 64);
    const auto& target = route["targets"]["items"]["properties"];
    EXPECT_EQ(target["weight"]["default"], 1);
    EXPECT_EQ(target["weight"]["anyOf"][0]["maximum"], 1000);
    EXPECT_EQ(target["priority"]["anyOf"][0]["minimum"], 1);
    const auto& policy = route["policy"]["properties"];
    EXPECT_EQ(policy["attempts"]["default"], 3);
    EXPECT_EQ(policy["retry_budget"]["default"], "20%");
    EXPECT_EQ(policy["retry_budget"]["anyOf"][0]["maximum"], 1.0);
    EXPECT_EQ(policy["sticky"]["default"], "off");
    EXPECT_EQ(policy["balance"]["enum"].size(), 3U);
    const auto& kinds = schema["properties"]["providers"]["additionalProperties"]["oneOf"];
    for (const auto& kind : kinds) {
        const auto& breaker = kind["properties"]["breaker"]["oneOf"];
        EXPECT_EQ(breaker[0]["const"], "off");
        EXPECT_EQ(breaker[1]["properties"]["error_rate"]["default"], "50%");
    }
}

// ---- percentages ----

TEST(Percentage, IsReadAsThePartThatItIs) {
    EXPECT_EQ(parse_percent("0%"), 0.0);
    EXPECT_EQ(parse_percent("20%"), 0.2);
    EXPECT_EQ(parse_percent("7%"), 0.07);
    EXPECT_EQ(parse_percent("0.5%"), 0.005);
    EXPECT_EQ(parse_percent("250%"), 2.5);
}

TEST(Percentage, IsNothingElse) {
    for (const char* text :
         {"", "%", "20", "020%", "20 %", "-1%", "+1%", "1e1%", ".5%", "5.%", "2%%"})
        EXPECT_EQ(parse_percent(text), std::nullopt) << text;
}

TEST(Percentage, IsWrittenAsPeopleWriteIt) {
    EXPECT_EQ(format_percent(0), "0%");
    EXPECT_EQ(format_percent(0.07), "7%");
    EXPECT_EQ(format_percent(0.2), "20%");
    EXPECT_EQ(format_percent(0.125), "12.5%");
    EXPECT_EQ(format_percent(0.005), "0.5%");
    EXPECT_EQ(format_percent(0.0001), "0.01%");
    EXPECT_EQ(format_percent(1), "100%");
    EXPECT_EQ(format_percent(1234.5), "123450%");
}

TEST(Percentage, LosesNothingOnTheWay) {
    for (const double part : {5e-324, 1e-300, 1.0 / 3, 2.0 / 3, 0.1 + 0.2, 0.29, 0.57, 1e-7, 1.0})
        EXPECT_EQ(parse_percent(format_percent(part)), part) << part;
    for (int i = 0; i <= 10'000; ++i)
        ASSERT_EQ(parse_percent(format_percent(i / 10'000.0)), i / 10'000.0) << i;
}

}  // namespace
}  // namespace sluice::gateway
