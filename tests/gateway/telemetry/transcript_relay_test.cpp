#include "gateway/telemetry/transcript.hpp"
#include "tests/gateway/telemetry/relayed_answers.hpp"
#include "upstream/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using upstream::api;

/// What a transcript sees of an answer that comes in such pieces, as the gateway relays it.
transcript relayed(const relayed_text& answer, const std::vector<std::string_view>& pieces) {
    upstream::call asked;
    asked.api = answer.spoken;
    asked.stream = answer.streamed;
    asked.body = R"({"model":"m","n":2})";
    const auto codec = relaying_codec(asked);
    transcript seen(asked);
    upstream::batch batch;
    for (const auto piece : pieces) {
        batch.clear();
        codec->feed(piece, batch);
        if (piece.data() + piece.size() == answer.text.data() + answer.text.size())
            codec->end(batch);
        seen.see(batch);
    }
    EXPECT_TRUE(batch.ending && !batch.ending->failure) << answer.name;
    return seen;
}

transcript relayed(const relayed_text& answer) {
    return relayed(answer, {answer.text});
}

/// Frames as they are, of an answer that nobody checks.
transcript hearing(api spoken, const std::vector<std::string>& frames, bool streamed = true) {
    upstream::call asked;
    asked.api = spoken;
    asked.stream = streamed;
    transcript seen(asked);
    for (const auto& frame : frames) {
        upstream::batch batch;
        batch.items.emplace_back(upstream::verbatim{frame, true});
        seen.see(batch);
    }
    return seen;
}

std::string chat_text(const std::string& text, int choice = 0) {
    const json delta{{"index", choice}, {"delta", {{"content", text}}}};
    return "data: " + json{{"choices", {delta}}}.dump() + "\n\n";
}

TEST(TranscriptOfARelayedAnswer, HasWhatItSaysInEveryApi) {
    for (const auto& answer : relayed_answers()) {
        SCOPED_TRACE(answer.name);
        const auto seen = relayed(answer);
        EXPECT_EQ(seen.answer(), answer.words);
        EXPECT_EQ(json::parse(seen.output_messages()), answer.messages);
        EXPECT_FALSE(seen.answer_cut());
    }
}

TEST(TranscriptOfARelayedAnswer, IsTheSameHoweverItCame) {
    for (const auto& answer : relayed_answers()) {
        const std::string_view text = answer.text;
        for (std::size_t cut = 1; cut < text.size(); ++cut) {
            const auto seen = relayed(answer, {text.substr(0, cut), text.substr(cut)});
            ASSERT_EQ(json::parse(seen.output_messages()), answer.messages) << answer.name << cut;
        }
        std::vector<std::string_view> bytes;
        for (std::size_t at = 0; at < text.size(); ++at)
            bytes.push_back(text.substr(at, 1));
        EXPECT_EQ(json::parse(relayed(answer, bytes).output_messages()), answer.messages);
    }
}

TEST(TranscriptOfARelayedAnswer, HasEachChoice) {
    const auto seen = hearing(
        api::openai_chat,
        {chat_text("a", 1), chat_text("b", 0), chat_text("c", 1) + "data: [DONE]\n\n"}
    );
    const auto messages = json::parse(seen.output_messages());
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages.at(0).at("parts").at(0).at("content"), "b");
    EXPECT_EQ(messages.at(1).at("parts").at(0).at("content"), "ac");
    EXPECT_EQ(seen.answer(), "b");
}

TEST(TranscriptOfARelayedAnswer, EndsAsTheRestOfItsSpanSays) {
    relayed_text answer{"a call that only stops", api::openai_chat, true, {}, {}, {}};
    answer.text =
        R"(data: {"choices":[{"delta":{"tool_calls":[{"id":"c1","function":{"name":"look"}}]}}]})"
        "\n\n"
        R"(data: {"choices":[{"delta":{},"finish_reason":"stop"}]})"
        "\n\ndata: [DONE]\n\n";
    const auto messages = json::parse(relayed(answer).output_messages());
    EXPECT_EQ(messages.at(0).at("parts").at(0).at("name"), "look");
    EXPECT_EQ(messages.at(0).at("finish_reason"), "stop");
}

TEST(TranscriptOfARelayedAnswer, HasWhatWasReadBeforeBrokenBytes) {
    const auto seen = hearing(
        api::openai_chat, {chat_text("Hello"), "data: {\"choices\": [\xff\n\n", chat_text("again")}
    );
    EXPECT_EQ(seen.answer(), "Hello");
    EXPECT_TRUE(seen.answer_cut());
}

TEST(TranscriptOfARelayedAnswer, LeavesOutAFrameThatIsLargerThanAllThatIsKept) {
    const auto large = chat_text(std::string(300'000, 'x'));
    const auto seen = hearing(api::openai_chat, {chat_text("Hel"), large, chat_text("lo")});
    EXPECT_EQ(seen.answer(), "Hello");
    EXPECT_TRUE(seen.answer_cut());
}

TEST(TranscriptOfARelayedAnswer, HasWhatCameOfOneThatBrokeOff) {
    upstream::call asked;
    asked.api = api::openai_chat;
    transcript seen(asked);
    const auto frame = chat_text("Hello");
    upstream::batch batch;
    batch.items.emplace_back(upstream::verbatim{frame, true});
    batch.ending = upstream::ending{upstream::outcome::upstream_eof, upstream::failure{}};
    seen.see(batch);
    EXPECT_EQ(seen.answer(), "Hello");
    EXPECT_FALSE(seen.answer_cut()) << "nothing was left out";
}

TEST(TranscriptOfARelayedAnswer, HasACallWhoseLastPartNeverCame) {
    const std::string call =
        R"(data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"look","id":"c1",)"
        R"("willContinue":true,"partialArgs":[{"jsonPath":"$.at","stringValue":"Oslo"}]}}]}}]})"
        "\n\n";
    const std::string last = "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n";
    auto seen = hearing(api::gemini, {call, last});
    upstream::batch batch;
    batch.ending.emplace();
    seen.see(batch);
    const auto parts = json::parse(seen.output_messages()).at(0).at("parts");
    EXPECT_EQ(parts.at(0).at("arguments"), json({{"at", "Oslo"}}));
    EXPECT_FALSE(seen.answer_cut());
}

TEST(TranscriptOfARelayedAnswer, IsCutBetweenTwoCharacters) {
    for (std::size_t before = 0; before < 4; ++before) {
        std::string text(before, 'x');
        while (text.size() <= transcript::bytes_max)
            text += "\U0001f600";
        const auto seen = hearing(api::openai_chat, {chat_text(text), chat_text("y")});
        EXPECT_TRUE(seen.answer_cut());
        EXPECT_LE(seen.answer().size(), transcript::bytes_max);
        EXPECT_GT(seen.answer().size(), transcript::bytes_max - 4);
        EXPECT_TRUE(upstream::is_utf8(seen.answer()));
        EXPECT_NE(seen.answer().back(), 'y');
    }
}

TEST(TranscriptOfARelayedAnswer, HasNothingOfVectorsOrCounts) {
    for (const auto& [spoken, document] : {
             std::pair(api::openai_embeddings, R"({"data":[{"embedding":[0.5],"index":0}]})"),
             std::pair(api::anthropic_count_tokens, R"({"input_tokens":12})"),
         }) {
        for (const bool streamed : {false, true}) {
            const auto seen = hearing(spoken, {document}, streamed);
            EXPECT_EQ(seen.answer(), "");
            EXPECT_EQ(seen.output_messages(), "[]");
            EXPECT_FALSE(seen.answer_cut());
        }
    }
}

TEST(TranscriptOfARelayedAnswer, SaysThatADocumentCouldNotBeRead) {
    for (const auto* document : {"{", "[]", ""}) {
        const auto seen = hearing(api::openai_chat, {document}, false);
        EXPECT_EQ(seen.answer(), "");
        EXPECT_TRUE(seen.answer_cut()) << document;
    }
}

TEST(TranscriptOfARelayedAnswer, KeepsADocumentOfAnyShapeQuietly) {
    const std::vector<std::string> documents{
        R"({})",
        R"({"choices":7,"content":7,"output":7,"candidates":7,"message":7})",
        R"({"choices":[7],"content":[7],"output":[7],"candidates":[7],"message":[7]})",
        R"({"choices":[{"message":7}],"content":[{"type":7}],"output":[{"content":7}],)"
        R"("candidates":[{"content":7}],"message":{"content":7,"tool_calls":[7]}})",
        R"({"choices":[{"message":{"content":[7],"tool_calls":[{"function":7}]}}],)"
        R"("output":[{"type":"message","content":[7]}],"stop_details":7,)"
        R"("content":[{"type":"tool_use","input":7}],)"
        R"("candidates":[{"content":{"parts":[{"functionCall":7,"text":7}]}}]})"};
    for (const auto spoken :
         {api::openai_chat,
          api::openai_completions,
          api::openai_responses,
          api::anthropic_messages,
          api::gemini,
          api::ollama_chat,
          api::ollama_generate}) {
        for (const auto& document : documents) {
            const auto seen = hearing(spoken, {document}, false);
            EXPECT_EQ(seen.answer().find('7'), std::string::npos) << document;
            EXPECT_TRUE(json::accept(seen.output_messages()));
        }
    }
}

TEST(TranscriptOfARelayedAnswer, IsTheTranslatedOneWhereAnotherTargetAnswers) {
    upstream::call asked;
    asked.api = api::openai_chat;
    transcript seen(asked);
    upstream::batch batch;
    batch.items = {upstream::text_delta{0, "Hello"}, upstream::finish{}};
    batch.ending.emplace();
    seen.see(batch);
    EXPECT_EQ(seen.answer(), "Hello");
}

}  // namespace
}  // namespace sluice::gateway::testing
