// What Gemini's streams mean, whole and cut everywhere.

#include "tests/upstream/gemini_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// Decoded whole; byte by byte and cut in two at any place it must be the same.
told translated(const std::string& wire) {
    const auto whole = run_gemini({}, {wire});
    EXPECT_TRUE(run_gemini({}, bytewise(wire)).key() == whole.key());
    for (std::size_t at = 1; at < wire.size(); ++at) {
        const std::string_view text = wire;
        const auto cut = run_gemini({}, {text.substr(0, at), text.substr(at)});
        EXPECT_TRUE(cut.key() == whole.key()) << at;
        EXPECT_EQ(cut.states, whole.states);
        EXPECT_EQ(cut.citations, whole.citations);
    }
    return whole;
}

TEST(GeminiStream, TellsTextThoughtsAndTheEnd) {
    const auto seen = translated(
        parts_frame(R"({"text": "hm","thought": true})") + text_frame("Hel") +
        text_frame("lo \xf0\x9f\x98\x80", stopped)
    );
    EXPECT_THAT(seen.text, ElementsAre(Pair(0, "Hello \xf0\x9f\x98\x80")));
    EXPECT_THAT(seen.reasoning, ElementsAre(Pair(0, "hm")));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_THAT(seen.native_reasons, ElementsAre("STOP"));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(GeminiStream, NamesTheAnswerOnce) {
    const auto frame = gemini_frame(
        R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],)"
        R"("modelVersion":"gemini-3-pro","responseId":"r9"})"
    );
    const auto seen = translated(frame + frame);
    EXPECT_THAT(
        seen.identities, ElementsAre(std::tuple(std::string("r9"), std::string("gemini-3-pro"), 0))
    );
}

TEST(GeminiStream, FinishesOnlyAtTheEndBecauseOlderModelsFinishEveryChunk) {
    const auto seen = translated(text_frame("a", stopped) + text_frame("b", stopped));
    EXPECT_THAT(seen.text, ElementsAre(Pair(0, "ab")));
    EXPECT_EQ(seen.finishes.size(), 1U);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(GeminiStream, IsBrokenOffWhereNoCandidateHasFinished) {
    for (const auto& wire : {text_frame("a"), std::string(), gemini_frame(R"({"this":[1]})")}) {
        const auto seen = translated(wire);
        EXPECT_EQ(seen.ended, outcome::upstream_eof) << wire;
        EXPECT_THAT(seen.finishes, IsEmpty());
    }
}

TEST(GeminiStream, TellsWholeCallsAndFinishesWithThem) {
    const auto seen = translated(
        parts_frame(
            R"({"functionCall": {"name": "look","args": {"x": 1}},"thoughtSignature": "c2ln"},)"
            R"({"functionCall": {"name": "halt"}})"
        ) +
        parts_frame(R"({"functionCall": {"name": "look","args": {"x": 2},"id": "given"}})", stopped)
    );
    ASSERT_EQ(seen.calls.size(), 3U);
    EXPECT_EQ(seen.calls[0].name, "look");
    EXPECT_EQ(seen.calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(seen.calls[1].arguments, "{}");
    EXPECT_EQ(seen.calls[2].index, 2);
    EXPECT_EQ(seen.calls[2].id, "given");
    EXPECT_THAT(seen.calls[0].id, ::testing::MatchesRegex("call_[0-9a-f]+"));
    EXPECT_NE(seen.calls[0].id, seen.calls[1].id);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    const told_state signature{
        0, reasoning_state::origin::gemini, reasoning_state::form::signature, "c2ln", 0};
    EXPECT_THAT(seen.states, ElementsAre(signature));
}

TEST(GeminiStream, InventsTheSameIdForTheSameAnswerOnly) {
    const auto id = [](const std::string& response) {
        const auto wire = gemini_frame(
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},)"
            R"("finishReason":"STOP"}],"responseId":")" +
            response + R"("})"
        );
        return run_gemini({}, {wire}).calls.at(0).id;
    };
    EXPECT_EQ(id("a"), id("a"));
    EXPECT_NE(id("a"), id("b"));
}

TEST(GeminiStream, PutsArgumentsThatComeBitByBitTogether) {
    const auto seen = translated(
        parts_frame(
            R"({"functionCall": {"name": "cook","willContinue": true},"thoughtSignature": "c2ln"})"
        ) +
        parts_frame(
            R"({"functionCall": {"partialArgs": [{"jsonPath": "$.r.steps[0]","stringValue": "st",)"
            R"("willContinue": true}],"willContinue": true}})"
        ) +
        parts_frame(
            R"({"functionCall": {"partialArgs": [{"jsonPath": "$.r.steps[0]","stringValue": "ir"},)"
            R"({"jsonPath": "$['r']['n']","numberValue": 0.5},)"
            R"({"jsonPath": "$.r.hot","boolValue": true}],"willContinue": true}})"
        ) +
        parts_frame(R"({"functionCall": {}})") +
        // Another one whose closing part is missing.
        parts_frame(R"({"functionCall": {"name": "eat","willContinue": true}})") +
        parts_frame(
            R"({"functionCall": {"partialArgs": [{"jsonPath": "$.x","nullValue": "NULL_VALUE"}]}})"
        ) +
        text_frame("", stopped)
    );
    ASSERT_EQ(seen.calls.size(), 2U);
    EXPECT_EQ(
        json::parse(seen.calls[0].arguments),
        json::parse(R"({"r":{"steps":["stir"],"n":0.5,"hot":true}})")
    );
    EXPECT_EQ(seen.calls[1].arguments, R"({"x":null})");
    ASSERT_EQ(seen.states.size(), 1U);
    EXPECT_EQ(seen.states[0].tool_call, 0);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(GeminiStream, RefusesArgumentsThatDoNotFitTogether) {
    const std::string begun =
        parts_frame(R"({"functionCall": {"name": "f","willContinue": true}})");
    for (const std::string parts :
         {R"({"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a.b","stringValue":"y"})",
          R"({"jsonPath":"$.a[99999999999]","numberValue":1})",
          R"({"jsonPath":"$.a[-1]","numberValue":1})",
          R"({"jsonPath":"$","numberValue":1})",
          R"({"jsonPath":"$.a[","numberValue":1})",
          R"({"jsonPath":"nothing","numberValue":1})"}) {
        const auto seen = translated(
            begun +
            parts_frame(
                R"({"functionCall": {"partialArgs": [)" + parts + R"(],"willContinue": true}})"
            ) +
            text_frame("", stopped)
        );
        EXPECT_EQ(seen.ended, outcome::upstream_error) << parts;
    }
}

TEST(GeminiStream, TellsSignaturesOfTextsAndThoughts) {
    const auto seen = run_gemini(
        {},
        {parts_frame(R"({"text": "hm","thought": true,"thoughtSignature": "dGg="})") +
         text_frame("a") + parts_frame(R"({"text": "","thoughtSignature": "dHg="})", stopped)}
    );
    ASSERT_EQ(seen.states.size(), 2U);
    EXPECT_EQ(seen.states[0].data, "dGg=");
    EXPECT_EQ(seen.states[1].data, "dHg=");
    batch out;
    const auto codec = make_gemini_codec();
    (void)codec->encode({}, gemini_provider(), "m");
    codec->feed(parts_frame(R"({"text": "","thoughtSignature": "dHg="})"), out);
    EXPECT_TRUE(std::get<reasoning_state_delta>(out.items.back()).of_text);
}

TEST(GeminiStream, PassesPicturesOnAndLeavesItsOwnToolsOut) {
    const auto seen = translated(
        parts_frame(R"({"executableCode": {"language": "PYTHON","code": "1"}})") +
        parts_frame(R"({"codeExecutionResult": {"output": "1"}})") +
        parts_frame(R"({"toolCall": {"toolType": "GOOGLE_SEARCH_WEB"},"thoughtSignature": "eA=="})"
        ) +
        parts_frame(R"({"inlineData": {"mimeType": "image/png","data": "aW1n"}})", stopped)
    );
    EXPECT_THAT(seen.media, ElementsAre(Pair("image/png", "aW1n")));
    EXPECT_THAT(seen.text, IsEmpty());
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.states, IsEmpty());
}

TEST(GeminiStream, MapsEachFinishReason) {
    const auto finish_of = [](const std::string& word) {
        return run_gemini({}, {text_frame("a", R"(,"finishReason": ")" + word + "\"")});
    };
    for (const auto& [word, reason] : std::vector<std::pair<std::string, finish_reason>>{
             {"STOP", finish_reason::stop},
             {"MAX_TOKENS", finish_reason::length},
             {"SAFETY", finish_reason::content_filter},
             {"RECITATION", finish_reason::content_filter},
             {"BLOCKLIST", finish_reason::content_filter},
             {"PROHIBITED_CONTENT", finish_reason::content_filter},
             {"SPII", finish_reason::content_filter},
             {"IMAGE_SAFETY", finish_reason::content_filter},
             {"FAKE_ENUM", finish_reason::stop}}) {
        const auto seen = finish_of(word);
        EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, reason))) << word;
        EXPECT_THAT(seen.native_reasons, ElementsAre(word));
        EXPECT_EQ(seen.ended, outcome::completed);
    }
    for (const char* word :
         {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER", "NO_IMAGE"}) {
        const auto seen = finish_of(word);
        EXPECT_EQ(seen.ended, outcome::upstream_error) << word;
        EXPECT_THAT(seen.finishes, IsEmpty());
        EXPECT_THAT(seen.failure->message, ::testing::HasSubstr(word));
        EXPECT_EQ(seen.failure->code, word);
        EXPECT_TRUE(seen.failure->retryable);
    }
}

TEST(GeminiStream, KeepsTheBudgetsEndWhereItCutACall) {
    const auto seen = run_gemini(
        {}, {parts_frame(R"({"functionCall": {"name": "f"}})", R"(,"finishReason": "MAX_TOKENS")")}
    );
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::length)));
}

TEST(GeminiStream, FinishesARefusedPromptAsFiltered) {
    const auto seen = translated(gemini_frame(R"({"promptFeedback": {"blockReason": "SAFETY"}})"));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::content_filter)));
    EXPECT_THAT(seen.native_reasons, ElementsAre("SAFETY"));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(GeminiStream, TellsTheLatestUsage) {
    const auto seen = translated(
        gemini_frame(R"({"usageMetadata": {"trafficType": "ON_DEMAND"}})") +
        gemini_frame(R"({"usageMetadata": {"promptTokenCount": 9,"totalTokenCount": 9}})") +
        gemini_frame(
            R"({"candidates": [{"finishReason": "STOP"}],"usageMetadata": {"promptTokenCount": 10,)"
            R"("toolUsePromptTokenCount": 5,"candidatesTokenCount": 7,"thoughtsTokenCount": 3,)"
            R"("cachedContentTokenCount": 4,"totalTokenCount": 25,)"
            R"("promptTokensDetails": [{"modality": "AUDIO","tokenCount": 2}]}})"
        ) +
        gemini_frame(R"({"usageMetadata": {"trafficType": "ON_DEMAND"}})")
    );
    ASSERT_TRUE(seen.usage.has_value());
    usage wanted;
    wanted.input_tokens = 15;
    wanted.output_tokens = 10;
    wanted.total_tokens = 25;
    wanted.cached_tokens = 4;
    wanted.reasoning_tokens = 3;
    wanted.input_audio_tokens = 2;
    EXPECT_EQ(*seen.usage, wanted);
}

TEST(GeminiStream, KeepsCandidatesApart) {
    const auto seen = translated(
        gemini_frame(R"({"candidates": [{"content": {"parts": [{"text": "a"}]}},)"
                     R"({"content": {"parts": [{"text": "b"}]},"index": 1}]})") +
        gemini_frame(R"({"candidates": [{"content": {"parts": [{"text": "B"}]},"index": 1,)"
                     R"("finishReason": "MAX_TOKENS"}]})") +
        gemini_frame(R"({"candidates": [{"finishReason": "STOP"}]})")
    );
    EXPECT_THAT(seen.text, ElementsAre(Pair(0, "a"), Pair(1, "bB")));
    EXPECT_THAT(
        seen.finishes, ElementsAre(Pair(0, finish_reason::stop), Pair(1, finish_reason::length))
    );
    for (const char* index : {"-1", "99999", "1e99", "\"x\""}) {
        const auto wire = gemini_frame(
            R"({"candidates": [{"content": {"parts": [{"text": "a"}]},"index": )" +
            std::string(index) + "}]}"
        );
        EXPECT_EQ(run_gemini({}, {wire}).ended, outcome::upstream_error) << index;
    }
}

TEST(GeminiStream, PlacesCitationsByCharacterAndTellsThemOnce) {
    const std::string grounding =
        R"(,"groundingMetadata": {"groundingChunks": [{"web": {"uri": "https://a","title": "A"}},)"
        R"({"retrievedContext": {"title": "B","text": "source"}}],"groundingSupports": [)"
        R"({"segment": {"endIndex": 7},"groundingChunkIndices": [0, 77]},)"
        R"({"segment": {"startIndex": 7,"endIndex": 9},"groundingChunkIndices": [1]},)"
        R"({"segment": {"startIndex": 7,"endIndex": 900},"groundingChunkIndices": [0]}]})";
    // Seven bytes are five characters.
    const auto seen = translated(
        text_frame(
            "Gr\xc3\xbc\xc3\x9f"
            "e zwei",
            grounding
        ) +
        text_frame("", grounding + stopped)
    );
    const told_citation first{0, "https://a", "A", "", 0, 5};
    const told_citation second{0, "", "B", "source", 5, 7};
    const told_citation third{0, "https://a", "A", "", -1, -1};
    EXPECT_THAT(seen.citations, ElementsAre(first, second, third));
}

TEST(GeminiStream, TellsWhatWasRecited) {
    const auto seen = translated(text_frame(
        "abcdef",
        R"(,"citationMetadata": {"citationSources": [{"endIndex": 3,"uri": "https://a"},)"
        R"({"uri": "https://b"},{"startIndex": 1}]})" +
            stopped
    ));
    EXPECT_THAT(
        seen.citations,
        ElementsAre(
            told_citation{0, "https://a", "", "", 0, 3},
            told_citation{0, "https://b", "", "", -1, -1}
        )
    );
}

TEST(GeminiStream, TellsLogprobsAsChatCompletionsHaveThem) {
    const auto seen = translated(text_frame(
        "a",
        R"(,"logprobsResult": {"chosenCandidates": [{"token": "a","logProbability": -0.5}],)"
        R"("topCandidates": [{"candidates": [{"token": "b","logProbability": -1}]}]})" +
            stopped
    ));
    EXPECT_EQ(
        json::parse(seen.logprobs),
        json::parse(R"([{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[
            {"token":"b","logprob":-1,"bytes":[98]}]}])")
    );
}

TEST(GeminiStream, SurvivesStrangeShapes) {
    for (const std::string part :
         {R"("text")",
          "7",
          "null",
          "[]",
          "{}",
          R"({"text": 7})",
          R"({"functionCall": 1})",
          R"({"functionCall": {"name": 1}})",
          R"({"functionCall": {"args": {"a": 1}}})",
          R"({"functionCall": {"partialArgs": 5}})",
          R"({"inlineData": []})",
          R"({"thoughtSignature": 3})"}) {
        const auto seen = run_gemini({}, {parts_frame(part, stopped)});
        EXPECT_EQ(seen.ended, outcome::completed) << part;
        EXPECT_THAT(seen.text, IsEmpty()) << part;
        EXPECT_THAT(seen.calls, IsEmpty()) << part;
    }
    for (const std::string body :
         {R"({"candidates": 1})",
          R"({"candidates": [1]})",
          R"({"candidates": [{"content": [], "groundingMetadata": 1, "logprobsResult": 3}]})",
          R"({"usageMetadata": "x", "promptFeedback": 2})"}) {
        EXPECT_EQ(run_gemini({}, {gemini_frame(body)}).ended, outcome::upstream_eof) << body;
    }
}

class GeminiRelay : public ::testing::Test {
 protected:
    static told relayed(const std::string& wire, bool stream = true) {
        const auto whole = run_gemini(relayed_gemini_call(stream), {wire});
        const auto pieces = run_gemini(relayed_gemini_call(stream), bytewise(wire));
        EXPECT_EQ(pieces.bytes, whole.bytes);
        EXPECT_EQ(pieces.finishes, whole.finishes);
        EXPECT_EQ(pieces.ended, whole.ended);
        return whole;
    }
};

TEST_F(GeminiRelay, PassesFramesOnByteForByteAndMetersThem) {
    const auto wire = gemini_frame(R"({ "unheard" : 1.50, "responseId":"r", "modelVersion":"m"})") +
                      parts_frame(R"({"text": "","thoughtSignature": "eA=="})") +
                      parts_frame(R"({"functionCall": {"name": "f"}})") +
                      gemini_frame(R"({"candidates": [{"finishReason": "STOP"}],)"
                                   R"("usageMetadata": {"promptTokenCount": 3}})");
    const auto seen = relayed(wire);
    EXPECT_EQ(seen.bytes, wire);
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(seen.text, IsEmpty());
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    EXPECT_EQ(seen.usage->input_tokens, 3);
    EXPECT_EQ(seen.identities.size(), 1U);
    std::vector<bool> content;
    for (const auto& frame : seen.frames)
        content.push_back(frame.second);
    EXPECT_THAT(content, ElementsAre(false, false, true, true));
}

TEST_F(GeminiRelay, PassesItsFailuresOnAsTheyAre) {
    const auto wire = text_frame("", R"(,"finishReason": "MALFORMED_FUNCTION_CALL")");
    const auto seen = relayed(wire);
    EXPECT_EQ(seen.bytes, wire);
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(seen.native_reasons, ElementsAre("MALFORMED_FUNCTION_CALL"));
}

TEST_F(GeminiRelay, FinishesARefusedPromptOnce) {
    const auto seen = relayed(gemini_frame(R"({"promptFeedback": {"blockReason": "OTHER"}})"));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::content_filter)));
    EXPECT_TRUE(seen.frames.at(0).second);
}

TEST_F(GeminiRelay, PassesOneDocumentOn) {
    const std::string document = R"({"candidates": [{"content": {"parts": [{"text": "a"}]},)"
                                 R"("finishReason": "MAX_TOKENS"}],"usageMetadata": )"
                                 R"({"promptTokenCount": 2,"candidatesTokenCount": 1}, "x": 1.0})";
    const auto seen = relayed(document, false);
    EXPECT_EQ(seen.bytes, document);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::length)));
    EXPECT_EQ(seen.usage->output_tokens, 1);
    EXPECT_EQ(seen.ended, outcome::completed);
    const auto failed = relayed(R"({"error":{"code":429,"message":"slow down"}})", false);
    EXPECT_EQ(failed.failure->status, 429);
    EXPECT_EQ(failed.bytes, "");
}

}  // namespace
}  // namespace sluice::upstream::testing
