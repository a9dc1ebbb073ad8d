#include "gateway/dialects/gathered_answer.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using namespace upstream;
using kind = answer_block::kind;

answer gather(const std::vector<item>& items) {
    answer_gatherer gatherer;
    for (const auto& each : items)
        gatherer.add(each);
    return gatherer.take();
}

reasoning_state_delta signature(std::string_view data) {
    reasoning_state_delta made;
    made.from = reasoning_state::origin::anthropic;
    made.data = data;
    return made;
}

TEST(GatheredAnswer, JoinsTextsInTheOrderInWhichTheyCame) {
    const auto whole = gather(
        {reasoning_delta{0, "think"},
         reasoning_delta{0, "ing"},
         text_delta{0, "Hel"},
         text_delta{0, "lo"},
         reasoning_delta{0, "more"},
         text_delta{0, "!"}}
    );
    ASSERT_EQ(whole.choices.size(), 1U);
    const auto& blocks = whole.choices[0].blocks;
    ASSERT_EQ(blocks.size(), 4U);
    EXPECT_EQ(blocks[0].text, "thinking");
    EXPECT_EQ(blocks[1].text, "Hello");
    EXPECT_EQ(whole.choices[0].joined(kind::text), "Hello!");
    EXPECT_EQ(whole.choices[0].joined(kind::reasoning), "thinkingmore");
}

TEST(GatheredAnswer, ASignatureEndsItsStretchOfThoughts) {
    const auto whole =
        gather({reasoning_delta{0, "a"}, signature("s1"), reasoning_delta{0, "b"}, signature("s2")}
        );
    const auto& blocks = whole.choices.at(0).blocks;
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].text, "a");
    EXPECT_EQ(blocks[0].state->data, "s1");
    EXPECT_EQ(blocks[1].text, "b");
    EXPECT_EQ(blocks[1].state->data, "s2");
}

TEST(GatheredAnswer, KeepsCallsApartByTheirIndexHoweverTheyInterleave) {
    const auto whole = gather(
        {tool_call_delta{0, 0, "a", "f", "{"},
         tool_call_delta{0, 1, "b", "g", "["},
         tool_call_delta{0, 0, "", "", "}"},
         tool_call_delta{0, 1, "", "", "]"}}
    );
    const auto& blocks = whole.choices.at(0).blocks;
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].text, "{}");
    EXPECT_EQ(blocks[1].text, "[]");
    EXPECT_EQ(blocks[1].id, "b");
    EXPECT_EQ(blocks[1].name, "g");
}

TEST(GatheredAnswer, JoinsLogprobsOfManyTokens) {
    const auto whole = gather(
        {logprobs_delta{0, R"([{"a":1}])"},
         logprobs_delta{0, "[]"},
         logprobs_delta{0, R"([{"b":2}])"}}
    );
    EXPECT_EQ(whole.choices.at(0).logprobs, R"([{"a":1},{"b":2}])");
}

TEST(GatheredAnswer, PutsCitationsToTheTextThatTheyAreOf) {
    citation_delta cited;
    cited.url = "https://a";
    cited.begin = 0;
    cited.end = 2;
    const auto whole = gather({text_delta{0, "Hi"}, cited});
    ASSERT_EQ(whole.choices.at(0).blocks.size(), 1U);
    EXPECT_EQ(whole.choices[0].blocks[0].citations.at(0).url, "https://a");
}

TEST(GatheredAnswer, JoinsMediaToBase64ThatDecodesAsOne) {
    media_delta first;
    first.type = "audio/pcm";
    first.data = "AQ==";  // 1
    auto second = first;
    second.data = "AgM=";  // 2 3
    const auto whole = gather({first, second});
    ASSERT_EQ(whole.choices.at(0).blocks.size(), 1U);
    EXPECT_EQ(whole.choices[0].blocks[0].text, "AQID");
}

TEST(GatheredAnswer, LeavesOutChoicesThatNoAnswerHas) {
    const auto whole = gather({text_delta{-1, "a"}, text_delta{1 << 30, "b"}, text_delta{0, "c"}});
    EXPECT_EQ(whole.choices.size(), 1U);
    EXPECT_EQ(whole.choices[0].joined(kind::text), "c");
}

}  // namespace
}  // namespace sluice::gateway::testing
