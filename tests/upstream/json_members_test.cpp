#include "upstream/json_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> members(std::string_view text) {
    const auto found = top_level_members(text);
    if (!found) return {{"not", "an object"}};
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& each : *found) {
        result.emplace_back(each.key, text.substr(each.begin, each.end - each.begin));
    }
    return result;
}

TEST(JsonMembers, FindsEachKeyAndTheBytesOfItsValue) {
    EXPECT_THAT(
        members(R"( { "a" : 1 ,"b":"x,}\"" , "c":{"a":[{}]}, "d":[1,"]"],"e":null,"f":-1.5e3 } )"),
        ElementsAre(
            Pair("a", "1"),
            Pair("b", R"("x,}\"")"),
            Pair("c", R"({"a":[{}]})"),
            Pair("d", R"([1,"]"])"),
            Pair("e", "null"),
            Pair("f", "-1.5e3")
        )
    );
    EXPECT_THAT(members("{}"), ElementsAre());
    EXPECT_THAT(members(" { } "), ElementsAre());
}

TEST(JsonMembers, KeepsDuplicatesHoweverTheyAreSpelled) {
    EXPECT_THAT(
        members(R"({"model":1,"mod\u0065l":2,"\u006Dodel":3})"),
        ElementsAre(Pair("model", "1"), Pair("model", "2"), Pair("model", "3"))
    );
}

TEST(JsonMembers, RefusesWhatIsNoObject) {
    for (const auto* text :
         {"",
          " ",
          "[1]",
          "1",
          "\"{}\"",
          "{",
          "{\"a\"",
          "{\"a\":",
          "{\"a\":1",
          "{\"a\":1,",
          "{\"a\":1,}",
          "{\"a\" 1}",
          "{a:1}",
          "{\"a\":1 2}",
          "{\"a\":[}",
          "{} x",
          "{\"a\":\"",
          "{\"a\\"}) {
        EXPECT_FALSE(top_level_members(text)) << text;
    }
}

TEST(JsonMembers, StepsOverDepthWithoutStack) {
    const auto deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    const auto text = "{\"a\":" + deep + "}";
    EXPECT_EQ(members(text).at(0).second.size(), deep.size());
    EXPECT_TRUE(nested_deeper_than(text, 64));
}

TEST(JsonMembers, CountsNestingButNotInStrings) {
    EXPECT_FALSE(nested_deeper_than(R"({"a":[{"b":"[[[[[\"[[["}]})", 3));
    EXPECT_TRUE(nested_deeper_than(R"({"a":[{"b":1}]})", 2));
    EXPECT_FALSE(nested_deeper_than("[][][]", 1));
}

TEST(JsonMembers, ResolvesEscapes) {
    EXPECT_EQ(unescape_json(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(unescape_json(R"(\u00e9\u20ac\ud83d\ude00)"), "é€😀");
    EXPECT_EQ(unescape_json(R"(a\ud83dz\ude00)"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    EXPECT_EQ(unescape_json("\\"), "\\");
    EXPECT_EQ(unescape_json("\\u12"), "\\u12");
}

TEST(JsonMembers, WalksTheElementsOfAnArray) {
    json_walker walker(R"([1, {"a":2} ,"x"])");
    std::vector<std::string> values;
    while (walker.next())
        values.emplace_back(walker.value());
    EXPECT_FALSE(walker.failed());
    EXPECT_THAT(values, ElementsAre("1", R"({"a":2})", R"("x")"));
}

TEST(JsonValues, AreCountedOutsideOfTexts) {
    const std::string body = R"({"a": [1, 2, {"b": "[[[,,,{{{"}], "c": []})";
    EXPECT_FALSE(holds_more_values(body, 7));
    EXPECT_TRUE(holds_more_values(body, 6));
    EXPECT_FALSE(holds_more_values("", 0));
    EXPECT_FALSE(holds_more_values("\"unended [[[[", 0));
}

}  // namespace
}  // namespace sluice::upstream
