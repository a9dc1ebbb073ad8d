#include "upstream/mock/answer.hpp"

#include "upstream/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using nlohmann::json;
using testing::ElementsAre;

/// All that an answer says.
struct heard {
    std::string text;
    std::string thoughts;
    std::string refusal;
    std::vector<tool_call> calls;
    std::vector<std::string> parts;  ///< of arguments
    std::vector<std::string> order;  ///< what came, without repetitions
    std::vector<finish_reason> ends;
    std::size_t citations = 0;
    json probabilities = json::array();
    usage total;

    void note(const char* kind) {
        if (order.empty() || order.back() != kind) order.emplace_back(kind);
    }
    void operator()(const text_delta& item) {
        note("text");
        EXPECT_TRUE(is_utf8(item.text));
        if (item.choice == 0) text += item.text;
    }
    void operator()(const reasoning_delta& item) {
        note("thoughts");
        thoughts += item.text;
    }
    void operator()(const refusal_delta& item) { refusal += item.text; }
    void operator()(const tool_call_delta& item) {
        note("calls");
        if (!item.id.empty())
            calls.push_back({std::string(item.id), std::string(item.name), ""});
        else
            EXPECT_FALSE(item.arguments.empty());
        EXPECT_TRUE(is_utf8(item.arguments));
        calls.at(static_cast<std::size_t>(item.index)).arguments += item.arguments;
        if (!item.arguments.empty()) parts.emplace_back(item.arguments);
    }
    void operator()(const citation_delta&) { ++citations; }
    void operator()(const logprobs_delta& item) {
        for (auto& token : json::parse(item.content))
            probabilities.push_back(token);
    }
    void operator()(const finish& item) { ends.push_back(item.reason); }
    void operator()(const usage& item) { total = item; }
    template <class Other>
    void operator()(const Other&) {}
};

heard hear(answer answer) {
    heard out;
    std::vector<item> items;
    while (!answer.complete()) {
        answer.forget();
        items.clear();
        answer.next(items);
        for (const item& item : items)
            std::visit([&](const auto& one) { out(one); }, item);
    }
    return out;
}

call asking(std::string prompt) {
    call out;
    message message;
    message.content.emplace_back(text_part{std::move(prompt)});
    out.request.messages.push_back(std::move(message));
    return out;
}

heard ask(const call& call, const options& options) {
    EXPECT_FALSE(answer::check(call, options));
    return hear(answer(call, options, 1));
}

TEST(MockAnswer, SaysAReplyVerbatim) {
    options options;
    options.reply = "It is 流れ, 👩🏽‍🚀 and\n\n\t12345.";
    options.tokens = 3;
    const heard seen = ask(asking("hi"), options);
    EXPECT_EQ(seen.text, *options.reply);
    EXPECT_THAT(seen.ends, ElementsAre(finish_reason::stop));
    EXPECT_GT(seen.total.output_tokens, 8);
    EXPECT_EQ(ask(asking("hi"), options).total.output_tokens, seen.total.output_tokens);
    options.reply = "";
    EXPECT_EQ(ask(asking("hi"), options).total.output_tokens, 0);
}

TEST(MockAnswer, CutsAReplyAtItsLimits) {
    options options;
    options.reply = "one two three four";
    call call = asking("hi");
    call.request.max_tokens = 2;
    EXPECT_EQ(ask(call, options).text, "one two");
    EXPECT_THAT(ask(call, options).ends, ElementsAre(finish_reason::length));
    call.request.max_tokens.reset();
    call.request.stop = {"thr"};
    EXPECT_EQ(ask(call, options).text, "one two ");
}

TEST(MockAnswer, RepeatsAReplyInEveryChoiceWithProbabilitiesAndSources) {
    options options;
    options.reply = "one two";
    options.citations = 2;
    call call = asking("hi");
    call.request.choices = 3;
    call.request.logprobs = true;
    const heard seen = ask(call, options);
    EXPECT_EQ(seen.total.output_tokens, 6);
    EXPECT_EQ(seen.probabilities.size(), 6U);
    EXPECT_EQ(seen.probabilities[0]["token"], "one");
    EXPECT_EQ(seen.citations, 6U);
}

TEST(MockAnswer, HasTheThoughtsItIsGiven) {
    options options;
    options.reply = "yes";
    options.thoughts = "let me think";
    const heard seen = ask(asking("hi"), options);
    EXPECT_EQ(seen.thoughts, "let me think");
    EXPECT_THAT(seen.order, ElementsAre("thoughts", "text"));
    EXPECT_EQ(seen.total.reasoning_tokens, 3);
    EXPECT_EQ(seen.total.output_tokens, 4);
}

TEST(MockAnswer, GoesByAKeyInPlaceOfThePrompt) {
    options options;
    const std::string one = ask(asking("one"), options).text;
    EXPECT_NE(ask(asking("two"), options).text, one);
    options.key = 12;
    const std::string keyed = ask(asking("one"), options).text;
    EXPECT_NE(keyed, one);
    EXPECT_EQ(ask(asking("two"), options).text, keyed);
    options.key = 13;
    EXPECT_NE(ask(asking("one"), options).text, keyed);
}

TEST(MockAnswer, IsOfTheStyleAskedFor) {
    options options;
    options.tokens = 150;
    options.content = "markdown";
    EXPECT_TRUE(ask(asking("hi"), options).text.starts_with("# "));
    options.content = "json";
    EXPECT_TRUE(json::parse(ask(asking("hi"), options).text).is_object());
    EXPECT_EQ(ask(asking("hi"), options).total.output_tokens, 150);
    options.tokens.reset();
    EXPECT_TRUE(json::parse(ask(asking("hi"), options).text).is_object());
    for (const auto style : text_styles()) {
        options.content = style;
        options.tokens = 77;
        EXPECT_EQ(ask(asking("hi"), options).total.output_tokens, 77) << style;
        call limited = asking("hi");
        limited.request.max_tokens = 20;
        EXPECT_EQ(ask(limited, options).total.output_tokens, 20) << style;
    }
}

TEST(MockAnswer, GivesASchemaWhatItWantsWhateverTheStyle) {
    options options;
    options.content = "markdown";
    call call = asking("hi");
    call.request.response_format =
        response_format{response_format::form::json_schema, "", {{"const", 7}}, {}};
    EXPECT_EQ(ask(call, options).text, "7");
}

TEST(MockAnswer, MakesTheCallsOfAScript) {
    options options;
    options.scripted_calls = {{"", "find", R"({"a":"é"})"}, {"mine", "go", ""}};
    options.reply = "found";
    call call = asking("hi");
    const heard seen = ask(call, options);
    ASSERT_EQ(seen.calls.size(), 2U);
    EXPECT_TRUE(seen.calls[0].id.starts_with("call_"));
    EXPECT_EQ(seen.calls[0].name, "find");
    EXPECT_EQ(seen.calls[0].arguments, R"({"a":"é"})") << "as it is there";
    EXPECT_EQ(seen.calls[1].id, "mine");
    EXPECT_EQ(seen.calls[1].arguments, "{}");
    EXPECT_EQ(seen.text, "");
    EXPECT_THAT(seen.ends, ElementsAre(finish_reason::tool_calls));
    message result;
    result.role = role::tool;
    call.request.messages.push_back(result);
    EXPECT_EQ(ask(call, options).text, "found") << "a conversation has to end";
}

TEST(MockAnswer, RepliesEvenWhereTheRequestDemandsATool) {
    options options;
    options.reply = "no";
    call call = asking("hi");
    call.request.tools = {{"find", "", nullptr, {}}};
    call.request.tool_choice = {tool_choice::mode::required, ""};
    EXPECT_EQ(ask(call, options).text, "no");
    options.tool_call = "find";
    EXPECT_EQ(ask(call, options).calls.size(), 1U) << "that was asked for by name";
}

TEST(MockAnswer, CutsArgumentsWithinEscapesAndNumbers) {
    options options;
    call call = asking("hi");
    call.request.tools = {
        {"find",
         "",
         {{"type", "object"},
          {"properties",
           {{"name", {{"enum", {"café 😀 \"quoted\"\n"}}}}, {"size", {{"const", 1234567.25}}}}},
          {"required", {"name", "size"}}},
         {}}};
    call.request.tool_choice = {tool_choice::mode::required, ""};
    bool escaped = false;
    bool halved = false;
    bool in_number = false;
    for (std::int64_t seed = 0; seed < 200; ++seed) {
        call.request.seed = seed;
        const heard seen = ask(call, options);
        const json arguments = json::parse(seen.calls.at(0).arguments);
        EXPECT_EQ(arguments["name"], "café 😀 \"quoted\"\n");
        std::string whole;
        for (const std::string& part : seen.parts) {
            whole += part;
            escaped = escaped || whole.ends_with('\\') || whole.ends_with("\\u0");
            halved = halved || whole.ends_with("\\ud83d");
            in_number = in_number || whole.ends_with("12345") || whole.ends_with("123");
        }
    }
    EXPECT_TRUE(escaped);
    EXPECT_TRUE(halved);
    EXPECT_TRUE(in_number);
}

TEST(MockAnswer, ReportsUsageThatAddsUp) {
    options options;
    options.tokens = 10;
    options.reasoning = 4;
    call call = asking(std::string(400, 'x'));
    call.api = api::anthropic_messages;
    answer cached(call, options, 1);
    EXPECT_EQ(cached.input_tokens(), 100);
    cached.set_cached({64, 32});
    const usage total = hear(std::move(cached)).total;
    EXPECT_EQ(total.input_tokens, 100);
    EXPECT_EQ(total.output_tokens, 14);
    EXPECT_EQ(total.total_tokens, 114);
    EXPECT_EQ(total.reasoning_tokens, 4);
    EXPECT_EQ(total.cached_tokens, 64);
    EXPECT_EQ(total.cache_write_tokens, 32);
}

TEST(MockAnswer, TellsWhatWasWrittenToTheCacheOnlyWhereTheProviderDoes) {
    const auto total_of = [](api api, std::optional<cached_prompt> found) {
        call call = asking("hi");
        call.api = api;
        answer answer(call, {}, 1);
        if (found) answer.set_cached(*found);
        return hear(std::move(answer)).total;
    };
    EXPECT_EQ(total_of(api::openai_chat, cached_prompt{0, 64}).cached_tokens, 0);
    EXPECT_FALSE(total_of(api::openai_chat, cached_prompt{0, 64}).cache_write_tokens);
    EXPECT_FALSE(total_of(api::anthropic_messages, std::nullopt).cached_tokens);
    EXPECT_FALSE(total_of(api::anthropic_messages, std::nullopt).cache_write_tokens);
}

TEST(MockAnswer, RefusesInTheWordsItIsGiven) {
    options options;
    options.refusal = true;
    options.reply = "I will not.";
    EXPECT_EQ(ask(asking("hi"), options).refusal, "I will not.");
}

}  // namespace
}  // namespace sluice::upstream::mock
