// What chat completions tell besides text and tool calls.

#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using origin = reasoning_state::origin;
using form = reasoning_state::form;

std::string event(std::string_view data) {
    return "data: " + std::string(data) + "\n\n";
}
std::string delta(std::string_view members) {
    return event(R"({"choices":[{"index":0,"delta":{)" + std::string(members) + "}}]}");
}
const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string done = event("[DONE]");

told translated(std::string_view wire) {
    auto whole = run(translated_call(), plain_provider(), {wire});
    const auto same = [&](const std::vector<std::string_view>& pieces) {
        const auto other = run(translated_call(), plain_provider(), pieces);
        return other.key() == whole.key() && other.states == whole.states &&
               other.citations == whole.citations;
    };
    EXPECT_TRUE(same(bytewise(wire)));
    for (std::size_t cut = 1; cut < wire.size(); ++cut)
        EXPECT_TRUE(same({wire.substr(0, cut), wire.substr(cut)})) << "cut at " << cut;
    return whole;
}

/// The kinds of the items of one whole stream, in their order.
std::vector<std::string> order_of(std::string_view wire) {
    const auto codec = make_openai_chat_codec();
    (void)codec->encode(translated_call(), plain_provider(), "up");
    batch out;
    codec->feed(wire, out);
    codec->end(out);
    std::vector<std::string> kinds;
    for (const auto& item : out.items) {
        if (std::holds_alternative<text_delta>(item)) kinds.emplace_back("text");
        if (std::holds_alternative<reasoning_delta>(item)) kinds.emplace_back("reasoning");
        if (std::holds_alternative<refusal_delta>(item)) kinds.emplace_back("refusal");
        if (std::holds_alternative<tool_call_delta>(item)) kinds.emplace_back("call");
        if (std::holds_alternative<logprobs_delta>(item)) kinds.emplace_back("logprobs");
        if (std::holds_alternative<reasoning_state_delta>(item)) kinds.emplace_back("state");
        if (std::holds_alternative<citation_delta>(item)) kinds.emplace_back("citation");
        if (std::holds_alternative<finish>(item)) kinds.emplace_back("finish");
    }
    return kinds;
}

TEST(OpenAiChatExtras, TellTheProbabilitiesAheadOfTheirText) {
    const auto token = R"({"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[]})";
    const auto wire =
        event(
            R"({"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[)" +
            std::string(token) + R"(],"refusal":null}}]})"
        ) +
        event(R"({"choices":[{"index":0,"delta":{"content":""},"logprobs":{"content":null}}]})") +
        stop + done;
    EXPECT_EQ(json::parse(translated(wire).logprobs), json::array({json::parse(token)}));
    EXPECT_THAT(order_of(wire), ElementsAre("logprobs", "text", "finish"));
    const auto refused =
        event(
            R"({"choices":[{"index":0,"delta":{"refusal":"n"},"logprobs":{"refusal":[{"token":"n"}]}}]})"
        ) +
        stop + done;
    EXPECT_THAT(order_of(refused), ElementsAre("logprobs", "refusal", "finish"));
}

TEST(OpenAiChatExtras, TellTheOlderFormOfProbabilitiesInTheNewer) {
    const auto seen = translated(
        event(
            R"({"choices":[{"index":0,"text":"hé","logprobs":{"tokens":["h","é"],"token_logprobs":[-1.5,null],)"
            R"("top_logprobs":[{"x":-3,"h":-1.5},null],"text_offset":[0,1]}}]})"
        ) +
        stop + done
    );
    EXPECT_EQ(json::parse(seen.logprobs), json::parse(R"([
        {"token":"h","logprob":-1.5,"bytes":[104],"top_logprobs":[
            {"token":"h","logprob":-1.5,"bytes":[104]},{"token":"x","logprob":-3,"bytes":[120]}]},
        {"token":"é","logprob":-9999.0,"bytes":[195,169],"top_logprobs":[]}])"));
}

TEST(OpenAiChatExtras, TellSoundAndWhatItSays) {
    const auto seen = translated(
        delta(R"("content":null,"audio":{"id":"audio_1","transcript":"Hi"})") +
        delta(R"("audio":{"transcript":" you"})") + delta(R"("audio":{"data":"AAAA"})") +
        delta(R"("audio":{"expires_at":5})") + stop + done
    );
    EXPECT_THAT(seen.media, ElementsAre(Pair("audio/pcm16", "AAAA")));
    EXPECT_EQ(seen.transcript, "Hi you");
}

TEST(OpenAiChatExtras, TellTheStateOfThoughtsBetweenThemAndTheText) {
    const auto wire =
        delta(
            R"("reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"","format":"anthropic-claude-v1"}])"
        ) +
        delta(
            R"("content":"a","reasoning_details":[{"type":"reasoning.text","signature":"sig","format":"anthropic-claude-v1"}])"
        ) +
        stop + done;
    const auto seen = translated(wire);
    EXPECT_EQ(seen.reasoning.at(0), "hm");
    EXPECT_THAT(
        seen.states, ElementsAre(told_state{0, origin::anthropic, form::signature, "sig", -1})
    );
    EXPECT_THAT(order_of(wire), ElementsAre("reasoning", "state", "text", "finish"));
}

TEST(OpenAiChatExtras, TellWhoseStateItIs) {
    const auto state = [](std::string_view detail) {
        const auto seen =
            translated(delta("\"reasoning_details\":[" + std::string(detail) + "]") + stop + done);
        EXPECT_EQ(seen.states.size(), 1U) << detail;
        return seen.states.empty() ? told_state() : seen.states.front();
    };
    EXPECT_EQ(
        state(R"({"type":"reasoning.encrypted","data":"x","format":"anthropic-claude-v1"})"),
        (told_state{0, origin::anthropic, form::redacted, "x", -1})
    );
    EXPECT_EQ(
        state(
            R"({"type":"reasoning.encrypted","data":"x","format":"openai-responses-v1","id":"rs_1"})"
        ),
        (told_state{0, origin::openai_responses, form::encrypted, "x", -1})
    );
    EXPECT_EQ(
        state(R"({"type":"reasoning.encrypted","data":"x","format":"google-gemini-v1"})"),
        (told_state{0, origin::gemini, form::signature, "x", -1})
    );
    EXPECT_EQ(
        state(R"({"type":"reasoning.encrypted","data":"x","format":"xai-responses-v1"})"),
        (told_state{0, origin::other, form::encrypted, "x", -1})
    );
}

TEST(OpenAiChatExtras, KeepStateForTheToolCallThatItSigns) {
    const auto signature = delta(
        R"("reasoning_details":[{"type":"reasoning.encrypted","data":"x","format":"google-gemini-v1","id":"c2"}])"
    );
    const auto call = [](int index, const std::string& id) {
        return delta(
            R"("tool_calls":[{"index":)" + std::to_string(index) + R"(,"id":")" + id +
            R"(","function":{"name":"f","arguments":"{}"}}])"
        );
    };
    const auto wire = signature + call(0, "c1") + call(1, "c2") + stop + done;
    EXPECT_THAT(
        translated(wire).states, ElementsAre(told_state{0, origin::gemini, form::signature, "x", 1})
    );
    EXPECT_THAT(order_of(wire), ElementsAre("call", "call", "state", "finish"));
    // The call never comes: what signs it is not lost.
    EXPECT_THAT(
        translated(signature + stop + done).states,
        ElementsAre(told_state{0, origin::gemini, form::signature, "x", -1})
    );
}

TEST(OpenAiChatExtras, TellGeminisSignatures) {
    const auto seen = translated(
        delta(R"("content":"a","extra_content":{"google":{"thought_signature":"t"}})") +
        delta(
            R"("tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s1"}}},)"
            R"({"index":0,"id":"c2","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s2"}}}])"
        ) +
        stop + done
    );
    EXPECT_THAT(
        seen.states,
        ElementsAre(
            told_state{0, origin::gemini, form::signature, "t", -1},
            told_state{0, origin::gemini, form::signature, "s1", 0},
            told_state{0, origin::gemini, form::signature, "s2", 1}
        )
    );
}

TEST(OpenAiChatExtras, TellWhereTheWordsComeFrom) {
    const auto seen = translated(
        delta(
            R"("content":"Yes.","annotations":[{"type":"url_citation","url_citation":{"url":"https://a","title":"A","content":"so","start_index":0,"end_index":4}},)"
            R"({"type":"url_citation","url_citation":{"url":"https://b","start_index":0,"end_index":0}},{"type":"other"}])"
        ) +
        stop + done
    );
    EXPECT_THAT(
        seen.citations,
        ElementsAre(
            told_citation{0, "https://a", "A", "so", 0, 4},
            told_citation{0, "https://b", "", "", -1, -1}
        )
    );
}

TEST(OpenAiChatExtras, TellNoMoreSourcesThanCanBeRemembered) {
    std::string wire;
    for (int i = 0; i < 40; ++i) {
        const auto url = "https://a/" + std::to_string(i) + std::string(64 * 1024, 'x');
        wire += event(
            R"({"citations":[")" + url + R"("],"choices":[{"index":0,"delta":{"content":"a"}}]})"
        );
    }
    const auto seen = run(translated_call(), plain_provider(), {wire + stop});
    EXPECT_EQ(seen.citations.size(), 15U);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatExtras, TellEachOfPerplexitysSourcesOnce) {
    const auto chunk = [](const std::string& text, const std::string& more) {
        return event(
            R"({"citations":["https://a","https://b")" + more +
            R"(],"search_results":[{"title":"A","url":"https://a","snippet":"so"}],)"
            R"("choices":[{"index":0,"delta":{"content":")" +
            text + R"("}}]})"
        );
    };
    const auto wire = chunk("x", "") + chunk("y", "") + chunk("z", ",\"https://c\"") + stop;
    EXPECT_THAT(
        translated(wire).citations,
        ElementsAre(
            told_citation{0, "https://a", "A", "so", -1, -1},
            told_citation{0, "https://b", "", "", -1, -1},
            told_citation{0, "https://c", "", "", -1, -1}
        )
    );
    EXPECT_THAT(
        order_of(wire),
        ElementsAre("text", "citation", "citation", "text", "text", "citation", "finish")
    );
}

TEST(OpenAiChatExtras, TellTheProvidersOwnWordForTheEnd) {
    const auto words = [](const std::string& members) {
        return translated(
            event(R"({"choices":[{"index":0,"delta":{"content":"a"},)" + members + "}]}") + done
        );
    };
    EXPECT_THAT(
        words(R"("finish_reason":"model_length")").native_reasons, ElementsAre("model_length")
    );
    EXPECT_THAT(
        words(R"("finish_reason":"stop","native_finish_reason":"STOP")").native_reasons,
        ElementsAre("STOP")
    );
    EXPECT_EQ(words(R"("finish_reason":"stop","stop_reason":"END")").stop_sequence, "END");
    EXPECT_EQ(words(R"("finish_reason":"stop","stop_reason":128001)").stop_sequence, "");
}

TEST(OpenAiChatExtras, CountTokensOfSound) {
    const auto usage = event(
        R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":8,"prompt_tokens_details":{"audio_tokens":3},"completion_tokens_details":{"audio_tokens":5}}})"
    );
    const auto seen = translated(stop + usage + done);
    EXPECT_EQ(seen.usage->input_audio_tokens, 3);
    EXPECT_EQ(seen.usage->output_audio_tokens, 5);
}

TEST(OpenAiChatExtras, PassOverWhatHasAnotherType) {
    const auto seen = translated(
        delta(
            R"("content":"a","audio":"x","annotations":{},"reasoning_details":[1,{"type":"reasoning.encrypted","data":5}],"extra_content":[1])"
        ) +
        event(
            R"({"citations":5,"search_results":[1,{"url":2}],"choices":[{"index":0,"delta":{},"logprobs":{"content":[1],"tokens":"x"}}]})"
        ) +
        stop + done
    );
    EXPECT_EQ(seen.text.at(0), "a");
    EXPECT_THAT(seen.states, IsEmpty());
    EXPECT_THAT(seen.citations, IsEmpty());
    EXPECT_EQ(seen.logprobs, "");
    EXPECT_EQ(seen.ended, outcome::completed);
}

}  // namespace
}  // namespace sluice::upstream::testing
