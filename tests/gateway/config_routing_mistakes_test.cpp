#include "tests/gateway/config_errors.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

class RoutingMistake : public ::testing::TestWithParam<mistake> {};

TEST_P(RoutingMistake, IsReportedWithItsPosition) {
    EXPECT_EQ(errors_of(GetParam().yaml), GetParam().messages);
}

/// The first entry is on line 4, after four columns.
std::string targets(const std::string& lines, const std::string& name = "a") {
    return "models:\n- name: " + name + "\n  targets:\n" + lines;
}

/// The keys begin in column 12 of line 4.
std::string policy(const std::string& keys) {
    return "models:\n- name: a\n  targets: [{provider: mock, model: m}]\n  policy: {" + keys +
           "}\n";
}

/// The keys begin in column 8 of line 2.
std::string provider(const std::string& keys) {
    return "providers:\n  p: { " + keys +
           "}\nmodels: [{name: a, targets: [{provider: p, model: m}]}]\n";
}

std::string many_targets(int count) {
    std::string list;
    for (int i = 0; i < count; ++i)
        list += "  - {provider: mock, model: m" + std::to_string(i) + "}\n";
    return targets(list);
}

INSTANTIATE_TEST_SUITE_P(
    Targets,
    RoutingMistake,
    ::testing::Values(
        mistake{
            "no target",
            "models:\n- {name: a, targets: []}\n",
            {"f.yaml:2:22: 'targets' must have at least 1 entry, not 0"}},
        mistake{
            "more than sixty four targets",
            many_targets(65),
            {"f.yaml:4:3: 'targets' must have at most 64 entries, not 65"}},
        mistake{
            "a target twice",
            targets("  - {provider: mock, model: m}\n"
                    "  - {provider: mock, model: n}\n"
                    "  - {provider: mock, model: \"m\", weight: 2, priority: 3}\n"),
            {"f.yaml:6:5: duplicate target: the same provider and model (first on line 4)"}},
        mistake{
            "a target three times",
            targets("  - {provider: mock, model: m}\n"
                    "  - {provider: mock, model: m}\n"
                    "  - {provider: mock, model: m}\n"),
            {"f.yaml:5:5: duplicate target: the same provider and model (first on line 4)",
             "f.yaml:6:5: duplicate target: the same provider and model (first on line 4)"}},
        mistake{
            "two targets that lack the same",
            targets("  - {provider: mock}\n  - {provider: mock}\n"),
            {"f.yaml:4:5: missing key 'model'", "f.yaml:5:5: missing key 'model'"}},
        mistake{
            "stars that stand for nothing",
            targets("  - {provider: mock, model: \"*\"}\n"
                    "  - {provider: mock, model: m}\n"
                    "  - {model: \"m-*\", provider: mock}\n"),
            {"f.yaml:4:29: 'model' must not hold '*' unless the route's name ends in '*'",
             "f.yaml:6:13: 'model' must not hold '*' unless the route's name ends in '*'"}},
        mistake{
            "an unknown provider among known ones",
            targets("  - {provider: mock, model: m}\n  - {provider: mokc, model: m}\n"),
            {"f.yaml:5:16: unknown provider 'mokc' (did you mean 'mock'?)"}},
        mistake{
            "weights that are all zero",
            targets("  - {provider: mock, model: l, priority: 2}\n"
                    "  - {provider: mock, model: m, weight: 0}\n"
                    "  - {provider: mock, model: n, weight: 0}\n"),
            {"f.yaml:5:40: all targets of priority 1 have weight 0: they are asked first, so one "
             "of them must have more"}},
        mistake{
            "a single target without weight",
            targets("  - {provider: mock, model: m, priority: 4, weight: 0}\n"),
            {"f.yaml:4:53: all targets of priority 4 have weight 0: they are asked first, so one "
             "of them must have more"}},
        mistake{
            "a weight too large",
            targets("  - {provider: mock, model: m, weight: 1001}\n"),
            {"f.yaml:4:40: 'weight' must be a whole number between 0 and 1000, without quotes, "
             "not '1001'"}},
        mistake{
            "a weight below zero",
            targets("  - {provider: mock, model: m, weight: -1}\n"),
            {"f.yaml:4:40: 'weight' must be a whole number between 0 and 1000, without quotes, "
             "not '-1'"}},
        mistake{
            "a priority of zero",
            targets("  - {provider: mock, model: m, priority: 0}\n"),
            {"f.yaml:4:42: 'priority' must be a whole number between 1 and 100, without quotes, "
             "not '0'"}},
        mistake{
            "a priority too large",
            targets("  - {provider: mock, model: m, priority: 101}\n"),
            {"f.yaml:4:42: 'priority' must be a whole number between 1 and 100, without quotes, "
             "not '101'"}},
        mistake{
            "a mistyped key of a target",
            targets("  - {provider: mock, model: m, wieght: 3}\n"),
            {"f.yaml:4:32: unknown key 'wieght' (did you mean 'weight'?)"}},
        mistake{
            "a target that is a word",
            targets("  - mock\n"),
            {"f.yaml:4:5: the entry must be a map of keys and values, not a single value"}}
    ),
    name_of
);

const std::string duration_wanted = "a duration with a unit (ms, s, m or h) such as 75s";
const std::string budget_wanted =
    "a percentage between 0% and 100% or a number between 0.0 and 1.0, without quotes";
const std::string sticky_wanted = "off, conversation or header:NAME";

INSTANTIATE_TEST_SUITE_P(
    Policy,
    RoutingMistake,
    ::testing::Values(
        mistake{
            "a mistyped key of a policy",
            policy("atempts: 3"),
            {"f.yaml:4:12: unknown key 'atempts' (did you mean 'attempts'?)"}},
        mistake{
            "no attempt",
            policy("attempts: 0"),
            {"f.yaml:4:22: 'attempts' must be a whole number between 1 and 20, without quotes, "
             "not '0'"}},
        mistake{
            "too many attempts",
            policy("attempts: 21"),
            {"f.yaml:4:22: 'attempts' must be a whole number between 1 and 20, without quotes, "
             "not '21'"}},
        mistake{
            "a budget without a per cent sign",
            policy("retry_budget: 20"),
            {"f.yaml:4:26: 'retry_budget' must be " + budget_wanted + ", not '20'"}},
        mistake{
            "a budget over a hundred",
            policy("retry_budget: 100.5%"),
            {"f.yaml:4:26: 'retry_budget' must be " + budget_wanted + ", not '100.5%'"}},
        mistake{
            "a budget below zero",
            policy("retry_budget: -0.1"),
            {"f.yaml:4:26: 'retry_budget' must be " + budget_wanted + ", not '-0.1'"}},
        mistake{
            "a budget in quotes",
            policy("retry_budget: '0.2'"),
            {"f.yaml:4:26: 'retry_budget' must be " + budget_wanted + ", not '0.2'"}},
        mistake{
            "a budget in words",
            policy("retry_budget: off"),
            {"f.yaml:4:26: 'retry_budget' must be " + budget_wanted + ", not 'off'"}},
        mistake{
            "a pause longer than the longest",
            policy("attempts: 3, backoff: 2s"),
            {"f.yaml:4:34: 'backoff' (2s) must not be longer than 'backoff_max' (1s)"}},
        mistake{
            "a longest pause shorter than the first",
            policy("backoff_max: 50ms"),
            {"f.yaml:4:25: 'backoff' (100ms) must not be longer than 'backoff_max' (50ms)"}},
        mistake{
            "a second target for one attempt",
            policy("attempts: 1, hedge: true"),
            {"f.yaml:4:32: 'hedge' needs 'attempts' of 2 or more"}},
        mistake{
            "two pauses in the wrong order",
            policy("backoff_max: 1s, backoff: 2s"),
            {"f.yaml:4:38: 'backoff' (2s) must not be longer than 'backoff_max' (1s)"}},
        mistake{
            "a pause of a day",
            policy("backoff: 1ms, backoff_max: 24h"),
            {"f.yaml:4:39: 'backoff_max' must be a duration between 0ms and 1h, not '24h'"}},
        mistake{
            "a pause without a unit",
            policy("backoff: 100"),
            {"f.yaml:4:21: 'backoff' must be " + duration_wanted + ", not '100'"}},
        mistake{
            "a connection at once",
            policy("connect_timeout: 0ms"),
            {"f.yaml:4:29: 'connect_timeout' must be a duration between 1ms and 10m, not '0ms'"}},
        mistake{
            "a balance that there is none of",
            policy("balance: lowest_ttfb"),
            {"f.yaml:4:21: 'balance' must be one of weighted, least_outstanding, lowest_ttft, not "
             "'lowest_ttfb' (did you mean 'lowest_ttft'?)"}},
        mistake{
            "a hedge in words",
            policy("hedge: yes"),
            {"f.yaml:4:19: 'hedge' must be true or false, without quotes, not 'yes'"}},
        mistake{
            "a continuation in words",
            policy("continue_midstream: on"),
            {"f.yaml:4:32: 'continue_midstream' must be true or false, without quotes, not 'on'"}},
        mistake{
            "an empty instruction",
            policy("continue_instruction: ''"),
            {"f.yaml:4:34: 'continue_instruction' is empty: it must be text"}},
        mistake{
            "an instruction too long",
            policy("continue_instruction: " + std::string(4097, 'x')),
            {"f.yaml:4:34: 'continue_instruction' must be at most 4096 bytes"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Sticky,
    RoutingMistake,
    ::testing::Values(
        mistake{
            "a mistyped word",
            policy("sticky: conversatoin"),
            {"f.yaml:4:20: 'sticky' must be " + sticky_wanted +
             ", not 'conversatoin' (did you mean 'conversation'?)"}},
        mistake{
            "a header without its word",
            policy("sticky: x-session"),
            {"f.yaml:4:20: 'sticky' must be " + sticky_wanted + ", not 'x-session'"}},
        mistake{
            "a header without a name",
            policy("sticky: 'header:'"),
            {"f.yaml:4:20: 'sticky' must be " + sticky_wanted +
             ", not 'header:': the name is not a header name"}},
        mistake{
            "a name with a space",
            policy("sticky: 'header: x'"),
            {"f.yaml:4:20: 'sticky' must be " + sticky_wanted +
             ", not 'header: x': the name is not a header name"}},
        mistake{
            "a header of the connection",
            policy("sticky: header:Host"),
            {"f.yaml:4:20: 'sticky' must be " + sticky_wanted +
             ", not 'header:Host': the name is a header that the gateway sets itself"}},
        mistake{
            "a list of headers",
            policy("sticky: [x-a]"),
            {"f.yaml:4:20: 'sticky' must be " + sticky_wanted + ", not a list"}}
    ),
    name_of
);

TEST(StickyHeader, IsNoneThatHoldsCredentials) {
    for (const std::string name :
         {"Authorization",
          "proxy-authorization",
          "Cookie",
          "X-API-Key",
          "api-key",
          "x-goog-api-key"}) {
        EXPECT_EQ(
            errors_of(policy("sticky: header:" + name)),
            (strings{
                "f.yaml:4:20: 'sticky' must be " + sticky_wanted + ", not 'header:" + name +
                "': the name is a header that holds credentials"})
        );
    }
}

const std::string rate_wanted =
    "a percentage between 1% and 100% or a number between 0.01 and 1.0, without quotes";

INSTANTIATE_TEST_SUITE_P(
    Breaker,
    RoutingMistake,
    ::testing::Values(
        mistake{
            "a breaker in words",
            provider("kind: openai, breaker: on"),
            {"f.yaml:2:31: 'breaker' must be a map of keys and values, or off, not 'on'"}},
        mistake{
            "a breaker that is a list",
            provider("kind: openai, breaker: [off]"),
            {"f.yaml:2:31: 'breaker' must be a map of keys and values, or off, not a list"}},
        mistake{
            "a mistyped key of a breaker",
            provider("kind: mock, breaker: {failure: 3}"),
            {"f.yaml:2:30: unknown key 'failure' for a breaker (did you mean 'failures'?)"}},
        mistake{
            "too many failures",
            provider("kind: mock, breaker: {failures: 1001}"),
            {"f.yaml:2:40: 'failures' must be a whole number between 0 and 1000, without quotes, "
             "not '1001'"}},
        mistake{
            "a rate of nothing",
            provider("kind: mock, breaker: {error_rate: 0}"),
            {"f.yaml:2:42: 'error_rate' must be " + rate_wanted + ", not '0'"}},
        mistake{
            "a rate over a hundred",
            provider("kind: mock, breaker: {error_rate: 101%}"),
            {"f.yaml:2:42: 'error_rate' must be " + rate_wanted + ", not '101%'"}},
        mistake{
            "a rate of no request",
            provider("kind: mock, breaker: {requests_min: 0}"),
            {"f.yaml:2:44: 'requests_min' must be a whole number between 1 and 100000, without "
             "quotes, not '0'"}},
        mistake{
            "a window too short",
            provider("kind: mock, breaker: {window: 99ms}"),
            {"f.yaml:2:38: 'window' must be a duration between 100ms and 1h, not '99ms'"}},
        mistake{
            "a rest of no length",
            provider("kind: mock, breaker: {cool_down: 0ms}"),
            {"f.yaml:2:41: 'cool_down' must be a duration between 1ms and 1h, not '0ms'"}},
        mistake{
            "a prefill in words",
            provider("kind: openai, prefill: 1s"),
            {"f.yaml:2:31: 'prefill' must be true or false, without quotes, not '1s'"}}
    ),
    name_of
);

}  // namespace
}  // namespace sluice::gateway
