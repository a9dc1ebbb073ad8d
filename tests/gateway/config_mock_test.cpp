#include "gateway/config/load.hpp"
#include "tests/gateway/config_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <unistd.h>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using namespace upstream::mock;
using testing::ElementsAre;
using testing::HasSubstr;
using upstream::mock_settings;

std::string with(const std::string& fields) {
    return "providers:\n  m: {kind: mock, " + fields +
           "}\nmodels: [{name: a, targets: [{provider: m, model: m}]}]\n";
}

configuration read_whole(const std::string& yaml) {
    auto read = parse_configuration(yaml, "f.yaml");
    if (!read) {
        for (const std::string& message : read.error().messages)
            ADD_FAILURE() << message;
        return default_configuration();
    }
    return *read;
}

mock_settings read(const std::string& fields) {
    return read_whole(with(fields)).providers[0].mock;
}

/// A file that is gone with the test.
class script_file {
 public:
    explicit script_file(const std::string& text)
        : path_(testing::TempDir() + "script-" + std::to_string(::getpid()) + ".yaml") {
        std::ofstream(path_) << text;
    }
    ~script_file() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

TEST(MockConfiguration, IsThatOfOldWhereNothingIsWritten) {
    const mock_settings plain = default_configuration().providers[0].mock;
    EXPECT_EQ(plain.ttft, distribution(0.2));
    EXPECT_EQ(plain.rate, 50);
    EXPECT_FALSE(plain.gap);
    EXPECT_FALSE(plain.tokens);
    EXPECT_EQ(plain.queue.slots, 0U);
    EXPECT_FALSE(plain.cache.on);
    EXPECT_EQ(
        describe(default_configuration()),
        describe(read_whole("providers: {mock: {kind: mock}}\nmodels: [{name: mock, targets: "
                            "[{provider: mock, model: mock}]}]"))
    );
}

TEST(MockConfiguration, ReadsItsTimes) {
    const mock_settings mock =
        read("ttft: \"lognormal(400ms,0.5)\", gap: \"10ms:30ms:200ms\", prefill: 50us");
    EXPECT_EQ(mock.ttft, distribution(distribution::log_normal{0.4, 0.5}));
    EXPECT_EQ(mock.gap, distribution(distribution::quantiles{0.01, 0.03, 0.2}));
    EXPECT_EQ(mock.prefill_s, 50e-6);
    EXPECT_EQ(read("ttft: 0ms").ttft, distribution(0));
    EXPECT_EQ(read("ttft: 80us").ttft, distribution(80e-6));
}

TEST(MockConfiguration, ReadsWhatItSays) {
    const mock_settings mock =
        read("tokens: \"uniform(10,20)\", reasoning: 7, content: markdown, seed: 3");
    EXPECT_EQ(mock.tokens, distribution(distribution::uniform{10, 20}));
    EXPECT_EQ(mock.reasoning, distribution(7));
    EXPECT_EQ(mock.content, "markdown");
    EXPECT_EQ(mock.seed, 3U);
}

TEST(MockConfiguration, ReadsItsQueueItsLimitsAndItsCache) {
    const mock_settings mock = read(
        "queue: {slots: 8, waiting: 100, slowdown: 1.5}, limits: {requests_per_minute: 60, "
        "tokens_per_minute: 1000}, cache: {ttl: 30s, blocks: 50}"
    );
    EXPECT_EQ(mock.queue.slots, 8U);
    EXPECT_EQ(mock.queue.waiting_max, 100U);
    EXPECT_EQ(mock.queue.slowdown, 1.5);
    EXPECT_EQ(mock.limits.requests_per_minute, 60);
    EXPECT_EQ(mock.limits.tokens_per_minute, 1000);
    EXPECT_TRUE(mock.cache.on);
    EXPECT_EQ(mock.cache.ttl, 30s);
    EXPECT_EQ(mock.cache.blocks_max, 50);
    EXPECT_TRUE(read("cache: true").cache.on);
    EXPECT_FALSE(read("cache: false").cache.on);
}

TEST(MockConfiguration, ReadsFaultsAndChanges) {
    const mock_settings mock = read(
        "faults: [{chance: 0.01, error: 503}, {chance: 0.001, error: lose=5}], changes: [{at: 30s, "
        "for: 10s, every: 2m, ttft: x4, gap: x0.5}, {at: 1m, stall: true}, {error: 529, chance: "
        "0.5}]"
    );
    ASSERT_EQ(mock.faults.size(), 2U);
    EXPECT_EQ(mock.faults[0].chance, 0.01);
    EXPECT_EQ(mock.faults[0].error, *parse_fault("503"));
    EXPECT_EQ(mock.faults[1].error, *parse_fault("lose=5"));
    ASSERT_EQ(mock.changes.size(), 3U);
    EXPECT_EQ(mock.changes[0].at, 30s);
    EXPECT_EQ(mock.changes[0].lasts, 10s);
    EXPECT_EQ(mock.changes[0].every, 2min);
    EXPECT_EQ(mock.changes[0].ttft_factor, 4);
    EXPECT_EQ(mock.changes[0].gap_factor, 0.5);
    EXPECT_TRUE(mock.changes[1].stall);
    EXPECT_EQ(mock.changes[2].error, *parse_fault("529"));
    EXPECT_EQ(mock.changes[2].chance, 0.5);
}

TEST(MockConfiguration, HasAProfileWhereNothingElseIsWritten) {
    const mock_settings frontier = read("profile: frontier");
    EXPECT_NEAR(frontier.ttft.mean(), 0.68, 0.01);
    ASSERT_TRUE(frontier.gap && frontier.tokens);
    EXPECT_NEAR(frontier.gap->mean(), 1.0 / 60, 1e-6);
    EXPECT_EQ(frontier.prefill_s, 50e-6);
    const mock_settings own = read("profile: reasoning, ttft: 5ms, rate: 30, reasoning: 9");
    EXPECT_EQ(own.ttft, distribution(0.005));
    EXPECT_EQ(own.rate, 30);
    EXPECT_FALSE(own.gap);
    EXPECT_EQ(own.reasoning, distribution(9));
    EXPECT_FALSE(read("profile: fast-small").reasoning);
}

constexpr std::string_view rules = R"yaml([
  {contains: river, system: pirate, model: large, turn: 2, reply: "Arr, ${prompt}!\nA river."},
  {match: "weather in (\\w+)", reasoning: "Hm.", tool_calls: [
    {name: weather, arguments: {city: Oslo, days: 3, exact: true, note: "3", more: [1, ~]}},
    {name: raw, arguments: "{\"half\": "}, {name: none}]},
  {contains: fail, error: 503},
  {reply: "", settings: {tokens: 5, ttft-ms: "uniform(1,2)", stamp: true}}])yaml";

void expect_rules(const mock_settings& mock) {
    ASSERT_EQ(mock.script.rules.size(), 4U);
    const rule& first = mock.script.rules[0];
    EXPECT_EQ(first.contains, "river");
    EXPECT_EQ(first.system_contains, "pirate");
    EXPECT_EQ(first.model, "large");
    EXPECT_EQ(first.turn, 2);
    EXPECT_EQ(first.reply, "Arr, ${prompt}!\nA river.");
    const rule& second = mock.script.rules[1];
    EXPECT_TRUE(second.match);
    EXPECT_EQ(second.match_text, "weather in (\\w+)");
    EXPECT_EQ(second.reasoning, "Hm.");
    EXPECT_FALSE(second.reply);
    ASSERT_EQ(second.tool_calls.size(), 3U);
    EXPECT_EQ(second.tool_calls[0].name, "weather");
    EXPECT_EQ(
        second.tool_calls[0].arguments,
        R"({"city":"Oslo","days":3,"exact":true,"note":"3","more":[1,null]})"
    );
    EXPECT_EQ(second.tool_calls[1].arguments, "{\"half\": ");
    EXPECT_EQ(second.tool_calls[2].arguments, "{}");
    EXPECT_EQ(mock.script.rules[2].error, *parse_fault("503"));
    EXPECT_EQ(mock.script.rules[3].reply, "");
    EXPECT_EQ(
        mock.script.rules[3].settings,
        (std::map<std::string, std::string>{
            {"tokens", "5"}, {"ttft-ms", "uniform(1,2)"}, {"stamp", "true"}})
    );
}

TEST(MockConfiguration, ReadsAScript) {
    expect_rules(read("script: " + std::string(rules)));
}

TEST(MockConfiguration, ReadsAScriptFromItsFile) {
    const script_file file{std::string(rules)};
    expect_rules(read("script: " + file.path()));
}

TEST(MockConfiguration, SaysWhereInItsFileAScriptIsWrong) {
    const script_file file("- {reply: hi}\n- {contains: x, relpy: y}\n");
    EXPECT_THAT(
        errors_of(with("script: " + file.path())),
        ElementsAre(
            HasSubstr(": 'script': " + file.path() + ":2:3: the rule needs one of"),
            HasSubstr(
                ": 'script': " + file.path() +
                ":2:17: unknown key 'relpy' for a rule (did you mean 'reply'?)"
            )
        )
    );
    EXPECT_THAT(
        errors_of(with("script: /nowhere/at/all.yaml")),
        ElementsAre("f.yaml:2:27: 'script': file '/nowhere/at/all.yaml' cannot be read: No such "
                    "file or directory")
    );
    EXPECT_THAT(
        errors_of(with("script: /dev/null")),
        ElementsAre("f.yaml:2:27: 'script': file '/dev/null' is not a regular file that can be "
                    "read")
    );
}

TEST(MockConfiguration, CanBeReadAgainAsItIsDescribed) {
    for (const std::string& fields : {
             std::string("ttft: 1500us, rate: 0"),
             std::string("profile: reasoning, rate: 30"),
             std::string("profile: frontier"),
             std::string("gap: \"gamma(16.7ms,0.6)\", tokens: 5, reasoning: \"10:20:30\", content: "
                         "scripts, prefill: 50us"),
             std::string("queue: {slots: 8, slowdown: 0.5}, limits: {tokens_per_minute: 5}, cache: "
                         "{ttl: 30s}"),
             std::string("faults: [{chance: 0.5, error: huge=3}], changes: [{at: 3s, for: 2s, "
                         "every: 1m, gap: x2, stall: true, error: 503, chance: 0.25}]"),
             "script: " + std::string(rules),
         }) {
        const std::string once = describe(read_whole(with(fields)));
        EXPECT_EQ(describe(read_whole(once)), once) << once;
    }
}

TEST(MockConfiguration, IsShownWhole) {
    const std::string text = describe(read_whole(with(
        "profile: frontier, tokens: 5, queue: {slots: 8}, faults: [{chance: 0.5, error: 503}], "
        "changes: [{for: 2s, ttft: x4}], cache: true"
    )));
    for (const char* const part : {
             "profile: frontier\n",
             "ttft: lognormal(600ms,0.5)\n",
             "gap: gamma(16.6666666667ms,0.6)\n",
             "prefill: 50us\n",
             "tokens: 5\n",
             "slots: 8\n",
             "- chance: 0.5\n        error: 503\n",
             "ttft: x4\n",
             "ttl: 5m\n",
         }) {
        EXPECT_THAT(text, HasSubstr(part));
    }
    EXPECT_THAT(text, testing::Not(HasSubstr("rate:")));
    EXPECT_THAT(text, testing::Not(HasSubstr("limits:\n        requests")));
}

struct mistake {
    std::string fields;
    std::string error;
};

TEST(MockConfiguration, NamesEachMistakeWithItsPlace) {
    const std::vector<mistake> mistakes{
        {"ttft: 200", "f.yaml:2:25: 'ttft' must be a duration with a unit"},
        {"ttft: 2h", "f.yaml:2:25: 'ttft' must be at most 1h (3600000 milliseconds), not '2h'"},
        {"gap: \"uniform(2s,1s)\"", "f.yaml:2:24: 'gap' must have its LOW below its HIGH"},
        {"rate: 5, gap: 10ms", "f.yaml:2:33: 'rate' and 'gap' exclude each other"},
        {"prefill: 2s",
         "f.yaml:2:28: 'prefill' must be a duration with a unit (us, ms or s) such "
         "as 50us, at most 1s, not '2s'"},
        {"prefill: \"uniform(1us,2us)\"", "'prefill' must be a duration"},
        {"tokens: 1.5", "f.yaml:2:27: 'tokens' must be a whole number"},
        {"tokens: 1000001", "'tokens' must be at most 1000000"},
        {"content: poetry", "'content' must be one of prose, markdown, code, scripts, json"},
        {"profile: fast", "'profile' must be one of fast-small, frontier, reasoning"},
        {"queue: {slowdown: 2}", "f.yaml:2:26: 'waiting' and 'slowdown' need 'slots'"},
        {"queue: {slot: 2}", "unknown key 'slot' for a queue (did you mean 'slots'?)"},
        {"limits: {requests: 2}", "unknown key 'requests' for limits"},
        {"cache: on", "'cache' must be true or false"},
        {"faults: [{error: 503}]", "missing key 'chance' for a fault"},
        {"faults: [{chance: 2, error: 503}]", "'chance' must be a number between 0.0 and 1.0"},
        {"faults: [{chance: 1, error: 200}]", "'error' must be an HTTP status of 400 to 599"},
        {"changes: [{at: 3s}]", "f.yaml:2:29: the change needs one of"},
        {"changes: [{gap: 2}]", "'gap' must be a factor such as x4"},
        {"changes: [{gap: x0}]", "'gap' must be a factor such as x4"},
        {"changes: [{gap: x2, chance: 0.5}]", "'chance' needs 'error'"},
        {"changes: [{gap: x2, every: 3s}]", "'every' needs 'for'"},
        {"changes: [{gap: x2, for: 3s, every: 2s}]", "'every' must be longer than 'for'"},
        {"script: [{contains: x}]", "f.yaml:2:28: the rule needs one of 'reply'"},
        {"script: [{match: \"(\", reply: x}]", "f.yaml:2:36: 'match' must be a regular expression"},
        {"script: [{reply: x, turn: 0}]", "'turn' must be a whole number between 1"},
        {"script: [{settings: {tokns: 5}}]", "'tokns' is not a setting of the mock model"},
        {"script: [{settings: {ttft_ms: 5, ttft-ms: 6}}]",
         "'ttft-ms' says again what 'ttft_ms' says"},
        {"script: [{settings: {tokens: many}}]", "'tokens' must be a whole number"},
        {"script: [{tool_calls: [{name: a b}]}]", "'name' must be a function's name"},
        {"script: [{tool_calls: [{arguments: {}}]}]", "missing key 'name' for a tool call"},
        {"script: {reply: x}", "'script' must be a list of rules, or a path, not a map"},
    };
    for (const auto& [fields, error] : mistakes)
        EXPECT_THAT(errors_of(with(fields)), ElementsAre(HasSubstr(error))) << fields;
}

}  // namespace
}  // namespace sluice::gateway
