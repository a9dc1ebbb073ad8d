// What the dialect writes, its provider's codec reads: as a gateway behind a gateway sees it.

#include "tests/gateway/dialects/gemini_encoding.hpp"
#include "tests/upstream/gemini_run.hpp"

#include <gmock/gmock.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::finish_reason;
using upstream::outcome;
using upstream::reasoning_state;
using upstream::testing::told;

constexpr auto own = reasoning_state::origin::gemini;
constexpr auto form = reasoning_state::form::signature;

upstream::usage some_usage() {
    upstream::usage usage;
    usage.input_tokens = 12;
    usage.output_tokens = 9;
    usage.total_tokens = 21;
    usage.cached_tokens = 4;
    usage.reasoning_tokens = 3;
    usage.input_audio_tokens = 2;
    usage.output_audio_tokens = 1;
    return usage;
}

const std::vector<upstream::item> an_answer{
    upstream::identity{"r", "gemini-9", 0},
    upstream::reasoning_delta{0, "hm \xf0\x9f\x98\x80"},
    upstream::reasoning_state_delta{0, own, form, "dA==", "", -1, false},
    upstream::logprobs_delta{0, R"([{"bytes":[97],"logprob":-0.5,"token":"a","top_logprobs":[]}])"},
    upstream::text_delta{
        0,
        "Gr\xc3\xbc\xc3\x9f"
        "e\n\xe2\x80\xa8"},
    upstream::text_delta{1, "other"},
    upstream::reasoning_state_delta{0, own, form, "dQ==", "", -1, true},
    upstream::citation_delta{0, "https://a", "A", "", 0, 5},
    upstream::citation_delta{0, "https://b", "B", "words", 1, 2},
    upstream::tool_call_delta{0, 0, "c1", "look", R"({"x":[1,{"y":"z"}]})"},
    upstream::reasoning_state_delta{0, own, form, "Yw==", "", 0, false},
    upstream::tool_call_delta{0, 1, "c2", "halt", "{}"},
    upstream::media_delta{0, "image/png", "aW1n"},
    upstream::finish{0, finish_reason::tool_calls, "STOP"},
    upstream::finish{1, finish_reason::content_filter, "RECITATION"},
};

told meant() {
    told all;
    for (const auto& item : an_answer)
        std::visit([&](const auto& part) { all.add(part); }, item);
    all.usage = some_usage();
    all.ended = outcome::completed;
    return all;
}

void expect_same(told seen, told wanted) {
    seen.identities.clear();
    wanted.identities.clear();
    EXPECT_TRUE(seen.key() == wanted.key());
    EXPECT_EQ(seen.text, wanted.text);
    EXPECT_EQ(seen.reasoning, wanted.reasoning);
    EXPECT_EQ(seen.calls, wanted.calls);
    EXPECT_EQ(seen.finishes, wanted.finishes);
    EXPECT_EQ(seen.native_reasons, wanted.native_reasons);
    EXPECT_EQ(seen.media, wanted.media);
    EXPECT_EQ(seen.states, wanted.states);
    EXPECT_EQ(seen.citations, wanted.citations);
    EXPECT_EQ(seen.logprobs, wanted.logprobs);
    EXPECT_EQ(seen.usage, wanted.usage);
    EXPECT_EQ(seen.ended, wanted.ended);
}

TEST(GeminiRoundtrip, KeepsTheWholeAnswer) {
    encoding stream{gemini_dialect()};
    for (const auto& item : an_answer)
        stream.item(item);
    stream.close(closed(outcome::completed, some_usage()));
    const auto wire = stream.wire();
    expect_same(upstream::testing::run_gemini({}, {wire}), meant());
    expect_same(upstream::testing::run_gemini({}, upstream::testing::bytewise(wire)), meant());
    const auto seen = upstream::testing::run_gemini({}, {wire});
    EXPECT_EQ(std::get<1>(seen.identities.at(0)), "gemini-9");
}

TEST(GeminiRoundtrip, KeepsAFailure) {
    encoding stream{gemini_dialect()};
    stream.text("a");
    auto end = closed(outcome::upstream_error);
    end.ending.failure->status = 503;
    stream.close(end);
    const auto wire = stream.wire();
    const auto seen = upstream::testing::run_gemini({}, {wire});
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->message, "it broke");
    EXPECT_EQ(seen.failure->status, 503);
    EXPECT_EQ(seen.text.at(0), "a");
}

TEST(GeminiRoundtrip, KeepsARequest) {
    const std::string body = R"({"contents":[
        {"role":"user","parts":[{"text":"hi"},{"inlineData":{"data":"AA","mimeType":"image/png"}}]},
        {"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"dA=="},
            {"functionCall":{"args":{"x":1},"id":"c1","name":"f"},"thoughtSignature":"Yw=="}]},
        {"role":"user","parts":[
            {"functionResponse":{"id":"c1","name":"f","response":{"result":"ok"}}}]}],
        "systemInstruction":{"parts":[{"text":"be brief"}]},
        "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}}]}],
        "toolConfig":{"functionCallingConfig":{"allowedFunctionNames":["f"],"mode":"ANY"}},
        "generationConfig":{"candidateCount":2,"maxOutputTokens":5,"stopSequences":["x"],
            "temperature":0.5,"topK":3,"topP":0.5,
            "thinkingConfig":{"includeThoughts":true,"thinkingBudget":1000}}})";
    auto decoded = gemini_dialect().decode(body, {"m", true});
    ASSERT_TRUE(decoded.has_value());
    decoded->call.api = upstream::api::native;  // so that it is translated
    const auto made = upstream::make_gemini_codec()->encode(
        decoded->call, upstream::testing::gemini_provider(), "gemini-2.5-flash"
    );
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_EQ(json::parse(made->body), json::parse(body));
}

}  // namespace
}  // namespace sluice::gateway::testing
