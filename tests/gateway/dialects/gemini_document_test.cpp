#include "tests/gateway/dialects/gemini_encoding.hpp"

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::finish_reason;
using upstream::outcome;
using upstream::reasoning_state;

json document(const std::vector<upstream::item>& items, outcome end = outcome::completed) {
    upstream::usage usage;
    usage.input_tokens = 2;
    usage.output_tokens = 3;
    const auto builder = gemini_dialect().document({}, some_names, false);
    for (const auto& item : items)
        builder->add(item);
    return json::parse(builder->finish(closed(end, usage)));
}

TEST(GeminiDocument, GathersTheStream) {
    const auto own = reasoning_state::origin::gemini;
    const auto form = reasoning_state::form::signature;
    const auto body = document({
        upstream::identity{"up", "gemini-9", 1},
        upstream::reasoning_delta{0, "hm"},
        upstream::text_delta{0, "Hel"},
        upstream::text_delta{0, "lo"},
        upstream::reasoning_state_delta{0, own, form, "dQ==", "", -1, true},
        upstream::citation_delta{0, "https://a", "A", "", 0, 5},
        upstream::tool_call_delta{0, 0, "c1", "look", R"({"x")"},
        upstream::tool_call_delta{0, 0, "", "", ":1}"},
        upstream::reasoning_state_delta{0, own, form, "Yw==", "", 0, false},
        upstream::media_delta{0, "image/png", "aW1n"},
        upstream::finish{0, finish_reason::tool_calls, "tool_use"},
    });
    EXPECT_EQ(
        body,
        json::parse(
            R"({"candidates":[{"content":{"role":"model","parts":[
                {"text":"hm","thought":true},
                {"text":"Hello","thoughtSignature":"dQ=="},
                {"functionCall":{"id":"c1","name":"look","args":{"x":1}},"thoughtSignature":"Yw=="},
                {"inlineData":{"mimeType":"image/png","data":"aW1n"}}]},
              "finishReason":"STOP","index":0,
              "groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"A"}}],
                "groundingSupports":[{"segment":{"startIndex":0,"endIndex":5},
                                      "groundingChunkIndices":[0]}]}}],
            "usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":3,"totalTokenCount":5},
            "modelVersion":"gemini-9","responseId":")" +
            some_names.id + "\"}"
        )
    );
}

TEST(GeminiDocument, TellsACutAnswerAndACallThatIsNone) {
    EXPECT_EQ(
        document({upstream::text_delta{0, "a"}}, outcome::budget)["candidates"][0]["finishReason"],
        "MAX_TOKENS"
    );
    const auto broken = document(
        {upstream::tool_call_delta{0, 0, "c", "look", "{"},
         upstream::finish{0, finish_reason::tool_calls}}
    );
    EXPECT_EQ(broken["candidates"][0]["finishReason"], "MALFORMED_FUNCTION_CALL");
    EXPECT_EQ(parts_of(broken), json::array());
}

TEST(GeminiDocument, HoldsEveryChoice) {
    const auto body = document(
        {upstream::text_delta{1, "b"},
         upstream::text_delta{0, "a"},
         upstream::finish{1, finish_reason::length},
         upstream::finish{0, finish_reason::stop}}
    );
    ASSERT_EQ(body["candidates"].size(), 2U);
    EXPECT_EQ(parts_of(body, 1)[0]["text"], "b");
    EXPECT_EQ(body["candidates"][1]["finishReason"], "MAX_TOKENS");
    EXPECT_EQ(body["candidates"][1]["index"], 1);
}

TEST(GeminiDocument, RelaysTheProvidersOwn) {
    const std::string bytes = "{ \"candidates\" : [], \"unheard\": 1.50 }";
    const auto builder = gemini_dialect().document({}, some_names, true);
    builder->add(upstream::finish{0, finish_reason::stop});
    builder->add(upstream::verbatim{bytes, true});
    EXPECT_EQ(builder->finish(closed(outcome::completed)), bytes);
}

}  // namespace
}  // namespace sluice::gateway::testing
