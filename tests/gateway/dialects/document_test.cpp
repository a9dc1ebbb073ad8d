#include "tests/gateway/dialects/encoding.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::outcome;

json document(
    const dialect& dialect,
    const std::vector<upstream::item>& items,
    outcome end = outcome::completed
) {
    upstream::usage usage;
    usage.input_tokens = 2;
    usage.output_tokens = 3;
    usage.cached_tokens = 1;
    const auto builder = dialect.document({}, some_names, false);
    for (const auto& item : items)
        builder->add(item);
    return json::parse(builder->finish(closed(end, usage)));
}

const std::vector<upstream::item> an_answer{
    upstream::identity{"up", "gpt-9", 1},
    upstream::text_delta{0, "Hel"},
    upstream::reasoning_delta{0, "hm"},
    upstream::text_delta{0, "lo"},
    upstream::tool_call_delta{0, 0, "c0", "go", ""},
    upstream::tool_call_delta{0, 1, "c1", "look", "{"},
    upstream::tool_call_delta{0, 1, "", "", "}"},
    upstream::finish{0, upstream::finish_reason::tool_calls},
};

TEST(NativeDocument, GathersTheStream) {
    EXPECT_EQ(
        document(native_dialect(), an_answer),
        json({
            {"id", some_names.id},
            {"model", "gpt-9"},
            {"text", "Hello"},
            {"reasoning", "hm"},
            {"tool_calls",
             {{{"id", "c0"}, {"name", "go"}, {"arguments", ""}},
              {{"id", "c1"}, {"name", "look"}, {"arguments", "{}"}}}},
            {"finish_reason", "tool_calls"},
            {"usage", {{"input_tokens", 2}, {"output_tokens", 3}, {"cached_tokens", 1}}},
        })
    );
}

TEST(NativeDocument, JoinsThePiecesOfOneMedium) {
    const auto body = document(
        native_dialect(),
        {upstream::media_delta{0, "image/png", "aGk"}, upstream::media_delta{0, "image/png", "="}}
    );
    EXPECT_EQ(body["media"], json::parse(R"([{"type":"image/png","data":"aGk="}])"));
}

TEST(Documents, TellASpentBudgetAsLength) {
    EXPECT_EQ(document(native_dialect(), an_answer, outcome::budget)["finish_reason"], "length");
    EXPECT_EQ(
        document(openai_chat_dialect(), an_answer, outcome::budget)["choices"][0]["finish_reason"],
        "length"
    );
}

TEST(Documents, AreNotGrownByAProvidersIndices) {
    for (const int index : {-1, 4096, 2'000'000'000}) {
        const std::vector<upstream::item> items{
            upstream::tool_call_delta{0, index, "a", "b", "c"},
            upstream::text_delta{index, "x"},
        };
        EXPECT_EQ(document(native_dialect(), items)["tool_calls"].size(), 1U);
        const auto chat = document(openai_chat_dialect(), items);
        EXPECT_EQ(chat["choices"].size(), 1U);
        EXPECT_EQ(chat["choices"][0]["message"]["tool_calls"].size(), 1U);
    }
}

TEST(Documents, HoldWhateverTheModelSaid) {
    for (const auto& text : forgeries()) {
        const std::vector<upstream::item> items{upstream::text_delta{0, text}};
        EXPECT_EQ(document(native_dialect(), items)["text"], as_valid_utf8(text));
        EXPECT_EQ(
            document(openai_chat_dialect(), items)["choices"][0]["message"]["content"],
            as_valid_utf8(text)
        );
    }
}

TEST(ChatDocument, GathersTheStream) {
    const auto body = document(openai_chat_dialect(), an_answer);
    EXPECT_EQ(body["id"], "chatcmpl-" + some_names.id);
    EXPECT_EQ(body["object"], "chat.completion");
    EXPECT_EQ(body["created"], some_names.created);
    EXPECT_EQ(body["model"], "gpt-9");
    ASSERT_EQ(body["choices"].size(), 1U);
    const auto& choice = body["choices"][0];
    EXPECT_EQ(choice["finish_reason"], "tool_calls");
    EXPECT_EQ(choice["message"]["role"], "assistant");
    EXPECT_EQ(choice["message"]["content"], "Hello");
    EXPECT_EQ(choice["message"]["refusal"], nullptr);
    EXPECT_EQ(choice["message"]["tool_calls"][1]["function"]["arguments"], "{}");
    EXPECT_EQ(body["usage"]["total_tokens"], 5);
    EXPECT_EQ(body["usage"]["prompt_tokens_details"]["cached_tokens"], 1);
}

TEST(ChatDocument, HasOneChoicePerChoice) {
    const auto body = document(
        openai_chat_dialect(), {upstream::text_delta{1, "b"}, upstream::text_delta{0, "a"}}
    );
    ASSERT_EQ(body["choices"].size(), 2U);
    EXPECT_EQ(body["choices"][0]["message"]["content"], "a");
    EXPECT_EQ(body["choices"][1]["message"]["content"], "b");
    EXPECT_EQ(body["choices"][1]["index"], 1);
}

TEST(ChatDocument, IsPassedOnAsTheProviderWroteIt) {
    const auto builder = openai_chat_dialect().document({}, some_names, true);
    builder->add(upstream::verbatim{"{ \"unheard\" :", true});
    builder->add(upstream::text_delta{0, "meaning"});
    builder->add(upstream::verbatim{" 1 }", true});
    EXPECT_EQ(builder->finish(closed(outcome::completed)), "{ \"unheard\" : 1 }");
}

TEST(ErrorBodies, AreInEachDialectsShape) {
    auto reason = some_failure(outcome::rejected, "not_found_error", "no such model");
    reason.param = "model";
    reason.code = "model_not_found";
    reason.retryable = true;
    EXPECT_EQ(
        json::parse(native_dialect().error_body(reason)),
        json::parse(R"({"error":{"type":"not_found_error","message":"no such model",
            "retryable":true,"param":"model","code":"model_not_found"}})")
    );
    EXPECT_EQ(
        json::parse(openai_chat_dialect().error_body(reason)),
        json::parse(R"({"error":{"type":"invalid_request_error","message":"no such model",
            "param":"model","code":"model_not_found"}})")
    );
    EXPECT_EQ(
        json::parse(openai_chat_dialect().error_body(some_failure(outcome::upstream_error))),
        json::parse(R"({"error":{"type":"server_error","message":"it broke","param":null,
            "code":null}})")
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
