#include "gateway/dialects/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tuple>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

std::string with(const std::string& more) {
    return R"({"model":"m","input":"hi")" + (more.empty() ? "" : "," + more) + "}";
}

std::string with_items(const std::string& items) {
    return R"({"model":"m","input":[)" + items + "]}";
}

decoded_request decoded(const std::string& body) {
    auto made = openai_responses_dialect().decode(body);
    EXPECT_TRUE(made.has_value()) << body << ": " << (made ? "" : made.error().message);
    return made ? std::move(*made) : decoded_request();
}

upstream::failure refused(const std::string& body) {
    const auto made = openai_responses_dialect().decode(body);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? upstream::failure() : made.error();
}

std::string text_of(const upstream::content_part& part) {
    return std::get<upstream::text_part>(part).text;
}

TEST(ResponsesDecode, ReadsAPlainText) {
    const auto made = decoded(with(R"("instructions":"be brief","stream":true)"));
    EXPECT_EQ(made.call.api, upstream::api::openai_responses);
    EXPECT_TRUE(made.call.stream);
    EXPECT_EQ(made.call.request.model, "m");
    const auto& messages = made.call.request.messages;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].role, upstream::role::system);
    EXPECT_EQ(text_of(messages[0].content[0]), "be brief");
    EXPECT_EQ(messages[1].role, upstream::role::user);
    EXPECT_EQ(text_of(messages[1].content[0]), "hi");
    EXPECT_TRUE(made.dropped.empty());
    EXPECT_TRUE(made.call.untranslatable.empty());
}

TEST(ResponsesDecode, MakesOneMessageOfATurnOfTheAssistant) {
    const auto made = decoded(with_items(R"(
        {"role":"developer","content":"d"},
        {"role":"user","content":[
            {"type":"input_text","text":"see"},
            {"type":"input_image","image_url":"https://a/b.png","detail":"low"},
            {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
            {"type":"input_file","file_url":"https://a/b.pdf","filename":"b.pdf"}]},
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],
         "encrypted_content":"gAAA"},
        {"type":"message","id":"msg_1","role":"assistant","status":"completed",
         "content":[{"type":"output_text","text":"let me look","annotations":[]}]},
        {"type":"function_call","call_id":"c1","name":"look","arguments":"{\"x\":1}"},
        {"type":"function_call","call_id":"c2","name":"see","arguments":"{}"},
        {"type":"function_call_output","call_id":"c1","output":"a cat"},
        {"type":"function_call_output","call_id":"c2","output":[
            {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]})"));
    const auto& messages = made.call.request.messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[0].role, upstream::role::developer);
    EXPECT_EQ(std::get<upstream::image_part>(messages[1].content[1]).detail, "low");
    EXPECT_EQ(std::get<upstream::audio_part>(messages[1].content[2]).format, "wav");
    EXPECT_EQ(std::get<upstream::file_part>(messages[1].content[3]).url, "https://a/b.pdf");
    const auto& answer = messages[2];
    EXPECT_EQ(answer.role, upstream::role::assistant);
    const auto& thoughts = std::get<upstream::reasoning_part>(answer.content[0]);
    EXPECT_EQ(thoughts.text, "hm");
    using state = upstream::reasoning_state;
    const state wanted{state::origin::openai_responses, state::form::encrypted, "gAAA", "rs_1"};
    EXPECT_EQ(thoughts.state, wanted);
    EXPECT_EQ(text_of(answer.content[1]), "let me look");
    ASSERT_EQ(answer.tool_calls.size(), 2U);
    EXPECT_EQ(answer.tool_calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(messages[3].tool_call_id, "c1");
    EXPECT_EQ(text_of(messages[3].content[0]), "a cat");
    EXPECT_EQ(messages[4].role, upstream::role::tool);
    EXPECT_EQ(
        std::get<upstream::image_part>(messages[4].content[0]).url, "data:image/png;base64,AAAA"
    );
}

TEST(ResponsesDecode, ReadsTheParameters) {
    const auto made = decoded(with(R"("max_output_tokens":7,"temperature":0.5,"top_p":0.9,
        "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"}}],
        "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,
        "text":{"format":{"type":"json_schema","name":"s","schema":{"a":1},"strict":true}},
        "reasoning":{"effort":"low","summary":"auto"},"metadata":{"k":"v"},"user":"u",
        "include":["message.output_text.logprobs","reasoning.encrypted_content"],
        "top_logprobs":2,"stream_options":{"include_obfuscation":false},"store":false)"));
    const auto& request = made.call.request;
    EXPECT_EQ(request.max_tokens, 7);
    EXPECT_EQ(request.temperature, 0.5);
    EXPECT_EQ(request.top_p, 0.9);
    ASSERT_EQ(request.tools.size(), 1U);
    EXPECT_EQ(request.tools[0].description, "d");
    EXPECT_EQ(request.tools[0].strict, std::nullopt);
    EXPECT_EQ(request.tool_choice->name, "f");
    EXPECT_EQ(request.parallel_tool_calls, false);
    EXPECT_EQ(request.response_format->name, "s");
    EXPECT_EQ(request.response_format->schema, json({{"a", 1}}));
    EXPECT_EQ(request.reasoning.effort, "low");
    EXPECT_EQ(request.reasoning.summary, "auto");
    EXPECT_EQ(request.reasoning.visible, true);
    EXPECT_EQ(request.metadata, json({{"k", "v"}}));
    EXPECT_EQ(request.user, "u");
    EXPECT_EQ(request.logprobs, true);
    EXPECT_EQ(request.top_logprobs, 2);
    EXPECT_TRUE(made.dropped.empty());
}

TEST(ResponsesDecode, NamesWhatOnlyItsOwnProviderCanCarry) {
    using row = std::tuple<std::string, std::string>;
    for (const auto& [body, path] : {
             row{with(R"("previous_response_id":"resp_1")"), "previous_response_id"},
             row{with(R"("conversation":"conv_1")"), "conversation"},
             row{with(R"("conversation":{"id":"conv_1"})"), "conversation"},
             row{with(R"("background":true)"), "background"},
             row{R"({"model":"m","prompt":{"id":"pmpt_1"}})", "prompt"},
             row{with(R"("tools":[{"type":"web_search"}])"), "tools[0]"},
             row{with(R"("tools":[{"type":"custom","name":"c"}])"), "tools[0]"},
             row{with(R"("tool_choice":{"type":"allowed_tools"})"), "tool_choice"},
             row{with_items(R"({"type":"item_reference","id":"x"})"), "input[0]"},
             row{with_items(R"({"type":"web_search_call","id":"x"})"), "input[0]"},
             row{with_items(R"({"role":"user","content":[{"type":"unheard_of"}]})"),
                 "input[0].content[0]"},
         }) {
        EXPECT_THAT(decoded(body).call.untranslatable, ElementsAre(path)) << body;
    }
}

TEST(ResponsesDecode, NamesWhatHasNoEffectElsewhere) {
    const auto made = decoded(with(R"("store":true,"truncation":"auto","service_tier":"flex",
        "safety_identifier":"s","prompt_cache_key":"k","max_tool_calls":3,
        "text":{"verbosity":"low"},"include":["file_search_call.results"],"unheard_of":1)"));
    EXPECT_THAT(
        made.dropped,
        ::testing::UnorderedElementsAre(
            "store",
            "truncation",
            "service_tier",
            "safety_identifier",
            "prompt_cache_key",
            "max_tool_calls",
            "text.verbosity",
            "include[0]",
            "unheard_of"
        )
    );
}

TEST(ResponsesDecode, NamesThePathOfWhatIsWrong) {
    using row = std::tuple<std::string, std::string>;
    for (const auto& [body, path] : {
             row{R"({"input":"x"})", "model"},
             row{R"({"model":"m"})", "input"},
             row{R"({"model":"m","input":5})", "input"},
             row{with(R"("temperature":3)"), "temperature"},
             row{with(R"("max_output_tokens":0)"), "max_output_tokens"},
             row{with(R"("top_logprobs":21)"), "top_logprobs"},
             row{with(R"("stream":"yes")"), "stream"},
             row{with(R"("instructions":5)"), "instructions"},
             row{with(R"("include":[5])"), "include"},
             row{with(R"("metadata":{"a":5})"), "metadata"},
             row{with(R"("tools":[5])"), "tools[0]"},
             row{with(R"("tools":[{}])"), "tools[0].type"},
             row{with(R"("tools":[{"type":"function"}])"), "tools[0].name"},
             row{with(R"("tool_choice":"maybe")"), "tool_choice"},
             row{with(R"("tool_choice":{"type":"function","name":"g"})"), "tool_choice.name"},
             row{with(R"("text":{"format":{"type":"xml"}})"), "text.format.type"},
             row{with(R"("text":{"format":{"type":"json_schema"}})"), "text.format.schema"},
             row{with(R"("reasoning":{"effort":1})"), "reasoning.effort"},
             row{with_items("5"), "input[0]"},
             row{with_items("{}"), "input[0].role"},
             row{with_items(R"({"role":"tool","content":"x"})"), "input[0].role"},
             row{with_items(R"({"role":"user"})"), "input[0].content"},
             row{with_items(R"({"role":"user","content":[{}]})"), "input[0].content[0].type"},
             row{with_items(R"({"role":"user","content":[{"type":"input_image"}]})"),
                 "input[0].content[0].image_url"},
             row{with_items(R"({"type":"function_call","name":"f"})"), "input[0].call_id"},
             row{with_items(R"({"type":"function_call","call_id":"c"})"), "input[0].name"},
             row{with_items(R"({"type":"function_call_output","call_id":"c"})"), "input[0].output"},
             row{with_items(R"({"type":"reasoning","summary":[5]})"), "input[0].summary[0]"},
         }) {
        const auto why = refused(body);
        EXPECT_EQ(why.param, path) << body;
        EXPECT_EQ(why.status, 400);
    }
}

TEST(ResponsesDecode, KeepsTheBodyAsItCame) {
    const auto body = with(R"("unheard_of" : 1.50)");
    EXPECT_EQ(decoded(body).call.body, body);
}

TEST(ResponsesDecode, GivesForeignStateOnlyToWhomItBelongs) {
    const auto body = with_items(R"(
        {"type":"reasoning","id":"rs_x","summary":[{"type":"summary_text","text":"hm"}],
         "encrypted_content":"sluice:anthropic:signature:0:SIG"},
        {"type":"reasoning","id":"rs_y","summary":[],
         "encrypted_content":"sluice:openai:encrypted:4:rs_1gAAA"},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
        {"type":"reasoning","summary":[],
         "encrypted_content":"sluice:gemini:signature:7:call:c1THOUGHT"})");
    const auto made = decoded(body);
    const auto& answer = made.call.request.messages.at(0);
    ASSERT_EQ(answer.content.size(), 2U);
    const auto& first = std::get<upstream::reasoning_part>(answer.content[0]);
    EXPECT_EQ(first.state->from, upstream::reasoning_state::origin::anthropic);
    EXPECT_EQ(first.state->data, "SIG");
    const auto& second = std::get<upstream::reasoning_part>(answer.content[1]);
    EXPECT_EQ(second.state->from, upstream::reasoning_state::origin::openai_responses);
    EXPECT_EQ(second.state->id, "rs_1");
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_EQ(answer.tool_calls[0].state->data, "THOUGHT");
    EXPECT_EQ(answer.tool_calls[0].state->from, upstream::reasoning_state::origin::gemini);
    // The provider of the same API is not to stumble over what is not its own.
    EXPECT_EQ(json::parse(made.call.body)["input"], json::parse(R"([
        {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}])"));
}

TEST(ResponsesDecode, ShowsThePicturesThatTheModelMade) {
    const auto made = decoded(with_items(
        R"({"type":"image_generation_call","id":"ig","output_format":"webp","result":"UklG"})"
    ));
    const auto& picture =
        std::get<upstream::image_part>(made.call.request.messages.at(0).content.at(0));
    EXPECT_EQ(picture.url, "data:image/webp;base64,UklG");
}

TEST(ResponsesDecode, CallsFieldsByItsOwnNames) {
    const auto name = decoded(with("")).call.field_name;
    EXPECT_EQ(name("max_tokens"), "max_output_tokens");
    EXPECT_EQ(name("response_format"), "text.format");
    EXPECT_EQ(name("messages"), "input");
    EXPECT_EQ(name("tools"), "tools");
}

}  // namespace
}  // namespace sluice::gateway::testing
