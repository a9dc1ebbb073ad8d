#include "upstream/mock/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using testing::HasSubstr;
using settings = std::map<std::string, std::string>;

request prompt(std::string text = "Tell me about rivers") {
    request out;
    out.model = "mock";
    out.messages.emplace_back();
    out.messages.back().content.emplace_back(text_part{std::move(text)});
    return out;
}

options read(const mock_settings& configured, const request& request, const settings& given = {}) {
    auto made = read_options(configured, request, given);
    if (auto* const wrong = std::get_if<failure>(&made)) {
        ADD_FAILURE() << wrong->message;
        return {};
    }
    return std::get<options>(std::move(made));
}

options read(const settings& given) {
    return read({}, prompt(), given);
}

failure error_of(const request& request, const settings& given) {
    auto made = read_options({}, request, given);
    auto* const wrong = std::get_if<failure>(&made);
    EXPECT_NE(wrong, nullptr);
    return wrong != nullptr ? *wrong : failure();
}

rule matching(std::string words) {
    rule made;
    made.contains = std::move(words);
    return made;
}

TEST(MockOptions, OverrideWhatIsConfigured) {
    mock_settings configured;
    configured.tokens = distribution(5);
    const options plain = read(configured, prompt());
    EXPECT_EQ(plain.ttft, distribution(0.2));
    EXPECT_EQ(plain.rate, 50);
    EXPECT_EQ(plain.tokens, 5);
    EXPECT_FALSE(plain.seed);
    const options given = read(
        configured,
        prompt(),
        {{"ttft_ms", "3"},
         {"rate", " 0.5 "},
         {"tokens", "9"},
         {"seed", "18446744073709551615"},
         {"tool-call", "get.it"},
         {"media", "image/png"},
         {"error", "cut-after=2"}}
    );
    EXPECT_EQ(given.ttft, distribution(0.003));
    EXPECT_EQ(given.rate, 0.5);
    EXPECT_EQ(given.tokens, 9);
    EXPECT_EQ(given.seed, 18446744073709551615U);
    EXPECT_EQ(given.tool_call, "get.it");
    EXPECT_EQ(given.media, "image/png");
    EXPECT_EQ(given.error.wire.what, wire_fault::kind::cut);
}

TEST(MockOptions, ThatCannotBeReadAreNamed) {
    const std::vector<std::array<std::string, 3>> cases{
        {"tokens", "1000001", "X-Mock-Tokens"},
        {"tokens", "-1", "X-Mock-Tokens"},
        {"tokens", "ten", "X-Mock-Tokens"},
        {"tokens", "1.5", "X-Mock-Tokens"},
        {"rate", "-1", "X-Mock-Rate"},
        {"rate", "1000001", "X-Mock-Rate"},
        {"rate", "nan", "X-Mock-Rate"},
        {"rate", "inf", "X-Mock-Rate"},
        {"rate", "", "X-Mock-Rate"},
        {"ttft_ms", "3600001", "X-Mock-Ttft-Ms"},
        {"ttft-ms", "soon", "X-Mock-Ttft-Ms"},
        {"gap_ms", "uniform(2,1)", "X-Mock-Gap-Ms"},
        {"prefill-us", "-1", "X-Mock-Prefill-Us"},
        {"prefill-us", "1000001", "X-Mock-Prefill-Us"},
        {"seed", "-1", "X-Mock-Seed"},
        {"key", "mine", "X-Mock-Key"},
        {"tool-call", "a b", "X-Mock-Tool-Call"},
        {"tool-call", "", "X-Mock-Tool-Call"},
        {"media", "image/gif", "X-Mock-Media"},
        {"reasoning", "-1", "X-Mock-Reasoning"},
        {"reasoning", "1000001", "X-Mock-Reasoning"},
        {"content", "poetry", "X-Mock-Content"},
        {"content", "", "X-Mock-Content"},
        {"profile", "huge", "X-Mock-Profile"},
        {"echo", "yes", "X-Mock-Echo"},
        {"stamp", "1", "X-Mock-Stamp"},
        {"tool-calls", "0", "X-Mock-Tool-Calls"},
        {"tool_calls", "65", "X-Mock-Tool-Calls"},
        {"citations", "65", "X-Mock-Citations"},
        {"refusal", "yes", "X-Mock-Refusal"},
        {"error", "200", "X-Mock-Error"},
        {"tokns", "1", "X-Mock-Tokns"},
    };
    for (const auto& [key, value, name] : cases) {
        SCOPED_TRACE(key + "=" + value);
        const failure why = error_of(prompt(), {{key, value}});
        EXPECT_EQ(why.status, 400);
        EXPECT_EQ(why.type, "invalid_request_error");
        EXPECT_EQ(why.param, name);
        EXPECT_THAT(why.message, HasSubstr(name));
        EXPECT_TRUE(check_settings({{key, value}}));
    }
    EXPECT_FALSE(check_settings({{"ttft_ms", "exponential(20)"}, {"content", "markdown"}}));
}

TEST(MockOptions, TakeDistributionsOfMilliseconds) {
    const options given = read({{"ttft-ms", "lognormal(400,0.5)"}});
    EXPECT_EQ(given.ttft, distribution(distribution::log_normal{0.4, 0.5}));
    EXPECT_THAT(error_of(prompt(), {{"gap-ms", "10:20:80us"}}).message, HasSubstr("do not fall"));
    EXPECT_EQ(
        read({{"gap-ms", "10:20:80"}}).gap, distribution(distribution::quantiles{0.01, 0.02, 0.08})
    );
    EXPECT_EQ(read({{"ttft-ms", "1.5"}}).ttft, distribution(0.0015));
    EXPECT_EQ(read({{"prefill-us", "50.5"}}).prefill_s, 50.5e-6);
}

TEST(MockOptions, TakeARateInPlaceOfGapsThatLieBelow) {
    mock_settings configured;
    configured.gap = distribution(1);
    EXPECT_EQ(read(configured, prompt()).gap, distribution(1));
    EXPECT_FALSE(read(configured, prompt(), {{"rate", "7"}}).gap);
    EXPECT_EQ(
        read(configured, prompt(), {{"rate", "7"}, {"gap-ms", "5"}}).gap, distribution(0.005)
    );
    EXPECT_FALSE(read({}, prompt("[mock gap-ms=5] hello"), {{"rate", "7"}}).gap);
}

TEST(MockOptions, DrawTheSameLengthsForTheSameSeedAndPrompt) {
    const settings given{{"tokens", "uniform(1,1000)"}, {"reasoning", "exponential(300)"}};
    const options once = read({}, prompt(), given);
    const options again = read({}, prompt(), given);
    EXPECT_EQ(once.tokens, again.tokens);
    EXPECT_EQ(once.reasoning, again.reasoning);
    EXPECT_NE(once.tokens, read({}, prompt("else"), given).tokens);
    request seeded = prompt();
    seeded.seed = 9;
    const auto by_request = read({}, seeded, given).tokens;
    EXPECT_NE(once.tokens, by_request);
    settings by_header = given;
    by_header["seed"] = "9";
    EXPECT_EQ(read({}, prompt(), by_header).tokens, by_request);
    mock_settings configured;
    configured.seed = 9;
    EXPECT_EQ(read(configured, prompt(), given).tokens, by_request);
}

TEST(MockOptions, DrawLengthsByTheirKeyWhateverThePromptIs) {
    const settings given{{"tokens", "uniform(1,1000)"}, {"key", "5"}};
    EXPECT_EQ(read({}, prompt(), given).key, 5U);
    EXPECT_EQ(read({}, prompt(), given).tokens, read({}, prompt("else"), given).tokens);
}

TEST(MockOptions, DrawLengthsThatDiffer) {
    std::set<std::int64_t> lengths;
    for (int seed = 0; seed < 100; ++seed) {
        const auto drawn =
            read({{"tokens", "uniform(0,1)"}, {"seed", std::to_string(seed)}}).tokens;
        lengths.insert(*drawn);
    }
    EXPECT_EQ(lengths, std::set<std::int64_t>{1}) << "an answer has a token at least";
    EXPECT_EQ(read({{"tokens", "0"}}).tokens, 0);
}

TEST(MockOptions, TakeAProfileBelowAllElseThatIsAsked) {
    const options frontier = read({{"profile", "frontier"}, {"ttft-ms", "5"}, {"tokens", "9"}});
    EXPECT_EQ(frontier.ttft, distribution(0.005));
    EXPECT_EQ(frontier.tokens, 9);
    ASSERT_TRUE(frontier.gap);
    EXPECT_NEAR(1 / frontier.gap->mean(), 60, 1);
    EXPECT_EQ(frontier.prefill_s, 50e-6);
    EXPECT_EQ(frontier.reasoning, 0);
    EXPECT_GT(read({{"profile", "reasoning"}}).reasoning, 0);
    const options small = read({{"profile", "fast-small"}, {"rate", "3"}});
    EXPECT_FALSE(small.gap);
    EXPECT_EQ(small.rate, 3);
    mock_settings configured;
    configured.ttft = distribution(9);
    EXPECT_LT(read(configured, prompt(), {{"profile", "fast-small"}}).ttft.mean(), 0.2);
}

TEST(MockOptions, EchoTheLastUserMessageWithoutItsSettings) {
    request request = prompt("first");
    request.messages.push_back({role::assistant, {text_part{"answer"}}, "", {}, ""});
    request.messages.push_back(
        {role::user, {text_part{"[mock rate=5]\n the "}, text_part{"last"}}, "", {}, ""}
    );
    EXPECT_EQ(read({}, request, {{"echo", "true"}}).reply, "the last");
    EXPECT_FALSE(read({}, request, {{"echo", "false"}}).reply);
    EXPECT_EQ(read({}, prompt("[mock] x"), {{"echo", "true"}}).reply, "[mock] x");
}

TEST(MockOptions, StandAtTheBeginningOfAPrompt) {
    const options given = read({}, prompt("[mock tokens=100 ttft_ms=uniform(1,2) stamp=true] Hi"));
    EXPECT_EQ(given.tokens, 100);
    EXPECT_TRUE(given.stamp);
    EXPECT_EQ(given.ttft, distribution(distribution::uniform{0.001, 0.002}));
    EXPECT_EQ(settings_in_prompt(prompt("[mock error=]")), (settings{{"error", ""}}));
    EXPECT_EQ(
        settings_in_prompt(prompt("[mock  a=1   b=2 ]x")), (settings{{"a", "1"}, {"b", "2"}})
    );
}

TEST(MockOptions, OfTheLastUserMessageAloneCount) {
    request request = prompt("[mock tokens=100] Hi");
    request.messages.push_back({role::tool, {text_part{"[mock tokens=7] result"}}, "", {}, ""});
    EXPECT_EQ(read({}, request).tokens, 100);
    request.messages.push_back({role::user, {text_part{"And?"}}, "", {}, ""});
    EXPECT_FALSE(read({}, request).tokens);
    EXPECT_TRUE(settings_in_prompt({}).empty());
}

TEST(MockOptions, AreNotSeenInWhatIsAPromptOnly) {
    for (const std::string& text : {
             std::string("tokens=5"),
             std::string(" [mock tokens=5]"),
             std::string("Say [mock tokens=5]"),
             std::string("[mock]"),
             std::string("[mock ]"),
             std::string("[mock tokens]"),
             std::string("[mock tokens=5"),
             std::string("[mock =5]"),
             std::string("[mock tokens=5 and more]"),
             std::string("[mock Tokens=5]"),
             std::string("[mock tokens=5\n]"),
             std::string("[mocktokens=5]"),
             "[mock " + std::string(1024, 'a') + "=5]",
         }) {
        EXPECT_TRUE(settings_in_prompt(prompt(text)).empty()) << text;
    }
}

TEST(MockOptions, InAPromptAreRefusedLikeHeaders) {
    EXPECT_EQ(error_of(prompt("[mock tokns=5]"), {}).param, "X-Mock-Tokns");
    EXPECT_EQ(error_of(prompt("[mock tokens=many]"), {}).param, "X-Mock-Tokens");
    mock_settings deaf;
    deaf.prompt_settings = false;
    EXPECT_FALSE(read(deaf, prompt("[mock tokens=5]")).tokens);
}

TEST(MockOptions, LieOverEachOtherAsScriptPromptAndHeaders) {
    mock_settings configured;
    configured.script.rules.push_back(matching("river"));
    rule& rule = configured.script.rules.back();
    rule.settings = {{"tokens", "1"}, {"rate", "1"}, {"ttft_ms", "1"}, {"profile", "frontier"}};
    rule.reply = "A river.";
    rule.reasoning = "Water?";
    rule.tool_calls = {{"", "look", "{}", {}}};
    rule.error = *parse_fault("503");
    const options out =
        read(configured, prompt("[mock rate=2 ttft-ms=2] a river"), {{"ttft-ms", "3"}});
    EXPECT_EQ(out.tokens, 1);
    EXPECT_EQ(out.rate, 2);
    EXPECT_EQ(out.ttft, distribution(0.003));
    EXPECT_EQ(out.prefill_s, 50e-6);
    EXPECT_EQ(out.reply, "A river.");
    EXPECT_EQ(out.thoughts, "Water?");
    EXPECT_EQ(out.scripted_calls.at(0).name, "look");
    EXPECT_EQ(out.error, *parse_fault("503"));
    EXPECT_FALSE(read(configured, prompt("a river"), {{"error", ""}}).error);
    EXPECT_FALSE(read(configured, prompt("a lake")).reply);
}

TEST(MockOptions, SayWhetherAnErrorWasAskedForByName) {
    EXPECT_FALSE(read(settings{}).error_given);
    EXPECT_TRUE(read({{"error", "503"}}).error_given);
    EXPECT_TRUE(read({{"error", ""}}).error_given);
}

}  // namespace
}  // namespace sluice::upstream::mock
