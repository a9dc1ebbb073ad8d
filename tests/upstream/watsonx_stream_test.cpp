#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/watsonx.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::testing {
namespace {

std::string event(std::string_view data, std::string_view type = "message") {
    return "id: 1\nevent: " + std::string(type) + "\ndata: " + std::string(data) + "\n\n";
}

/// A frame with one choice, which `choice` gives but for its index.
std::string frame(std::string_view choice, int index = 0) {
    return event(
        R"({"id":"chatcmpl-1","model_id":"ibm/granite","model":"ibm/granite","choices":[{"index":)" +
        std::to_string(index) + "," + std::string(choice) + R"(}],"created":1755020181})"
    );
}

std::string content(std::string_view text) {
    return frame(R"("finish_reason":null,"delta":{"content":")" + std::string(text) + "\"}");
}

std::string finished(std::string_view word) {
    return frame(R"("finish_reason":")" + std::string(word) + R"(","delta":{})");
}

std::string usage_frame() {
    return event(
        R"({"id":"chatcmpl-1","choices":[],"usage":{"completion_tokens":2,"prompt_tokens":9,"total_tokens":11}})"
    );
}

told run_pieces(const std::vector<std::string_view>& pieces) {
    return run(make_watsonx_codec(), call(), plain_provider(), pieces);
}

/// The same at every cut and byte by byte.
told decode(std::string_view wire) {
    const auto whole = run_pieces({wire});
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        EXPECT_TRUE(run_pieces({wire.substr(0, cut), wire.substr(cut)}).key() == whole.key())
            << cut;
    }
    EXPECT_TRUE(run_pieces(bytewise(wire)).key() == whole.key());
    return whole;
}

using finishes = std::vector<std::pair<int, finish_reason>>;

TEST(WatsonxStream, TellsTextFinishAndUsageAndNeedsNoTerminalEvent) {
    const auto seen = decode(content("Ci") + content("ao") + finished("stop") + usage_frame());
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.text.at(0), "Ciao");
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::stop}}));
    EXPECT_EQ(seen.native_reasons, std::vector<std::string>{"stop"});
    EXPECT_EQ(seen.usage->input_tokens, 9);
    EXPECT_EQ(seen.usage->output_tokens, 2);
    EXPECT_EQ(seen.usage->total_tokens, 11);
    ASSERT_EQ(seen.identities.size(), 1U);
    EXPECT_EQ(seen.identities[0], std::tuple("chatcmpl-1", "ibm/granite", 1755020181));
}

TEST(WatsonxStream, BreaksOffWithoutAFinish) {
    const auto seen = decode(content("Ci"));
    EXPECT_EQ(seen.ended, outcome::upstream_eof);
    EXPECT_EQ(seen.text.at(0), "Ci");
    EXPECT_TRUE(seen.failure->retryable);
}

TEST(WatsonxStream, IsWholeOnceTheFrameOfUsageHasCome) {
    const auto seen = decode(content("Ciao") + usage_frame());
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::stop}}));
}

TEST(WatsonxStream, IsNoAnswerWhereOnlyUsageCame) {
    EXPECT_EQ(decode(usage_frame()).ended, outcome::upstream_eof);
}

TEST(WatsonxStream, ToleratesTheTerminalEventsOfOthers) {
    const std::string done = "data: [DONE]\n\n";
    EXPECT_EQ(decode(content("a") + finished("stop") + done).ended, outcome::completed);
    EXPECT_EQ(decode(content("a") + usage_frame() + done).ended, outcome::completed);
    EXPECT_EQ(
        decode(content("a") + finished("stop") + event("{}", "close")).ended, outcome::completed
    );
    EXPECT_EQ(decode(content("a") + event("{}", "close")).ended, outcome::upstream_eof);
    const auto closed =
        decode(content("a") + event(R"({"choices":[],"usage":{"prompt_tokens":3}})", "close"));
    EXPECT_EQ(closed.ended, outcome::completed);
    EXPECT_EQ(closed.usage->input_tokens, 3);
}

TEST(WatsonxStream, FailsWhereTheTerminalEventOfOthersComesBeforeAnyFinish) {
    const auto seen = decode(content("a") + "data: [DONE]\n\n");
    EXPECT_EQ(seen.ended, outcome::upstream_eof);
    EXPECT_EQ(seen.text.at(0), "a");
    EXPECT_TRUE(seen.finishes.empty());
    ASSERT_TRUE(seen.failure);
    EXPECT_NE(seen.failure->message.find("without saying why"), std::string::npos);
    EXPECT_EQ(seen.failure->remedy, remedy::again);
}

TEST(WatsonxStream, FailsWhereAChoiceGoesOnAfterItsFinish) {
    const auto seen = decode(content("a") + finished("stop") + content("b") + usage_frame());
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.text.at(0), "a");
}

TEST(WatsonxStream, GathersToolCallsWhoseNameComesEmptyLater) {
    const auto seen = decode(
        frame(
            R"("finish_reason":null,"delta":{"tool_calls":[{"index":0,"id":"chatcmpl-tool-1","type":"function","function":{"name":"sum","arguments":""}}]})"
        ) +
        frame(
            R"("finish_reason":null,"delta":{"tool_calls":[{"index":0,"function":{"name":"","arguments":"{\"a\":"}}]})"
        ) +
        frame(
            R"("finish_reason":"tool_calls","delta":{"tool_calls":[{"index":0,"function":{"name":"","arguments":"1}"}}]})"
        ) +
        usage_frame()
    );
    EXPECT_EQ(seen.calls, (std::vector<told_call>{{0, 0, "chatcmpl-tool-1", "sum", R"({"a":1})"}}));
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::tool_calls}}));
}

TEST(WatsonxStream, TakesASecondPairOfQuotesOffArguments) {
    const auto seen = decode(
        frame(
            R"("delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"\"{\\n \\\"a\\\": "}}]})"
        ) +
        frame(
            R"("finish_reason":"tool_calls","delta":{"tool_calls":[{"index":0,"function":{"name":"","arguments":"\\\"x\\\"}\""}}]})"
        )
    );
    ASSERT_EQ(seen.calls.size(), 1U);
    EXPECT_EQ(seen.calls[0].arguments, "{\n \"a\": \"x\"}");
}

TEST(WatsonxStream, TellsReasoningThatTheServiceTellsApart) {
    const auto seen = decode(
        frame(R"("delta":{"reasoning_content":"Hm."})") + content("<think>b") + finished("stop")
    );
    EXPECT_EQ(seen.reasoning.at(0), "Hm.");
    EXPECT_EQ(seen.text.at(0), "<think>b");
}

TEST(WatsonxStream, TellsThoughtsBetweenTagsAsReasoning) {
    const auto seen = decode(
        content("") + content("<") + content("think") + content(">Two ") + content("and two.") +
        content("</") + content("think><response>") + content("Four") + content(".</response>") +
        finished("stop") + usage_frame()
    );
    EXPECT_EQ(seen.reasoning.at(0), "Two and two.");
    EXPECT_EQ(seen.text.at(0), "Four.");
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(WatsonxStream, KeepsAnAnswerThatSpeaksOfTags) {
    const auto seen = decode(content("Say <think>") + content(" first</") + finished("stop"));
    EXPECT_EQ(seen.text.at(0), "Say <think> first</");
    EXPECT_TRUE(seen.reasoning.empty());
}

TEST(WatsonxStream, TellsWhatWasHeldForATagBeforeTheFinish) {
    for (const auto& end : {finished("length"), std::string()}) {
        const auto seen = decode(content("<thin") + end);
        EXPECT_EQ(seen.text.at(0), "<thin");
    }
}

TEST(WatsonxStream, KeepsChoicesApart) {
    const auto seen = decode(
        frame(R"("delta":{"content":"<think>a"})", 0) + frame(R"("delta":{"content":"b"})", 1) +
        frame(R"("finish_reason":"stop","delta":{"content":"</think>c"})", 0) +
        frame(R"("finish_reason":"length","delta":{})", 1)
    );
    EXPECT_EQ(seen.reasoning, (std::map<int, std::string>{{0, "a"}}));
    EXPECT_EQ(seen.text, (std::map<int, std::string>{{0, "c"}, {1, "b"}}));
    EXPECT_EQ(seen.finishes, (finishes{{1, finish_reason::length}, {0, finish_reason::stop}}));
}

TEST(WatsonxStream, TakesTheServicesTimeLimitForALimit) {
    const auto seen = decode(content("a") + finished("time_limit"));
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::length}}));
    EXPECT_EQ(seen.native_reasons, std::vector<std::string>{"time_limit"});
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(WatsonxStream, FailsWhereTheAnswerWasCancelled) {
    for (const std::string_view word : {"cancelled", "error"}) {
        const auto seen = decode(content("a") + finished(word) + usage_frame());
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_NE(seen.failure->message.find(word), std::string::npos);
        EXPECT_TRUE(seen.finishes.empty());
    }
}

TEST(WatsonxStream, FinishesByContentFilterWhereTheInputIsUnsuitable) {
    const auto seen = decode(event(
        R"({"id":"1","model":"m","choices":[{"index":0,"finish_reason":null}],"usage":{"prompt_tokens":9},)"
        R"("system":{"warnings":[{"id":"UNSUITABLE_INPUT","message":"x"}]},"moderations":{"pii":[{"input":true}]}})"
    ));
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::content_filter}}));
    EXPECT_EQ(seen.native_reasons, std::vector<std::string>{"UNSUITABLE_INPUT"});
    EXPECT_EQ(seen.usage->input_tokens, 9);
}

TEST(WatsonxStream, KeepsTheFinishOfAnAnswerThatWasOnlyRemarkedUpon) {
    const auto seen = decode(
        content("Call 333") +
        event(
            R"({"choices":[{"index":0,"finish_reason":"stop","delta":{}}],"moderations":{"pii":[{"input":false}]}})"
        ) +
        usage_frame()
    );
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::stop}}));
    EXPECT_EQ(seen.text.at(0), "Call 333");
}

TEST(WatsonxStream, SkipsWhatItDoesNotKnow) {
    const auto seen = decode(
        event("{}") + event("[]") + event("7") + event(R"({"choices":7})") +
        event(R"({"choices":[7,null]})") + content("a") + finished("stop")
    );
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.text.at(0), "a");
}

}  // namespace
}  // namespace sluice::upstream::testing
