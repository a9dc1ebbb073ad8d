#include "gateway/dialects/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using upstream::reasoning_state;
using upstream::role;

constexpr said_in_path some_path{"gemini-x", true};

decoded_request decoded(const std::string& body) {
    auto result = gemini_dialect().decode(body, some_path);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.has_value() ? *result : decoded_request();
}

/// A body with more members.
std::string with(const std::string& more) {
    return R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}],)" + more + "}";
}

std::string with_config(const std::string& members) {
    return with(R"("generationConfig":{)" + members + "}");
}

upstream::failure refused(const std::string& body, const said_in_path& path = some_path) {
    auto result = gemini_dialect().decode(body, path);
    if (!result) return result.error();
    ADD_FAILURE() << "was accepted: " << body;
    return {};
}

template <class Part>
const Part& part(const upstream::message& message, std::size_t index = 0) {
    return std::get<Part>(message.content.at(index));
}

TEST(GeminiDecode, TakesModelAndMethodFromThePath) {
    const auto body = with(R"("unheard":1)");
    const auto streamed = decoded(body).call;
    EXPECT_EQ(streamed.request.model, "gemini-x");
    EXPECT_TRUE(streamed.stream);
    EXPECT_EQ(streamed.api, upstream::api::gemini);
    EXPECT_EQ(streamed.body, body);
    EXPECT_FALSE(gemini_dialect().decode(body, {"m", false})->call.stream);
    EXPECT_EQ(refused(body, {"", true}).status, 400);
}

TEST(GeminiDecode, ReadsAConversation) {
    const auto call = decoded(R"({"systemInstruction":{"parts":[{"text":"be brief"}]},"contents":[
        {"role":"user","parts":[{"text":"what is this?"},
            {"inlineData":{"mimeType":"image/png","data":"AAAA"}},
            {"inlineData":{"mimeType":"audio/wav","data":"BBBB"}},
            {"inlineData":{"mimeType":"application/pdf","data":"CCCC","displayName":"a.pdf"}},
            {"fileData":{"mimeType":"image/jpeg","fileUri":"https://a/b"}},
            {"fileData":{"mimeType":"video/mp4","fileUri":"gs://b/c"}}]},
        {"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"dA=="},
            {"text":"a cat","thoughtSignature":"sluice:anthropic:signature:0:foreign"}]},
        {"parts":[{"text":"sure?"}]}]})")
                          .call;
    EXPECT_THAT(call.untranslatable, IsEmpty());
    const auto& messages = call.request.messages;
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[0].role, role::system);
    EXPECT_EQ(part<upstream::text_part>(messages[0]).text, "be brief");
    EXPECT_EQ(part<upstream::image_part>(messages[1], 1).url, "data:image/png;base64,AAAA");
    EXPECT_EQ(part<upstream::audio_part>(messages[1], 2).data, "BBBB");
    EXPECT_EQ(part<upstream::audio_part>(messages[1], 2).format, "wav");
    EXPECT_EQ(part<upstream::file_part>(messages[1], 3).data, "data:application/pdf;base64,CCCC");
    EXPECT_EQ(part<upstream::file_part>(messages[1], 3).name, "a.pdf");
    EXPECT_EQ(part<upstream::image_part>(messages[1], 4).url, "https://a/b");
    EXPECT_EQ(part<upstream::file_part>(messages[1], 5).url, "gs://b/c");
    EXPECT_EQ(part<upstream::file_part>(messages[1], 5).type, "video/mp4");
    EXPECT_EQ(messages[2].role, role::assistant);
    const auto& thought = part<upstream::reasoning_part>(messages[2]);
    EXPECT_EQ(thought.text, "hm");
    EXPECT_EQ(thought.state->data, "dA==");
    EXPECT_EQ(thought.state->from, reasoning_state::origin::gemini);
    const auto& answer = part<upstream::text_part>(messages[2], 1);
    EXPECT_EQ(answer.state->from, reasoning_state::origin::anthropic);
    EXPECT_EQ(answer.state->data, "foreign");
    EXPECT_EQ(messages[3].role, role::user);
}

TEST(GeminiDecode, MatchesResponsesToCalls) {
    const auto call = decoded(R"({"contents":[
        {"role":"model","parts":[
            {"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"Yw=="},
            {"functionCall":{"name":"f"}},
            {"functionCall":{"name":"g","id":"given"}}]},
        {"role":"user","parts":[
            {"text":"there:"},
            {"functionResponse":{"name":"g","id":"given","response":{"error":"no"}}},
            {"functionResponse":{"name":"f","response":{"result":"one"}}},
            {"functionResponse":{"name":"f","response":{"a":2},
                "parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}},
            {"functionResponse":{"name":"f","response":{}}}]}]})")
                          .call;
    const auto& messages = call.request.messages;
    ASSERT_EQ(messages.size(), 6U);
    const auto& calls = messages[0].tool_calls;
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(calls[0].state->data, "Yw==");
    EXPECT_EQ(calls[1].arguments, "{}");
    EXPECT_NE(calls[0].id, calls[1].id);
    EXPECT_EQ(calls[2].id, "given");
    EXPECT_EQ(messages[1].tool_call_id, "given");
    EXPECT_TRUE(messages[1].failed);
    EXPECT_EQ(part<upstream::text_part>(messages[1]).text, "no");
    EXPECT_EQ(messages[2].tool_call_id, calls[0].id);
    EXPECT_EQ(part<upstream::text_part>(messages[2]).text, "one");
    EXPECT_EQ(messages[3].tool_call_id, calls[1].id);
    EXPECT_EQ(part<upstream::text_part>(messages[3]).text, R"({"a":2})");
    EXPECT_EQ(part<upstream::image_part>(messages[3], 1).url, "data:image/png;base64,AAAA");
    EXPECT_EQ(messages[4].tool_call_id, "f");  // answers nothing; the name is all that is known
    EXPECT_EQ(messages[5].role, role::user);
}

TEST(GeminiDecode, TakesSnakeCaseAsWell) {
    const auto call = decoded(R"({"system_instruction":{"parts":[{"text":"s"}]},
        "contents":[{"role":"model","parts":[{"function_call":{"name":"f","args":{"some_key":1}},
                                              "thought_signature":"Yw=="}]},
            {"role":"function","parts":[
                {"function_response":{"name":"f","response":{"some_key":2}}},
                {"inline_data":{"mime_type":"image/png","data":"AAAA"}},
                {"file_data":{"mime_type":"image/png","file_uri":"https://a"}}]}],
        "tools":[{"function_declarations":[{"name":"f",
            "parameters_json_schema":{"type":"object","properties":{"some_key":{}}}}]}],
        "tool_config":{"function_calling_config":{"mode":"ANY","allowed_function_names":["f"]}},
        "generation_config":{"max_output_tokens":7,"stop_sequences":["x"],"top_k":3.0,
            "response_mime_type":"application/json","thinking_config":{"thinking_budget":5}}})")
                          .call;
    const auto& asked = call.request;
    ASSERT_EQ(asked.messages.size(), 4U);
    EXPECT_EQ(asked.messages[1].tool_calls.at(0).arguments, R"({"some_key":1})");
    EXPECT_EQ(asked.messages[1].tool_calls.at(0).state->data, "Yw==");
    EXPECT_EQ(part<upstream::text_part>(asked.messages[2]).text, R"({"some_key":2})");
    EXPECT_EQ(asked.messages[3].content.size(), 2U);
    EXPECT_TRUE(asked.tools.at(0).parameters["properties"].contains("some_key"));
    EXPECT_EQ(asked.tool_choice->name, "f");
    EXPECT_EQ(asked.max_tokens, 7);
    EXPECT_EQ(asked.top_k, 3);
    EXPECT_THAT(asked.stop, ElementsAre("x"));
    EXPECT_EQ(asked.response_format->kind, upstream::response_format::form::json_object);
    EXPECT_EQ(asked.reasoning.budget, 5);
}

TEST(GeminiDecode, ReadsParameters) {
    const auto asked = decoded(with_config(
                                   R"("candidateCount":2,"temperature":0.5,"topP":0.25,"topK":4,
        "seed":9,"presencePenalty":1,"frequencyPenalty":-1,"responseLogprobs":true,"logprobs":3,
        "responseModalities":["TEXT","IMAGE"],
        "thinkingConfig":{"thinkingLevel":"LOW","includeThoughts":true})"
                               ))
                           .call.request;
    EXPECT_EQ(asked.choices, 2);
    EXPECT_EQ(asked.temperature, 0.5);
    EXPECT_EQ(asked.top_p, 0.25);
    EXPECT_EQ(asked.top_k, 4);
    EXPECT_EQ(asked.seed, 9);
    EXPECT_EQ(asked.presence_penalty, 1);
    EXPECT_EQ(asked.frequency_penalty, -1);
    EXPECT_EQ(asked.logprobs, true);
    EXPECT_EQ(asked.top_logprobs, 3);
    EXPECT_THAT(asked.output_modalities, ElementsAre("text", "image"));
    EXPECT_EQ(asked.reasoning.effort, "low");
    EXPECT_EQ(asked.reasoning.visible, true);
    const auto budget = [](const std::string& number) {
        return decoded(with_config(R"("thinkingConfig":{"thinkingBudget":)" + number + "}"))
            .call.request.reasoning;
    };
    EXPECT_EQ(budget("0").enabled, false);
    EXPECT_EQ(budget("-1").enabled, true);
    EXPECT_FALSE(budget("-1").budget.has_value());
    EXPECT_EQ(budget("100").budget, 100);
}

TEST(GeminiDecode, TurnsItsOwnSchemasIntoJsonSchema) {
    const auto asked = decoded(with(R"("tools":[{"functionDeclarations":[
        {"name":"f","description":"d","parameters":{"type":"OBJECT","propertyOrdering":["a"],
            "properties":{"nullable":{"type":"STRING","nullable":true,"enum":["x"]},
                          "list":{"type":"ARRAY","minItems":"1","items":{"type":"INTEGER"}},
                          "type":{"anyOf":[{"type":"NUMBER"},{"type":"BOOLEAN"}]}}}},
        {"name":"g"}]}],
        "generationConfig":{"responseSchema":{"type":"OBJECT"}})"))
                           .call.request;
    ASSERT_EQ(asked.tools.size(), 2U);
    EXPECT_EQ(asked.tools[0].parameters, json::parse(R"({"type":"object","properties":{
            "nullable":{"type":["string","null"],"enum":["x"]},
            "list":{"type":"array","minItems":1,"items":{"type":"integer"}},
            "type":{"anyOf":[{"type":"number"},{"type":"boolean"}]}}})"));
    EXPECT_TRUE(asked.tools[1].parameters.is_null());
    EXPECT_EQ(asked.response_format->kind, upstream::response_format::form::json_schema);
    EXPECT_EQ(asked.response_format->schema, json({{"type", "object"}}));
}

TEST(GeminiDecode, ReadsTheChoiceOfTools) {
    using mode = upstream::tool_choice::mode;
    const auto choice = [](const std::string& calling) {
        return decoded(with(
                           R"("tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"},
            {"name":"h"}]}],"toolConfig":{"functionCallingConfig":)" +
                           calling + "}"
                       ))
            .call;
    };
    EXPECT_EQ(choice(R"({"mode":"AUTO"})").request.tool_choice->how, mode::automatic);
    EXPECT_EQ(choice(R"({"mode":"VALIDATED"})").request.tool_choice->how, mode::automatic);
    EXPECT_EQ(choice(R"({"mode":"NONE"})").request.tool_choice->how, mode::none);
    EXPECT_EQ(choice(R"({"mode":"ANY"})").request.tool_choice->how, mode::required);
    const auto named = choice(R"({"mode":"ANY","allowedFunctionNames":["g"]})").request;
    EXPECT_EQ(named.tool_choice->how, mode::named);
    EXPECT_EQ(named.tool_choice->name, "g");
    EXPECT_EQ(named.tools.size(), 3U);
    const auto two = choice(R"({"mode":"ANY","allowedFunctionNames":["g","h"]})").request;
    EXPECT_EQ(two.tool_choice->how, mode::required);
    EXPECT_EQ(two.tools.size(), 2U);
    EXPECT_THAT(
        choice(R"({"mode":"SOMEHOW"})").untranslatable,
        ElementsAre("toolConfig.functionCallingConfig.mode")
    );
}

TEST(GeminiDecode, NamesWhatOnlyGeminiCanCarry) {
    const auto call = decoded(R"({"contents":[{"parts":[{"executableCode":{"code":"1"}},
            {"text":"hi"}]}],
        "tools":[{"googleSearch":{}},{"functionDeclarations":[{"name":"f"}],"codeExecution":{}},
                 {"url_context":{}}],
        "cachedContent":"cachedContents/x",
        "generationConfig":{"responseMimeType":"text/x.enum"}})")
                          .call;
    EXPECT_THAT(
        call.untranslatable,
        ElementsAre(
            "contents[0].parts[0]",
            "tools[0].googleSearch",
            "tools[1].codeExecution",
            "tools[2].url_context",
            "generationConfig.responseMimeType",
            "cachedContent"
        )
    );
}

TEST(GeminiDecode, NamesWhatHasNoEffectElsewhere) {
    const auto request = decoded(with(R"("safetySettings":[],"labels":{"a":"b"},
        "toolConfig":{"retrievalConfig":{}},
        "generationConfig":{"speechConfig":{},"mediaResolution":"LOW"})"));
    EXPECT_THAT(
        request.dropped,
        ElementsAre(
            "toolConfig.retrievalConfig",
            "generationConfig.speechConfig",
            "generationConfig.mediaResolution",
            "safetySettings"
        )
    );
    EXPECT_EQ(request.call.request.metadata, json({{"a", "b"}}));
}

TEST(GeminiDecode, CallsFieldsByItsOwnNames) {
    const auto call = decoded(with(R"("x":1)")).call;
    EXPECT_EQ(call.field_name("n"), "generationConfig.candidateCount");
    EXPECT_EQ(call.field_name("messages"), "contents");
    EXPECT_EQ(call.field_name("unheard"), "unheard");
}

TEST(GeminiDecode, SaysWhatIsWrongAndWhere) {
    struct row {
        std::string body;
        std::string param;
    };
    for (const auto& [body, param] : std::vector<row>{
             {"{}", "contents"},
             {R"({"contents":[]})", "contents"},
             {R"({"contents":7})", "contents"},
             {R"({"contents":[1]})", "contents[0]"},
             {R"({"contents":[{"role":"assistant","parts":[]}]})", "contents[0].role"},
             {R"({"contents":[{"parts":{}}]})", "contents[0].parts"},
             {R"({"contents":[{"parts":["x"]}]})", "contents[0].parts[0]"},
             {R"({"contents":[{"parts":[{"text":1}]}]})", "contents[0].parts[0].text"},
             {R"({"contents":[{"parts":[{"functionCall":{}}]}]})",
              "contents[0].parts[0].functionCall.name"},
             {R"({"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]})",
              "contents[0].parts[0].functionCall.args"},
             {R"({"contents":[{"parts":[{"functionResponse":{"name":"f","response":"x"}}]}]})",
              "contents[0].parts[0].functionResponse.response"},
             {R"({"contents":[{"parts":[{"inlineData":{"data":"A"}}]}]})",
              "contents[0].parts[0].inlineData.mimeType"},
             {with(R"("tools":[{"functionDeclarations":[{"name":""}]}])"),
              "tools[0].functionDeclarations[0].name"},
             {with(R"("tools":[7])"), "tools[0]"},
             {with(R"("toolConfig":{"functionCallingConfig":{"mode":"ANY",
                 "allowedFunctionNames":["f","g"]}})"),
              "toolConfig.functionCallingConfig.allowedFunctionNames"},
             {with_config(R"("temperature":"x")"), "generationConfig.temperature"},
             {with_config(R"("max_output_tokens":0)"), "generationConfig.max_output_tokens"},
             {with_config(R"("stopSequences":[1])"), "generationConfig.stopSequences"},
             {with_config(R"("candidateCount":1000000)"), "generationConfig.candidateCount"},
             {with_config(R"("thinkingConfig":{"thinkingBudget":-2})"),
              "generationConfig.thinkingConfig.thinkingBudget"},
         }) {
        const auto reason = refused(body);
        EXPECT_EQ(reason.status, 400);
        EXPECT_EQ(reason.param, param) << body;
        EXPECT_THAT(reason.message, HasSubstr("'" + param + "'"));
    }
    EXPECT_EQ(refused("[1]").status, 400);
    EXPECT_EQ(refused("{").code, "invalid_json");
}

}  // namespace
}  // namespace sluice::gateway::testing
