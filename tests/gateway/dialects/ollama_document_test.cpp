#include "gateway/dialects/dialect.hpp"
#include "tests/gateway/dialects/encoding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::finish_reason;
using upstream::outcome;

std::string document(
    const dialect& dialect,
    const std::vector<upstream::item>& items,
    const closing& end = closed(outcome::completed),
    bool transparent = false
) {
    const auto builder = dialect.document({}, some_names, transparent);
    for (const auto& item : items)
        builder->add(item);
    return builder->finish(end);
}

TEST(OllamaDocument, IsTheWholeAnswerInOneObject) {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    const auto body = document(
        ollama_chat_dialect(),
        {upstream::identity{"", "llama3", 0},
         upstream::reasoning_delta{0, "H"},
         upstream::reasoning_delta{0, "m"},
         upstream::logprobs_delta{0, R"([{"token":"Hello"}])"},
         upstream::text_delta{0, "Hel"},
         upstream::text_delta{0, "lo"},
         upstream::media_delta{0, "image/png", "AAAA"},
         upstream::tool_call_delta{0, 0, "c1", "look", "{\"x\""},
         upstream::tool_call_delta{0, 0, "", "", ":1}"},
         upstream::finish{0, finish_reason::tool_calls}},
        closed(outcome::completed, usage)
    );
    EXPECT_EQ(
        json::parse(body), json::parse(R"({"model":"llama3","created_at":"2023-11-14T22:13:20Z",
        "message":{"role":"assistant","content":"Hello","thinking":"Hm","images":["AAAA"],
            "tool_calls":[{"id":"c1","function":{"index":0,"name":"look","arguments":{"x":1}}}]},
        "logprobs":[{"token":"Hello"}],"done":true,"done_reason":"stop","total_duration":0,
        "load_duration":0,"prompt_eval_count":5,"prompt_eval_duration":0,"eval_count":8,
        "eval_duration":0})")
    );
}

TEST(OllamaDocument, HasAResponseWhereAPromptWasGenerated) {
    const auto body = json::parse(document(
        ollama_generate_dialect(),
        {upstream::text_delta{0, "a"},
         upstream::reasoning_delta{0, "Hm"},
         upstream::media_delta{0, "image/png", "AAAA"},
         upstream::finish{0, finish_reason::length}}
    ));
    EXPECT_EQ(body["model"], "chat");
    EXPECT_EQ(body["response"], "a");
    EXPECT_EQ(body["thinking"], "Hm");
    EXPECT_EQ(body["image"], "AAAA");
    EXPECT_EQ(body["done_reason"], "length");
    EXPECT_FALSE(body.contains("message"));
}

TEST(OllamaDocument, LeavesOutACallThatWasCut) {
    const std::vector<upstream::item> items{
        upstream::tool_call_delta{0, 0, "c1", "look", "{\"x\""},
        upstream::finish{0, finish_reason::tool_calls}};
    const auto& chat = ollama_chat_dialect();
    const auto cut = json::parse(document(chat, items, closed(outcome::budget)));
    EXPECT_FALSE(cut["message"].contains("tool_calls"));
    EXPECT_EQ(cut["done_reason"], "length");
    const auto broken = json::parse(document(chat, items));
    EXPECT_EQ(broken["message"]["tool_calls"][0]["function"]["arguments"], "{\"x\"");
}

TEST(OllamaDocument, IsAnAnswerEvenWhereNothingWasTold) {
    const auto body = json::parse(document(ollama_chat_dialect(), {}));
    EXPECT_EQ(body["message"], json::parse(R"({"role":"assistant","content":""})"));
    EXPECT_EQ(body["done"], true);
}

TEST(OllamaDocument, OfTheProviderIsPassedOnAsItIs) {
    const std::string own = "{\"model\":\"m\", \"done\":true,\"context\":[1]}\n";
    EXPECT_EQ(
        document(
            ollama_generate_dialect(),
            {upstream::verbatim{own, true}},
            closed(outcome::completed),
            true
        ),
        own
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
