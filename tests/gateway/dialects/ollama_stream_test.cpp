#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using upstream::finish_reason;
using upstream::outcome;

constexpr bool transparent = true;

/// Each frame is one line of JSON.
std::vector<json> lines(const encoding& stream) {
    std::vector<json> all;
    for (const auto& frame : stream.frames()) {
        EXPECT_EQ(frame.find('\n'), frame.size() - 1);
        all.push_back(json::parse(frame));
    }
    return all;
}

upstream::tool_call_delta call(
    int index, std::string_view id, std::string_view name, std::string_view arguments
) {
    return {0, index, id, name, arguments};
}

upstream::usage some_usage() {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    return usage;
}

TEST(OllamaAnswers, AreLinesOfJsonAndNoEvents) {
    for (const auto* dialect : {&ollama_chat_dialect(), &ollama_generate_dialect()}) {
        EXPECT_FALSE(dialect->has_events());
        EXPECT_EQ(
            dialect->stream_headers(),
            (upstream::header_list{{"Content-Type", "application/x-ndjson"}})
        );
        encoding stream{*dialect};
        stream.open();
        EXPECT_EQ(stream.wire(), "");
        EXPECT_EQ(stream.encoder().heartbeat(false), "");
        EXPECT_EQ(stream.encoder().heartbeat(true), "");
    }
}

TEST(OllamaAnswers, TellTextThoughtsAndTheEnd) {
    encoding stream{ollama_chat_dialect()};
    stream.open()
        .item(upstream::identity{"x", "llama3", 0})
        .item(upstream::reasoning_delta{0, "Hm"})
        .text("Hel")
        .text("")
        .item(upstream::text_delta{1, "another choice"})
        .item(upstream::finish{0, finish_reason::stop})
        .close(closed(outcome::completed, some_usage()));
    const auto all = lines(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0], json::parse(R"({"model":"llama3","created_at":"2023-11-14T22:13:20Z",
        "message":{"role":"assistant","content":"","thinking":"Hm"},"done":false})"));
    EXPECT_EQ(all[1], json::parse(R"({"model":"llama3","created_at":"2023-11-14T22:13:20Z",
        "message":{"role":"assistant","content":"Hel"},"done":false})"));
    EXPECT_EQ(all[2], json::parse(R"({"model":"llama3","created_at":"2023-11-14T22:13:20Z",
        "message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",
        "total_duration":0,"load_duration":0,"prompt_eval_count":5,"prompt_eval_duration":0,
        "eval_count":8,"eval_duration":0})"));
}

TEST(OllamaAnswers, TellAResponseWhereAPromptWasGenerated) {
    encoding stream{ollama_generate_dialect()};
    stream.text("a")
        .item(upstream::reasoning_delta{0, "Hm"})
        .item(upstream::finish{0, finish_reason::length})
        .close(closed(outcome::completed));
    const auto all = lines(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0], json::parse(R"({"model":"chat","created_at":"2023-11-14T22:13:20Z",
        "response":"a","done":false})"));
    EXPECT_EQ(all[1]["thinking"], "Hm");
    EXPECT_EQ(all[2]["response"], "");
    EXPECT_EQ(all[2]["done_reason"], "length");
    EXPECT_FALSE(all[2].contains("eval_count"));  // absent is not zero
}

TEST(OllamaAnswers, TellEachToolCallWhole) {
    encoding stream{ollama_chat_dialect()};
    stream.item(call(0, "c1", "look", "{\"x\""))
        .item(call(0, "", "", ":1}"))
        .item(call(1, "c2", "wait", ""));
    EXPECT_EQ(lines(stream).size(), 1U);  // the first was whole when the second began
    stream.item(upstream::finish{0, finish_reason::tool_calls}).close(closed(outcome::completed));
    const auto all = lines(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0]["message"]["tool_calls"], json::parse(R"([
        {"id":"c1","function":{"index":0,"name":"look","arguments":{"x":1}}}])"));
    EXPECT_EQ(all[1]["message"]["tool_calls"], json::parse(R"([
        {"id":"c2","function":{"index":1,"name":"wait","arguments":{}}}])"));
    EXPECT_EQ(all[2]["done_reason"], "stop");
}

TEST(OllamaAnswers, TellCallsThatComeMixed) {
    encoding stream{ollama_chat_dialect()};
    stream.item(call(0, "c1", "a", "{\"x\":"))
        .item(call(1, "c2", "b", "{\"y\":"))
        .item(call(0, "", "", "1}"))
        .item(call(1, "", "", "2}"))
        .item(upstream::finish{0, finish_reason::tool_calls})
        .close(closed(outcome::completed));
    const auto all = lines(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0]["message"]["tool_calls"][0]["function"]["arguments"], json({{"x", 1}}));
    EXPECT_EQ(all[1]["message"]["tool_calls"][0]["function"]["arguments"], json({{"y", 2}}));
}

TEST(OllamaAnswers, LeaveOutACallThatWasCutAndTellABrokenOneAsItIs) {
    const auto told = [](finish_reason reason, outcome how) {
        encoding stream{ollama_chat_dialect()};
        stream.item(call(0, "c1", "a", "{\"x\":"))
            .item(upstream::finish{0, reason})
            .close(closed(how));
        return lines(stream);
    };
    EXPECT_EQ(told(finish_reason::length, outcome::completed).size(), 1U);
    EXPECT_EQ(told(finish_reason::tool_calls, outcome::budget).size(), 1U);
    const auto broken = told(finish_reason::tool_calls, outcome::completed);
    ASSERT_EQ(broken.size(), 2U);
    EXPECT_EQ(broken[0]["message"]["tool_calls"][0]["function"]["arguments"], "{\"x\":");
}

TEST(OllamaAnswers, TellPicturesWholeAndWhatWasSpokenAsText) {
    encoding stream{ollama_chat_dialect()};
    stream.item(upstream::media_delta{0, "image/png", "AAAA"})
        .item(upstream::media_delta{0, "image/png", "BBBB"})
        .item(upstream::media_delta{0, "audio/wav", "CCCC", "spoken"})
        .close(closed(outcome::completed));
    const auto all = lines(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_THAT(all[0]["message"]["images"], ElementsAre("AAAABBBB"));
    EXPECT_EQ(all[1]["message"]["content"], "spoken");
}

TEST(OllamaAnswers, TellProbabilitiesBesideTheirText) {
    encoding stream{ollama_chat_dialect()};
    stream.item(upstream::logprobs_delta{0, "[{\"token\":\"a\",\n\"logprob\":-0.5}]"})
        .item(upstream::logprobs_delta{0, R"([{"token":"b","logprob":-1}])"})
        .text("ab")
        .text("c")
        .close(closed(outcome::completed));
    const auto all = lines(stream);
    EXPECT_EQ(
        all[0]["logprobs"],
        json::parse(R"([{"token":"a","logprob":-0.5},{"token":"b","logprob":-1}])")
    );
    EXPECT_FALSE(all[1].contains("logprobs"));
}

TEST(OllamaAnswers, TellARefusalAsText) {
    encoding stream{ollama_chat_dialect()};
    stream.item(upstream::refusal_delta{0, "no"})
        .item(upstream::finish{0, finish_reason::content_filter})
        .close(closed(outcome::completed));
    const auto all = lines(stream);
    EXPECT_EQ(all[0]["message"]["content"], "no");
    EXPECT_EQ(all[1]["done_reason"], "content_filter");
}

TEST(OllamaAnswers, EndAFailureWithItsErrorAlone) {
    for (const auto how : {outcome::upstream_eof, outcome::cancelled, outcome::deadline}) {
        for (const bool way : {transparent, !transparent}) {
            encoding stream{ollama_chat_dialect(), way};
            stream.item(call(0, "c1", "a", "{}")).close(closed(how));
            EXPECT_EQ(stream.wire(), "{\"error\":\"it broke\"}\n");
        }
    }
    encoding stream{ollama_chat_dialect()};
    EXPECT_EQ(
        stream.encoder().farewell(some_failure(outcome::gap), 7), "{\"error\":\"it broke\"}\n"
    );
}

TEST(OllamaAnswers, EndASpentBudgetAsALength) {
    for (const bool way : {transparent, !transparent}) {
        encoding stream{ollama_generate_dialect(), way};
        stream.close(closed(outcome::budget, some_usage()));
        const auto all = lines(stream);
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0]["done"], true);
        EXPECT_EQ(all[0]["done_reason"], "length");
        EXPECT_EQ(all[0]["response"], "");
        EXPECT_EQ(all[0]["eval_count"], 8);
    }
}

TEST(OllamaAnswers, PassAProvidersLinesOn) {
    encoding stream{ollama_chat_dialect(), transparent};
    const std::string first =
        "{\"model\":\"m\", \"message\":{\"content\":\"a\"},\"done\":false}\r\n";
    const std::string last = "{\"done\":true,\"context\":[1]}\n";
    stream.open()
        .item(upstream::identity{"", "m", 0})
        .item(upstream::verbatim{first, true})
        .item(upstream::finish{0, finish_reason::stop})
        .item(upstream::verbatim{last, true})
        .close(closed(outcome::completed));
    EXPECT_EQ(stream.wire(), first + last);
}

TEST(OllamaAnswers, AreNeverForgedByAText) {
    for (const auto& text : forgeries()) {
        SCOPED_TRACE(text);
        encoding stream{ollama_chat_dialect()};
        stream.item(upstream::identity{"", text, 0})
            .text(text)
            .item(call(0, text, text, text))
            .item(upstream::reasoning_delta{0, text})
            .item(upstream::media_delta{0, "image/" + text, text})
            .close(closed(outcome::completed));
        const auto all = lines(stream);
        ASSERT_EQ(all.size(), 5U);
        EXPECT_EQ(all[0]["message"]["content"], as_valid_utf8(text));
        EXPECT_EQ(all[3]["message"]["tool_calls"][0]["function"]["name"], as_valid_utf8(text));
    }
}

TEST(OllamaAnswers, BoundWhatAProviderCanMakeThemHold) {
    encoding stream{ollama_chat_dialect()};
    for (int index = -3; index < 6000; ++index)
        stream.item(call(index, "c", "f", "{"));
    stream.close(closed(outcome::completed));
    EXPECT_EQ(lines(stream).size(), 4097U);
}

}  // namespace
}  // namespace sluice::gateway::testing
