#include "gateway/dialects/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::string_literals;
using upstream::reasoning_state;

decoded_request decoded(const std::string& body) {
    auto result = anthropic_messages_dialect().decode(body);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message) << body;
    return result ? *result : decoded_request();
}
std::string with(const std::string& more) {
    return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],)" + more +
           "}";
}
std::string with_messages(const std::string& messages) {
    return R"({"model":"m","max_tokens":9,"messages":[)" + messages + "]}";
}
std::string with_block(const std::string& block, const std::string& role = "user") {
    return with_messages(R"({"role":")" + role + R"(","content":[)" + block + "]}");
}
upstream::failure refused(const std::string& body) {
    auto result = anthropic_messages_dialect().decode(body);
    if (!result) return result.error();
    ADD_FAILURE() << "was accepted: " << body;
    return {};
}
template <class Part>
Part only_part(const std::string& block) {
    const auto request = decoded(with_block(block)).call.request;
    return std::get<Part>(request.messages.at(0).content.at(0));
}

TEST(AnthropicDecode, ReadsAConversation) {
    const auto call = decoded(R"({"model":"m","max_tokens":9,
        "system":[{"type":"text","text":"be brief","cache_control":{"type":"ephemeral"}}],
        "messages":[
        {"role":"user","content":"hi"},
        {"role":"assistant","content":[
            {"type":"thinking","thinking":"hm","signature":"sig"},
            {"type":"redacted_thinking","data":"dark"},
            {"type":"text","text":"looking"},
            {"type":"tool_use","id":"t1","name":"look","input":{"x":1}}]},
        {"role":"user","content":[
            {"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[
                {"type":"text","text":"a cat"},
                {"type":"image","source":{"type":"url","url":"https://a/b.png"}}]},
            {"type":"text","text":"well?"}]}]})")
                          .call;
    const auto& messages = call.request.messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[0].role, upstream::role::system);
    EXPECT_EQ(std::get<upstream::text_part>(messages[0].content[0]).text, "be brief");
    ASSERT_EQ(messages[2].content.size(), 3U);
    const auto& thoughts = std::get<upstream::reasoning_part>(messages[2].content[0]);
    EXPECT_EQ(thoughts.text, "hm");
    EXPECT_EQ(
        *thoughts.state,
        (reasoning_state{
            reasoning_state::origin::anthropic, reasoning_state::form::signature, "sig"})
    );
    const auto& dark = std::get<upstream::reasoning_part>(messages[2].content[1]);
    EXPECT_EQ(dark.state->how, reasoning_state::form::redacted);
    EXPECT_EQ(dark.state->data, "dark");
    ASSERT_EQ(messages[2].tool_calls.size(), 1U);
    EXPECT_EQ(messages[2].tool_calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(messages[3].role, upstream::role::tool);
    EXPECT_EQ(messages[3].tool_call_id, "t1");
    EXPECT_TRUE(messages[3].failed);
    EXPECT_EQ(messages[3].content.size(), 2U);
    EXPECT_EQ(messages[4].role, upstream::role::user);
    EXPECT_EQ(call.api, upstream::api::anthropic_messages);
    EXPECT_TRUE(call.want_usage);
    EXPECT_FALSE(call.stream);
    EXPECT_THAT(call.untranslatable, IsEmpty());
}

TEST(AnthropicDecode, ReadsTheParameters) {
    const auto call = decoded(with(R"("stream":true,"temperature":0.5,"top_p":0.9,"top_k":4,
        "stop_sequences":["a"],"metadata":{"user_id":"u"},
        "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}},
                 {"type":"custom","name":"g","strict":true,"input_schema":{}}],
        "tool_choice":{"type":"tool","name":"g","disable_parallel_tool_use":true},
        "thinking":{"type":"enabled","budget_tokens":2000},
        "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"a":1}}})"))
                          .call;
    const auto& request = call.request;
    EXPECT_TRUE(call.stream);
    EXPECT_EQ(request.max_tokens, 9);
    EXPECT_EQ(request.temperature, 0.5);
    EXPECT_EQ(request.top_k, 4);
    EXPECT_THAT(request.stop, ElementsAre("a"));
    EXPECT_EQ(request.user, "u");
    ASSERT_EQ(request.tools.size(), 2U);
    EXPECT_EQ(request.tools[0].description, "d");
    EXPECT_EQ(request.tools[1].strict, true);
    EXPECT_EQ(request.tool_choice->how, upstream::tool_choice::mode::named);
    EXPECT_EQ(request.tool_choice->name, "g");
    EXPECT_EQ(request.parallel_tool_calls, false);
    EXPECT_EQ(request.reasoning.enabled, true);
    EXPECT_EQ(request.reasoning.budget, 2000);
    EXPECT_EQ(request.reasoning.visible, true);
    EXPECT_EQ(request.reasoning.effort, "low");
    EXPECT_EQ(request.response_format->schema, json({{"a", 1}}));
}

TEST(AnthropicDecode, ReadsEveryWishForThoughts) {
    const auto wish = [](const std::string& thinking) {
        return decoded(with(R"("thinking":)" + thinking)).call.request.reasoning;
    };
    const auto hidden = wish(R"({"type":"adaptive","display":"omitted"})");
    EXPECT_EQ(hidden.enabled, true);
    EXPECT_EQ(hidden.visible, false);
    EXPECT_EQ(hidden.budget, std::nullopt);
    EXPECT_EQ(wish(R"({"type":"disabled"})").enabled, false);
}

TEST(AnthropicDecode, ReadsImagesAndDocumentsByWhateverWayTheyCome) {
    const auto image = [](const std::string& source) {
        return only_part<upstream::image_part>(R"({"type":"image","source":)" + source + "}");
    };
    EXPECT_EQ(
        image(R"({"type":"base64","media_type":"image/png","data":"AAAA"})").url,
        "data:image/png;base64,AAAA"
    );
    EXPECT_EQ(image(R"({"type":"url","url":"https://a"})").url, "https://a");
    EXPECT_EQ(image(R"({"type":"file","file_id":"f"})").id, "f");
    const auto document = [](const std::string& source) {
        return only_part<upstream::file_part>(
            R"({"type":"document","title":"T","source":)" + source + "}"
        );
    };
    const auto pdf = document(R"({"type":"base64","media_type":"application/pdf","data":"JV"})");
    EXPECT_EQ(pdf.data, "data:application/pdf;base64,JV");
    EXPECT_EQ(pdf.name, "T");
    EXPECT_EQ(document(R"({"type":"url","url":"https://a"})").url, "https://a");
    EXPECT_EQ(document(R"({"type":"file","file_id":"f"})").id, "f");
}

TEST(AnthropicDecode, TakesInlineDocumentsForTheTextThatTheyAre) {
    const auto text_of = [](const std::string& block) {
        std::string text;
        const auto request = decoded(with_block(block)).call.request;
        for (const auto& part : request.messages[0].content)
            text += std::get<upstream::text_part>(part).text;
        return text;
    };
    EXPECT_EQ(
        text_of(R"({"type":"document","title":"T","source":
            {"type":"text","media_type":"text/plain","data":"words"}})"),
        "T\nwords"
    );
    EXPECT_EQ(
        text_of(R"({"type":"document","source":{"type":"content","content":[
            {"type":"text","text":"a"},{"type":"text","text":"b"}]}})"),
        "ab"
    );
}

TEST(AnthropicDecode, KnowsWhatNoOtherProtocolCarries) {
    const auto paths = [](const std::string& body) { return decoded(body).call.untranslatable; };
    EXPECT_THAT(
        paths(with(R"("tools":[{"name":"f","input_schema":{}},
            {"type":"web_search_20250305","name":"web_search"}],
            "tool_choice":{"type":"tool","name":"web_search"})")),
        ElementsAre("tools[1]")
    );
    EXPECT_THAT(
        paths(with(R"("mcp_servers":[{}],"container":"c","context_management":{})")),
        ElementsAre("mcp_servers", "container", "context_management")
    );
    EXPECT_THAT(paths(with(R"("mcp_servers":[],"container":null)")), IsEmpty());
    EXPECT_THAT(
        paths(with_block(R"({"type":"search_result","source":"s","title":"t","content":[]})")),
        ElementsAre("messages[0].content[0]")
    );
    EXPECT_THAT(
        paths(with_block(R"({"type":"server_tool_use","id":"s","name":"n","input":{}})")),
        ElementsAre("messages[0].content[0]")
    );
    EXPECT_THAT(
        paths(with_block(R"({"type":"document","citations":{"enabled":true},
            "source":{"type":"text","data":"words"}})")),
        ElementsAre("messages[0].content[0].citations")
    );
}

TEST(AnthropicDecode, NamesTheFieldsThatOnlyTune) {
    const auto made = decoded(with(R"("service_tier":"auto","inference_geo":"eu","x":1)"));
    EXPECT_THAT(made.dropped, ElementsAre("service_tier", "inference_geo", "x"));
    EXPECT_THAT(made.call.untranslatable, IsEmpty());
    ASSERT_NE(made.call.field_name, nullptr);
    EXPECT_EQ(made.call.field_name("stop"), "stop_sequences");
    EXPECT_EQ(made.call.field_name("top_k"), "top_k");
}

TEST(AnthropicDecode, KeepsTheBodyAsItCame) {
    const auto body = with(R"("unheard_of":{"a":[1,2]})");
    EXPECT_EQ(decoded(body).call.body, body);
}

TEST(AnthropicDecode, GivesStateBackToTheCallThatItSigns) {
    const auto made = decoded(with_block(
        R"({"type":"tool_use","id":"t1","name":"f","input":{}},
           {"type":"redacted_thinking","data":"sluice:gemini:signature:7:call:t1SIG"},
           {"type":"text","text":"a"},
           {"type":"redacted_thinking","data":"sluice:gemini:signature:5:text:TSIG"})",
        "assistant"
    ));
    const auto& message = made.call.request.messages.at(0);
    ASSERT_TRUE(message.tool_calls.at(0).state);
    EXPECT_EQ(
        *message.tool_calls[0].state,
        (reasoning_state{reasoning_state::origin::gemini, reasoning_state::form::signature, "SIG"})
    );
    ASSERT_EQ(message.content.size(), 1U);
    EXPECT_EQ(std::get<upstream::text_part>(message.content[0]).state->data, "TSIG");
}

TEST(AnthropicDecode, SaysWhatIsWrongAndWhere) {
    struct wrong {
        std::string body;
        std::string param;
    };
    const std::vector<wrong> bodies{
        {R"({"max_tokens":9,"messages":[{"role":"user","content":"hi"}]})", "model"},
        {R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", "max_tokens"},
        {R"({"model":"m","max_tokens":-1,"messages":[]})", "max_tokens"},
        {R"({"model":"m","max_tokens":9})", "messages"},
        {with_messages(""), "messages"},
        {with_messages("7"), "messages[0]"},
        {with_messages(R"({"content":"a"})"), "messages[0].role"},
        {with_messages(R"({"role":"tool","content":"a"})"), "messages[0].role"},
        {with_messages(R"({"role":"user"})"), "messages[0].content"},
        {with_messages(R"({"role":"user","content":7})"), "messages[0].content"},
        {with_block("7"), "messages[0].content[0]"},
        {with_block("{}"), "messages[0].content[0].type"},
        {with_block(R"({"type":"text"})"), "messages[0].content[0].text"},
        {with_block(R"({"type":"image"})"), "messages[0].content[0].source"},
        {with_block(R"({"type":"tool_use","name":"f"})"), "messages[0].content[0].id"},
        {with_block(R"({"type":"tool_use","id":"t","name":"f","input":"{}"})"),
         "messages[0].content[0].input"},
        {with_block(R"({"type":"tool_result"})"), "messages[0].content[0].tool_use_id"},
        {with(R"("temperature":1.5)"), "temperature"},
        {with(R"("stop_sequences":"a")"), "stop_sequences"},
        {with(R"("stream":"yes")"), "stream"},
        {with(R"("tools":[{"name":"f"}])"), "tools[0].input_schema"},
        {with(R"("tools":[{"input_schema":{}}])"), "tools[0].name"},
        {with(R"("tool_choice":{"type":"maybe"})"), "tool_choice.type"},
        {with(R"("tool_choice":{"type":"tool","name":"x"})"), "tool_choice.name"},
        {with(R"("thinking":{"type":"enabled"})"), "thinking.budget_tokens"},
        {with(R"("output_config":{"format":{"type":"xml"}})"), "output_config.format.type"},
        {with(R"("system":7)"), "system"}};
    for (const auto& [body, param] : bodies) {
        const auto why = refused(body);
        EXPECT_EQ(why.status, 400) << body;
        EXPECT_EQ(why.param, param) << body;
        EXPECT_THAT(why.message, HasSubstr("'" + param + "'"));
    }
}

TEST(AnthropicDecode, MayBeOutlinedForTheTransparentWay) {
    const auto body = with(R"("stream":true,"mcp_servers":[{}])");
    auto given = body;
    const auto seen = anthropic_messages_dialect().outline(given);
    ASSERT_TRUE(seen.has_value());
    EXPECT_TRUE(seen->outlined);
    EXPECT_EQ(seen->call.request.model, "m");
    EXPECT_TRUE(seen->call.stream);
    EXPECT_TRUE(seen->call.want_usage);
    EXPECT_EQ(seen->call.api, upstream::api::anthropic_messages);
    EXPECT_EQ(seen->call.body, body);
    given = body;
    EXPECT_FALSE(anthropic_count_tokens_dialect().outline(given)->call.stream);
    auto wrong = R"({"model":"m","messages":7})"s;
    EXPECT_FALSE(anthropic_messages_dialect().outline(wrong).has_value());
}

TEST(AnthropicDecode, CountsWithoutALength) {
    const auto body = R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})"s;
    const auto result = anthropic_count_tokens_dialect().decode(body);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->call.api, upstream::api::anthropic_count_tokens);
    EXPECT_FALSE(result->call.stream);
}

}  // namespace
}  // namespace sluice::gateway::testing
