#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

/// One chunk for each list of fragments, then the end.
told answer(const std::vector<std::string>& fragments) {
    std::string wire;
    for (const auto& list : fragments) {
        wire += R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[)" + list + "]}}]}\n\n";
    }
    wire +=
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        "data: [DONE]\n\n";
    auto whole = run(translated_call(), plain_provider(), {wire});
    EXPECT_TRUE(run(translated_call(), plain_provider(), bytewise(wire)).key() == whole.key());
    EXPECT_EQ(whole.ended, outcome::completed);
    EXPECT_THAT(whole.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    return whole;
}

TEST(OpenAiChatToolCalls, JoinsFragmentsByTheirIndex) {
    const auto seen = answer(
        {R"({"index":0,"id":"a","type":"function","function":{"name":"add","arguments":""}})",
         R"({"index":1,"id":"b","type":"function","function":{"name":"mul","arguments":""}})",
         R"({"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"function":{"arguments":"{}"}})",
         R"({"index":0,"function":{"arguments":"1}"}})"}
    );
    EXPECT_THAT(
        seen.calls,
        ElementsAre(told_call{0, 0, "a", "add", R"({"x":1})"}, told_call{0, 1, "b", "mul", "{}"})
    );
}

TEST(OpenAiChatToolCalls, MakesIndexesDense) {
    const auto seen = answer(
        {R"({"index":3,"id":"a","function":{"name":"f","arguments":"{}"}})",
         R"({"index":7,"id":"b","function":{"name":"g","arguments":"{}"}})"}
    );
    EXPECT_THAT(
        seen.calls, ElementsAre(told_call{0, 0, "a", "f", "{}"}, told_call{0, 1, "b", "g", "{}"})
    );
}

TEST(OpenAiChatToolCalls, BeginsAnotherWhereAnIndexIsUsedAgain) {
    const auto seen = answer(
        {R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})",
         R"({"index":0,"id":"b","function":{"name":"f","arguments":"{"}})",
         R"({"index":0,"function":{"arguments":"}"}})"}
    );
    EXPECT_THAT(
        seen.calls, ElementsAre(told_call{0, 0, "a", "f", "{}"}, told_call{0, 1, "b", "f", "{}"})
    );
}

TEST(OpenAiChatToolCalls, BeginsAnotherForEachNameWithoutAnIndex) {
    const auto seen = answer(
        {R"({"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"[]"}})",
         R"({"function":{"name":"g","arguments":"1"}})",
         R"({"function":{"arguments":"2"}})"}
    );
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "a", "f", "{}"},
            told_call{0, 1, "b", "f", "[]"},
            told_call{0, 2, "", "g", "12"}
        )
    );
}

TEST(OpenAiChatToolCalls, TakesARepeatedOrEmptyNameForTheSameCall) {
    const auto seen = answer(
        {R"({"index":0,"id":"a","function":{"name":"f","arguments":"{"}})",
         R"({"index":0,"id":"a","function":{"name":"f","arguments":"\"k\":1"}})",
         R"({"index":0,"id":"","function":{"name":"","arguments":"}"}})"}
    );
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "a", "f", R"({"k":1})"}));
}

TEST(OpenAiChatToolCalls, WaitsForTheName) {
    const auto seen = answer(
        {R"({"index":0,"id":"a","function":{"arguments":"{\"k\""}})",
         R"({"index":0,"function":{"name":"f","arguments":":1}"}})"}
    );
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "a", "f", R"({"k":1})"}));
}

TEST(OpenAiChatToolCalls, CountsCallsInTheOrderOfTheirNames) {
    const auto seen = answer(
        {R"({"index":0,"id":"a","function":{"arguments":"{"}})",
         R"({"index":1,"id":"b","function":{"name":"g","arguments":"[]"}})",
         R"({"index":0,"function":{"name":"f","arguments":"}"}})"}
    );
    EXPECT_THAT(
        seen.calls, ElementsAre(told_call{0, 0, "b", "g", "[]"}, told_call{0, 1, "a", "f", "{}"})
    );
}

TEST(OpenAiChatToolCalls, BreakTheAnswerWhereTheirNameNeverComes) {
    const std::string nameless =
        R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a",)"
        R"("function":{"arguments":"{}"}}]}}]})"
        "\n\n";
    const std::string finish =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n";
    const std::string done = "data: [DONE]\n\n";
    const std::string usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\n";
    for (const auto& wire : {nameless + finish + done, nameless + usage + done}) {
        const auto seen = run(translated_call(), plain_provider(), {wire});
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_THAT(seen.finishes, IsEmpty());
        ASSERT_TRUE(seen.failure);
        EXPECT_THAT(seen.failure->message, HasSubstr("called a tool without naming it"));
    }
}

TEST(OpenAiChatToolCalls, AreNoneWhereNothingWasSaidOfThem) {
    const std::string wire =
        R"(data: {"choices":[{"index":0,"delta":{"content":"a","tool_calls":[{"index":0}]}}]})"
        "\n\n"
        R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
        "\n\ndata: [DONE]\n\n";
    const auto seen = run(translated_call(), plain_provider(), {wire});
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatToolCalls, BoundWhatAllOfThemHoldBack) {
    const std::string arguments(60 * 1024, 'x');
    auto codec = make_openai_chat_codec();
    (void)codec->encode(translated_call(), plain_provider(), "m");
    batch out;
    std::size_t held = 0;
    for (int choice = 0; choice < 100 && !out.ending; ++choice) {
        out.clear();
        codec->feed(
            "data: {\"choices\":[{\"index\":" + std::to_string(choice) +
                R"(,"delta":{"tool_calls":[{"index":0,"function":{"arguments":")" + arguments +
                "\"}}]}}]}\n\n",
            out
        );
        if (!out.ending) held += arguments.size();
    }
    ASSERT_TRUE(out.ending);
    EXPECT_EQ(out.ending->outcome, outcome::upstream_error);
    EXPECT_LE(held, 1U << 20);
    EXPECT_GT(held, 512U * 1024);
}

TEST(OpenAiChatToolCalls, ReadsArgumentsThatAreNullOrAnObject) {
    const auto seen = answer(
        {R"({"index":0,"id":"a","function":{"name":"f","arguments":"null"}})",
         R"({"index":1,"id":"b","function":{"name":"g","arguments":null}})",
         R"({"index":1,"function":{"arguments":"{\"k\":"}},{"index":1,"function":{"arguments":"null"}},{"index":1,"function":{"arguments":"}"}})",
         R"({"index":2,"id":"c","function":{"name":"h","arguments":{"k":[1]}}})"}
    );
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "a", "f", "{}"},
            told_call{0, 1, "b", "g", R"({"k":null})"},
            told_call{0, 2, "c", "h", R"({"k":[1]})"}
        )
    );
}

TEST(OpenAiChatToolCalls, ReadsTheOlderFunctionCall) {
    const std::string wire =
        R"(data: {"choices":[{"delta":{"function_call":{"name":"f","arguments":""}}}]})"
        "\n\n"
        R"(data: {"choices":[{"delta":{"function_call":{"arguments":"{}"}}}]})"
        "\n\n"
        R"(data: {"choices":[{"delta":{},"finish_reason":"function_call"}]})"
        "\n\ndata: [DONE]\n\n";
    const auto seen = run(translated_call(), plain_provider(), {wire});
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "", "f", "{}"}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
}

}  // namespace
}  // namespace sluice::upstream::testing
