// How a request is said to Gemini, and what is refused before anything is sent.

#include "tests/upstream/gemini_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view vertex_url =
    "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google";

http_request encode(
    const call& asked,
    const provider_settings& provider = gemini_provider(),
    std::string_view model = "gemini-2.5-flash"
) {
    const auto result = make_gemini_codec()->encode(asked, provider, model);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.has_value() ? *result : http_request();
}

json body_of(const request& asked, std::string_view model = "gemini-2.5-flash") {
    call wrapped;
    wrapped.request = asked;
    return json::parse(encode(wrapped, gemini_provider(), model).body);
}

failure refused(const request& asked, std::string_view model = "gemini-2.5-flash") {
    call wrapped;
    wrapped.request = asked;
    const auto result = make_gemini_codec()->encode(wrapped, gemini_provider(), model);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? failure() : result.error();
}

message says(role who, std::string text) {
    return {who, {text_part{std::move(text)}}, {}, {}, {}};
}

request asking(std::string text = "hi") {
    request asked;
    asked.messages = {says(role::user, std::move(text))};
    return asked;
}

reasoning_state signature(std::string data) {
    return {reasoning_state::origin::gemini, reasoning_state::form::signature, std::move(data)};
}

TEST(GeminiRequest, PutsModelAndMethodInThePath) {
    EXPECT_EQ(
        encode(relayed_gemini_call()).url,
        "https://generativelanguage.googleapis.com/v1beta/models/"
        "gemini-2.5-flash:streamGenerateContent?alt=sse"
    );
    EXPECT_EQ(
        encode(relayed_gemini_call(false)).url,
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
    );
    call translated;
    translated.request = asking();
    translated.stream = false;
    auto provider = gemini_provider();
    provider.base_url = vertex_url;
    EXPECT_EQ(
        encode(translated, provider, "a/b?c").url,
        std::string(vertex_url) + "/models/a%2Fb%3Fc:streamGenerateContent?alt=sse"
    );
    EXPECT_THAT(
        encode(translated, gemini_provider(), "tunedModels/x").url,
        HasSubstr("/v1beta/tunedModels/x:")
    );
    EXPECT_THAT(
        encode(translated, gemini_provider(), "models/x").url, HasSubstr("/v1beta/models/x:")
    );
}

TEST(GeminiRequest, SendsTheKeyInItsHeaderOrTheTokenOfVertex) {
    auto asked = relayed_gemini_call();
    asked.headers = {{"x-goog-api-key", "client"}, {"cookie", "c"}, {"traceparent", "t"}};
    const auto plain = encode(asked);
    EXPECT_THAT(plain.headers, Contains("x-goog-api-key: AIza-secret-key"));
    EXPECT_THAT(plain.headers, Contains("traceparent: t"));
    EXPECT_THAT(plain.headers, Not(Contains(HasSubstr("cookie"))));
    EXPECT_THAT(plain.url, Not(HasSubstr("secret")));

    auto provider = gemini_provider();
    provider.client_key = true;
    EXPECT_THAT(encode(asked, provider).headers, Contains("x-goog-api-key: client"));

    provider = gemini_provider();
    provider.bearer_token = "ya29.x";
    const auto vertex = encode(asked, provider);
    EXPECT_THAT(vertex.headers, Contains("Authorization: Bearer ya29.x"));
    EXPECT_THAT(vertex.headers, Not(Contains(HasSubstr("x-goog-api-key"))));
}

TEST(GeminiRequest, RelaysABodyByteForByte) {
    auto asked = relayed_gemini_call();
    asked.body = "{ \"contents\" : [],\n \"unheard\": 1.50 }";
    asked.untranslatable = {"tools[0].googleSearch"};
    EXPECT_EQ(encode(asked).body, asked.body);
}

TEST(GeminiRequest, MergesTurnsAndHoistsTheSystem) {
    request asked;
    asked.messages = {
        says(role::system, "be brief"),
        says(role::user, "a"),
        says(role::user, "b"),
        says(role::assistant, "c"),
        says(role::developer, "be kind"),
        says(role::user, ""),
        says(role::user, "d"),
    };
    const auto body = body_of(asked);
    EXPECT_EQ(
        body["systemInstruction"],
        json::parse(R"({"parts":[{"text":"be brief"},{"text":"be kind"}]})")
    );
    EXPECT_EQ(body["contents"], json::parse(R"([{"role":"user","parts":[{"text":"a"},{"text":"b"}]},
            {"role":"model","parts":[{"text":"c"}]},{"role":"user","parts":[{"text":"d"}]}])"));
    EXPECT_FALSE(body.contains("generationConfig"));
}

TEST(GeminiRequest, BeginsWithTheUser) {
    request asked;
    asked.messages = {says(role::assistant, "hello")};
    const auto contents = body_of(asked)["contents"];
    ASSERT_EQ(contents.size(), 2U);
    EXPECT_EQ(contents[0]["role"], "user");
    asked.messages = {says(role::system, "only rules")};
    EXPECT_EQ(body_of(asked)["contents"].size(), 1U);
}

request a_tool_conversation() {
    auto asked = asking();
    message turn{role::assistant, {}, {}, {}, {}};
    turn.tool_calls = {
        {"c1", "look", R"({"x":1})", signature("sig")},
        {"c2", "halt", ""},
        {"c3", "bad", "{\"x\":"}};
    asked.messages.push_back(turn);
    asked.messages.push_back({role::tool, {text_part{R"({"found":true})"}}, {}, {}, "c1"});
    asked.messages.push_back({role::tool, {text_part{"stopped"}}, {}, {}, "c2"});
    message failed{role::tool, {text_part{"no"}}, "bad", {}, "c3"};
    failed.failed = true;
    asked.messages.push_back(failed);
    return asked;
}

TEST(GeminiRequest, MatchesResponsesToCallsByName) {
    EXPECT_EQ(
        body_of(a_tool_conversation())["contents"],
        json::parse(R"([{"role":"user","parts":[{"text":"hi"}]},
            {"role":"model","parts":[
                {"functionCall":{"id":"c1","name":"look","args":{"x":1}},"thoughtSignature":"sig"},
                {"functionCall":{"id":"c2","name":"halt","args":{}}},
                {"functionCall":{"id":"c3","name":"bad","args":{"arguments":"{\"x\":"}}}]},
            {"role":"user","parts":[
                {"functionResponse":{"id":"c1","name":"look","response":{"found":true}}},
                {"functionResponse":{"id":"c2","name":"halt","response":{"result":"stopped"}}},
                {"functionResponse":{"id":"c3","name":"bad","response":{"error":"no"}}}]}])")
    );
}

TEST(GeminiRequest, PassesValidationOfForeignCallsFromTheThirdGenerationOn) {
    auto asked = a_tool_conversation();
    asked.messages[1].tool_calls[0].state->from = reasoning_state::origin::anthropic;
    const auto newer = body_of(asked, "gemini-3-flash-preview")["contents"][1]["parts"];
    EXPECT_EQ(newer[0]["thoughtSignature"], "skip_thought_signature_validator");
    EXPECT_FALSE(newer[1].contains("thoughtSignature"));  // only the first of a turn is checked
    const auto older = body_of(asked, "gemini-2.5-flash")["contents"][1]["parts"];
    EXPECT_FALSE(older[0].contains("thoughtSignature"));
    // The next turn's first call is checked again.
    asked.messages.push_back(asked.messages[1]);
    const auto again = body_of(asked, "gemini-flash-latest")["contents"][3]["parts"];
    EXPECT_EQ(again[0]["thoughtSignature"], "skip_thought_signature_validator");
}

TEST(GeminiRequest, SendsOnlyItsOwnThoughtsBack) {
    auto asked = asking();
    message turn{role::assistant, {}, {}, {}, {}};
    turn.content = {
        reasoning_part{"unsigned"},
        reasoning_part{"foreign", reasoning_state{reasoning_state::origin::anthropic, {}, "other"}},
        reasoning_part{"own", signature("t")},
        text_part{"answer", signature("u")},
        text_part{"", signature("v")},
        text_part{"", reasoning_state{reasoning_state::origin::other, {}, "w"}},
    };
    asked.messages.push_back(turn);
    EXPECT_EQ(
        body_of(asked)["contents"][1]["parts"],
        json::parse(R"([{"text":"own","thought":true,"thoughtSignature":"t"},
            {"text":"answer","thoughtSignature":"u"},{"text":"","thoughtSignature":"v"}])")
    );
}

json part_of(const content_part& part, std::string_view model = "gemini-2.5-flash") {
    auto asked = asking();
    asked.messages[0].content = {part};
    return body_of(asked, model)["contents"][0]["parts"][0];
}

TEST(GeminiRequest, SendsMediaInlineOrByReference) {
    EXPECT_EQ(
        part_of(image_part{"data:image/png;base64,AAAA", "low"}),
        json::parse(R"({"inlineData":{"mimeType":"image/png","data":"AAAA"}})")
    );
    EXPECT_EQ(
        part_of(audio_part{"BBBB", "wav"}),
        json::parse(R"({"inlineData":{"mimeType":"audio/wav","data":"BBBB"}})")
    );
    EXPECT_EQ(
        part_of(image_part{"https://a.example/b.JPG?x=1.png", ""}),
        json::parse(
            R"({"fileData":{"fileUri":"https://a.example/b.JPG?x=1.png","mimeType":"image/jpeg"}})"
        )
    );
    EXPECT_EQ(
        part_of(file_part{{}, {}, {}, "gs://bucket/a", "application/pdf"}, "gemini-1.5-pro"),
        json::parse(R"({"fileData":{"fileUri":"gs://bucket/a","mimeType":"application/pdf"}})")
    );
    EXPECT_EQ(
        part_of(file_part{"files/abc", {}, {}, {}, "video/mp4"})["fileData"]["fileUri"],
        "https://generativelanguage.googleapis.com/v1beta/files/abc"
    );
    EXPECT_EQ(
        part_of(file_part{{}, "data:application/pdf;base64,CCCC", "a.pdf"}),
        json::parse(R"({"inlineData":{"mimeType":"application/pdf","data":"CCCC"}})")
    );
}

TEST(GeminiRequest, RefusesMediaThatItCannotReach) {
    for (const content_part& part :
         {content_part(image_part{"ftp://x/y.png", ""}),
          content_part(image_part{"", "", "file-of-openai"}),
          content_part(file_part{"file-1", {}, {}})}) {
        auto asked = asking();
        asked.messages[0].content = {part};
        const auto reason = refused(asked);
        EXPECT_EQ(reason.status, 400);
        EXPECT_EQ(reason.param, "messages");
        EXPECT_THAT(reason.message, HasSubstr("google/gemini-2.5-flash"));
    }
    auto asked = asking();
    asked.messages[0].content = {image_part{"https://a/b.png", ""}};
    EXPECT_EQ(refused(asked, "gemini-2.0-flash").param, "messages");
}

TEST(GeminiRequest, TranslatesParameters) {
    auto asked = asking();
    asked.max_tokens = 10;
    asked.temperature = 3;
    asked.top_p = 0.5;
    asked.top_k = 40;
    asked.stop = {"a", "b"};
    asked.choices = 2;
    asked.seed = 7;
    asked.presence_penalty = 1;
    asked.frequency_penalty = -1;
    asked.logprobs = true;
    asked.top_logprobs = 3;
    asked.output_modalities = {"text", "image"};
    asked.response_format = {response_format::form::json_schema, "n", {{"type", "object"}}, true};
    EXPECT_EQ(
        body_of(asked)["generationConfig"],
        json::parse(R"({"maxOutputTokens":10,"temperature":2.0,"topP":0.5,"topK":40,
            "stopSequences":["a","b"],"candidateCount":2,"seed":7,"presencePenalty":1.0,
            "frequencyPenalty":-1.0,"responseLogprobs":true,"logprobs":3,
            "responseModalities":["TEXT","IMAGE"],"responseMimeType":"application/json",
            "responseJsonSchema":{"type":"object"}})")
    );
}

TEST(GeminiRequest, TranslatesToolsAndTheirChoice) {
    using mode = tool_choice::mode;
    auto asked = asking();
    asked.tools = {{"look", "Looks.", {{"type", "object"}}, {}}, {"halt", "", nullptr, {}}};
    EXPECT_EQ(
        body_of(asked)["tools"],
        json::parse(R"([{"functionDeclarations":[{"name":"look","description":"Looks.",
            "parametersJsonSchema":{"type":"object"}},{"name":"halt"}]}])")
    );
    EXPECT_FALSE(body_of(asked).contains("toolConfig"));
    const auto calling = [&](mode how) {
        asked.tool_choice = {how, "look"};
        return body_of(asked)["toolConfig"]["functionCallingConfig"];
    };
    EXPECT_EQ(calling(mode::automatic), json({{"mode", "AUTO"}}));
    EXPECT_EQ(calling(mode::none), json({{"mode", "NONE"}}));
    EXPECT_EQ(calling(mode::required), json({{"mode", "ANY"}}));
    EXPECT_EQ(calling(mode::named), json({{"mode", "ANY"}, {"allowedFunctionNames", {"look"}}}));
    asked.parallel_tool_calls = false;
    EXPECT_EQ(refused(asked).param, "parallel_tool_calls");
}

json thinking(const reasoning_wish& wish, std::string_view model) {
    auto asked = asking();
    asked.reasoning = wish;
    const auto body = body_of(asked, model);
    return body.contains("generationConfig") ? body["generationConfig"]["thinkingConfig"] : json();
}

TEST(GeminiRequest, SteersThoughtsAsEachGenerationHasIt) {
    reasoning_wish wish;
    wish.effort = "medium";
    EXPECT_EQ(thinking(wish, "gemini-2.5-flash"), json({{"thinkingBudget", 8192}}));
    EXPECT_EQ(thinking(wish, "gemini-3-flash"), json({{"thinkingLevel", "medium"}}));
    EXPECT_EQ(thinking(wish, "gemini-3-pro-preview"), json({{"thinkingLevel", "high"}}));
    EXPECT_EQ(thinking(wish, "gemini-2.0-flash"), json());
    wish.effort = "none";
    EXPECT_EQ(
        thinking(wish, "gemini-2.5-flash"),
        json({{"thinkingBudget", 0}, {"includeThoughts", false}})
    );
    EXPECT_EQ(thinking(wish, "gemini-2.5-pro")["thinkingBudget"], 128);
    EXPECT_EQ(thinking(wish, "gemini-3.1-pro")["thinkingLevel"], "low");
    wish = {};
    wish.budget = 2000;
    wish.visible = true;
    EXPECT_EQ(
        thinking(wish, "gemini-3-flash"),
        json({{"thinkingBudget", 2000}, {"includeThoughts", true}})
    );
    EXPECT_EQ(thinking({}, "gemini-3-flash"), json());
}

TEST(GeminiRequest, RefusesWhatWouldChangeTheMeaning) {
    auto asked = asking();
    asked.choices = 9;
    EXPECT_EQ(refused(asked).param, "n");
    asked = asking();
    asked.stop = {"1", "2", "3", "4", "5", "6"};
    EXPECT_EQ(refused(asked).param, "stop");
    asked = asking();
    asked.output_modalities = {"smell"};
    EXPECT_EQ(refused(asked).param, "modalities");

    call hosted;
    hosted.request = asking();
    hosted.untranslatable = {"tools[1]"};
    EXPECT_EQ(
        make_gemini_codec()->encode(hosted, gemini_provider(), "m").error().param, "tools[1]"
    );
    call vectors;
    vectors.embedding.emplace();
    EXPECT_EQ(make_gemini_codec()->encode(vectors, gemini_provider(), "m").error().param, "input");
    call counting;
    counting.api = api::anthropic_count_tokens;
    EXPECT_EQ(make_gemini_codec()->encode(counting, gemini_provider(), "m").error().status, 404);
}

TEST(GeminiRequest, NamesWhatItDrops) {
    call asked;
    asked.request = asking();
    asked.request.user = "u";
    asked.request.metadata = {{"team", "a-1"}};
    asked.request.seed = std::int64_t{1} << 40;
    EXPECT_THAT(encode(asked).dropped, ElementsAre("seed", "user", "metadata"));
    auto provider = gemini_provider();
    provider.base_url = vertex_url;
    const auto vertex = encode(asked, provider);
    EXPECT_THAT(vertex.dropped, ElementsAre("seed", "user"));
    EXPECT_EQ(json::parse(vertex.body)["labels"], asked.request.metadata);
}

}  // namespace
}  // namespace sluice::upstream::testing
