#include "upstream/mock/script.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace sluice::upstream::mock {
namespace {

message says(role role, std::string text) {
    message out;
    out.role = role;
    out.content.emplace_back(text_part{std::move(text)});
    return out;
}

request user_says(std::string text) {
    request out;
    out.model = "small";
    out.messages.push_back(says(role::user, std::move(text)));
    return out;
}

rule rule_with(std::string_view match, std::string reply = "") {
    rule out;
    EXPECT_EQ(set_match(out, match), std::nullopt);
    out.reply = std::move(reply);
    return out;
}

std::string replied(rule rule, const request& request) {
    const script script{{std::move(rule)}};
    const auto matched = script.find(request);
    return matched.rule == nullptr ? "no match" : reply_of(matched, request);
}

bool matches(rule rule, const request& request) {
    return script{{std::move(rule)}}.find(request).rule != nullptr;
}

TEST(MockScript, TriesItsRulesInOrder) {
    script script;
    EXPECT_EQ(script.find(user_says("hello")).rule, nullptr);
    script.rules.resize(3);
    script.rules[0].contains = "bye";
    script.rules[1].contains = "hello";
    EXPECT_EQ(script.find(user_says("Hello and good-bye")).rule, &script.rules[0]);
    EXPECT_EQ(script.find(user_says("hello")).rule, &script.rules[1]);
    EXPECT_EQ(script.find(user_says("what?")).rule, &script.rules[2])
        << "no condition always holds";
}

TEST(MockScript, LooksAtTheLastMessageOfTheUserWhateverItsCase) {
    rule rule;
    rule.contains = "WEATHER in";
    request request = user_says("the weather IN Paris");
    EXPECT_TRUE(matches(rule, request));
    request.messages.push_back(says(role::assistant, "sunny"));
    EXPECT_TRUE(matches(rule, request));
    request.messages.push_back(says(role::user, "thanks"));
    EXPECT_FALSE(matches(rule, request));
}

TEST(MockScript, NeedsAllConditions) {
    rule rule;
    rule.contains = "hi";
    rule.system_contains = "pirate";
    rule.model = "small";
    rule.turn = 1;
    request request = user_says("hi");
    EXPECT_FALSE(matches(rule, request));
    request.messages.insert(request.messages.begin(), says(role::developer, "Be a Pirate."));
    EXPECT_TRUE(matches(rule, request));
    request.model = "large";
    EXPECT_FALSE(matches(rule, request));
    request.model = "small";
    request.messages.push_back(says(role::user, "hi"));
    EXPECT_FALSE(matches(rule, request)) << "it is the second turn";
    rule.turn = 2;
    EXPECT_TRUE(matches(rule, request));
}

TEST(MockScript, SearchesForItsPattern) {
    EXPECT_TRUE(matches(rule_with(R"(\b\d{3}\b)"), user_says("is it 123?")));
    EXPECT_FALSE(matches(rule_with(R"(\b\d{3}\b)"), user_says("is it 1234?")));
    EXPECT_TRUE(matches(rule_with("(?i)hello"), user_says("HELLO")));
    EXPECT_FALSE(matches(rule_with("hello"), user_says("HELLO")));
}

TEST(MockScript, SaysWhyAPatternIsNone) {
    rule rule;
    for (const char* const bad : {"(", "[z-a]", "a{2,1}", "*", "(?<=a+)b", "\\"}) {
        const auto why = set_match(rule, bad);
        ASSERT_TRUE(why) << bad;
        EXPECT_FALSE(why->empty());
        EXPECT_EQ(why->find("error occurred"), std::string::npos) << *why;
        EXPECT_FALSE(rule.match);
    }
    EXPECT_TRUE(set_match(rule, std::string(5000, 'a')));
    EXPECT_FALSE(set_match(rule, "a+"));
    EXPECT_EQ(rule.match_text, "a+");
}

/// Each of these takes longer than the universe, or more stack than there is, in a search without
/// bounds.
TEST(MockScript, GivesUpWhereAStrangersMessageWouldTakeForEver) {
    const std::string many(1'000'000, 'a');
    for (const char* const evil :
         {"(a+)+b",
          "(a|aa)+b",
          "(a*)*b",
          "(.|\\n)*x",
          "^(([a-z])+.)+[A-Z]([a-z])+$",
          "((a{1,100}){1,100}){1,100}b"}) {
        EXPECT_FALSE(matches(rule_with(evil), user_says(many))) << evil;
    }
}

TEST(MockScript, SeesTheBeginningOfALongMessageOnly) {
    const std::string filler(subject_bytes_max - 4, ' ');
    EXPECT_TRUE(matches(rule_with("word"), user_says(filler + "word and more")));
    EXPECT_FALSE(matches(rule_with("word"), user_says(filler + " word")));
    rule plain;
    plain.contains = "word";
    EXPECT_TRUE(matches(plain, user_says(filler + filler + "word"))) << "that is no pattern";
}

TEST(MockScript, PutsGroupsAndPromptIntoItsReply) {
    const auto reply = [](std::string_view match, std::string text, const char* prompt) {
        return replied(rule_with(match, std::move(text)), user_says(prompt));
    };
    EXPECT_EQ(reply("call me (\\w+)", "Hello $1!", "Please call me Ishmael."), "Hello Ishmael!");
    EXPECT_EQ(reply("(a)|(b)", "[$1][$2][$9]", "b"), "[][b][]");
    EXPECT_EQ(reply("x", "${prompt} ${prompt}", "x$1"), "x$1 x$1") << "it is not looked into again";
    EXPECT_EQ(reply("(x)", "$0 $$ $ ${other} $a $", "x"), "$0 $$ $ ${other} $a $");
    EXPECT_EQ(reply("(\\S+)$", "<$1>", "流れ 🌊"), "<🌊>");
}

TEST(MockScript, FindsWholeCharactersThoughAPatternSeesBytes) {
    const auto found = [](std::string_view match, const char* prompt) {
        return replied(rule_with(match, "<$1>"), user_says(prompt));
    };
    EXPECT_EQ(found("(.)$", "x流"), "<流>");
    EXPECT_EQ(found("^(.)", "流れ"), "<流>");
    EXPECT_EQ(found("^(..)", "a流れ"), "<a流>");
    EXPECT_EQ(found("^.(.)", "流れ"), "<流>");
    EXPECT_EQ(found("^.()", "流れ"), "<>");
    EXPECT_EQ(found("(x)?", "流"), "<>");
}

TEST(MockScript, HasNoGroupsWithoutAPattern) {
    rule rule;
    rule.reply = "[$1] ${prompt}";
    EXPECT_EQ(replied(rule, user_says("hi")), "[] hi");
    rule.reply.reset();
    EXPECT_EQ(replied(rule, user_says("hi")), "");
}

TEST(MockScript, KeepsAReplyWithinBounds) {
    rule rule;
    rule.reply = "${prompt}${prompt}${prompt}${prompt}${prompt}";
    std::string prompt;
    while (prompt.size() < 1'500'000)
        prompt += "流";
    const std::string reply = replied(rule, user_says(prompt));
    EXPECT_LE(reply.size(), reply_bytes_max);
    EXPECT_GT(reply.size(), reply_bytes_max - 3);
    EXPECT_EQ(reply.size() % 3, 0U) << "it is cut inside a character";
}

}  // namespace
}  // namespace sluice::upstream::mock
