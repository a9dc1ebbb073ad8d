#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/ui_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using upstream::role;

decoded_request decode(const std::string& body) {
    auto decoded = ui_messages_dialect().decode(body);
    if (decoded) return std::move(*decoded);
    ADD_FAILURE() << decoded.error().message << ": " << body;
    return {};
}

upstream::failure refused(const std::string& body) {
    auto decoded = ui_messages_dialect().decode(body);
    if (!decoded) return decoded.error();
    ADD_FAILURE() << "was accepted: " << body;
    return {};
}

std::string with(const std::string& more) {
    return R"({"messages":[{"id":"u","role":"user","parts":[{"type":"text","text":"hi"}]}],)" +
           more + "}";
}

std::string conversation(const std::string& messages) {
    return R"({"id":"c","trigger":"submit-message","messages":[)" + messages + "]}";
}

std::string with_part(const std::string& part, const std::string& role = "user") {
    return conversation(R"({"id":"a","role":")" + role + R"(","parts":[)" + part + "]}");
}

std::vector<upstream::message> messages_of(const std::string& body) {
    return decode(body).call.request.messages;
}

template <class Part>
Part only_part(const std::string& part, const std::string& role = "user") {
    const auto messages = messages_of(with_part(part, role));
    if (messages.size() == 1 && messages[0].content.size() == 1 &&
        std::holds_alternative<Part>(messages[0].content[0])) {
        return std::get<Part>(messages[0].content[0]);
    }
    ADD_FAILURE() << "is another part: " << part;
    return {};
}

TEST(UiDecode, ReadsWhatUseChatPosts) {
    const std::string body =
        R"({"id":"chat-1","messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}],)"
        R"("trigger":"submit-message"})";
    const auto decoded = decode(body);
    EXPECT_EQ(decoded.call.api, upstream::api::ui_messages);
    EXPECT_TRUE(decoded.call.stream);
    EXPECT_EQ(decoded.call.request.model, "");
    EXPECT_EQ(decoded.call.body, body);
    EXPECT_TRUE(decoded.dropped.empty());
    ASSERT_EQ(decoded.call.request.messages.size(), 1U);
    EXPECT_EQ(decoded.call.request.messages[0].role, role::user);
    EXPECT_EQ(
        std::get<upstream::text_part>(decoded.call.request.messages[0].content.at(0)).text, "Hi"
    );
}

TEST(UiDecode, TakesAnAnswerToBeMadeAgain) {
    const auto decoded = decode(with(R"("trigger":"regenerate-message","messageId":"a7")"));
    EXPECT_EQ(decoded.call.request.messages.size(), 1U);
    EXPECT_TRUE(decoded.dropped.empty());
}

TEST(UiDecode, MakesOfAnAnswersStepsMessagesWithTheResultsBetween) {
    const auto messages = messages_of(conversation(R"(
        {"role":"system","parts":[{"type":"text","text":"be brief"}]},
        {"role":"user","parts":[{"type":"text","text":"weather?"},{"type":"data-note","data":1}]},
        {"role":"assistant","parts":[
            {"type":"step-start"},
            {"type":"reasoning","text":"hm"},
            {"type":"text","text":"I look.","state":"done"},
            {"type":"tool-weather","toolCallId":"c1","state":"output-available",
             "input":{"city":"Zürich"},"output":{"degrees":21}},
            {"type":"dynamic-tool","toolName":"clock","toolCallId":"c2","state":"output-error",
             "input":{},"errorText":"stopped"},
            {"type":"step-start"},
            {"type":"source-url","sourceId":"s","url":"https://a"},
            {"type":"tool-weather","toolCallId":"c3","state":"output-available","input":{},"output":"fine"},
            {"type":"step-start"},
            {"type":"text","text":"It is warm."}]},
        {"role":"user","parts":[{"type":"text","text":"thanks"}]})"));
    std::vector<role> roles;
    for (const auto& message : messages)
        roles.push_back(message.role);
    EXPECT_THAT(
        roles,
        ElementsAre(
            role::system,
            role::user,
            role::assistant,
            role::tool,
            role::tool,
            role::assistant,
            role::tool,
            role::assistant,
            role::user
        )
    );
    const auto& step = messages.at(2);
    ASSERT_EQ(step.content.size(), 2U);
    EXPECT_EQ(std::get<upstream::reasoning_part>(step.content[0]).text, "hm");
    EXPECT_EQ(std::get<upstream::text_part>(step.content[1]).text, "I look.");
    ASSERT_EQ(step.tool_calls.size(), 2U);
    EXPECT_EQ(step.tool_calls[0].id, "c1");
    EXPECT_EQ(step.tool_calls[0].name, "weather");
    EXPECT_EQ(step.tool_calls[0].arguments, R"({"city":"Zürich"})");
    EXPECT_EQ(step.tool_calls[1].name, "clock");
    EXPECT_EQ(messages[3].tool_call_id, "c1");
    EXPECT_EQ(std::get<upstream::text_part>(messages[3].content.at(0)).text, R"({"degrees":21})");
    EXPECT_FALSE(messages[3].failed);
    EXPECT_EQ(std::get<upstream::text_part>(messages[4].content.at(0)).text, "stopped");
    EXPECT_TRUE(messages[4].failed);
    EXPECT_EQ(std::get<upstream::text_part>(messages[6].content.at(0)).text, "fine");
}

TEST(UiDecode, KeepsToWhatIsKnownOfACall) {
    const auto call = [](const std::string& more) {
        return messages_of(conversation(
            R"({"role":"user","parts":[{"type":"text","text":"hi"}]},{"role":"assistant","parts":[
               {"type":"tool-f","toolCallId":"c",)" +
            more + "}]}"
        ));
    };
    EXPECT_EQ(call(R"("state":"input-streaming","input":{"a":1})").size(), 1U);
    const auto open = call(R"("state":"input-available","input":{"a":1})");
    ASSERT_EQ(open.size(), 2U);
    EXPECT_EQ(open[1].tool_calls.at(0).arguments, R"({"a":1})");
    const auto broken = call(R"("state":"output-error","rawInput":"{\"a","errorText":"no JSON")");
    ASSERT_EQ(broken.size(), 3U);
    EXPECT_EQ(broken[1].tool_calls.at(0).arguments, "{\"a");
    const auto denied = call(R"("state":"output-denied","input":{})");
    ASSERT_EQ(denied.size(), 3U);
    EXPECT_TRUE(denied[2].failed);
}

TEST(UiDecode, GivesOpaqueStateBackToWhereItCameFrom) {
    const auto messages = messages_of(with_part(
        R"({"type":"reasoning","text":"","providerMetadata":{"sluice":{"state":"sluice:anthropic:redacted:0:AAA"}}},
           {"type":"text","text":"a","providerMetadata":{"sluice":{"state":"sluice:gemini:signature:0:BBB"}}},
           {"type":"tool-f","toolCallId":"c","state":"input-available","input":{},
            "callProviderMetadata":{"sluice":{"state":"sluice:openai:encrypted:2:idCCC"}}},
           {"type":"reasoning","text":"no state","providerMetadata":{"other":{"state":"x"}}})",
        "assistant"
    ));
    using origin = upstream::reasoning_state::origin;
    using form = upstream::reasoning_state::form;
    ASSERT_EQ(messages.size(), 1U);
    ASSERT_EQ(messages[0].content.size(), 3U);
    const auto& thought = std::get<upstream::reasoning_part>(messages[0].content[0]);
    EXPECT_EQ(
        thought.state, (upstream::reasoning_state{origin::anthropic, form::redacted, "AAA", ""})
    );
    const auto& text = std::get<upstream::text_part>(messages[0].content[1]);
    EXPECT_EQ(text.state, (upstream::reasoning_state{origin::gemini, form::signature, "BBB", ""}));
    EXPECT_EQ(
        messages[0].tool_calls.at(0).state,
        (upstream::reasoning_state{origin::openai_responses, form::encrypted, "CCC", "id"})
    );
    EXPECT_FALSE(std::get<upstream::reasoning_part>(messages[0].content[2]).state);
}

TEST(UiDecode, ReadsFilesByTheirKind) {
    const auto picture = only_part<upstream::image_part>(
        R"({"type":"file","mediaType":"image/png","url":"data:image/png;base64,AAAA"})"
    );
    EXPECT_EQ(picture.url, "data:image/png;base64,AAAA");
    const auto linked = only_part<upstream::image_part>(
        R"({"type":"file","mediaType":"image/*","url":"https://a/b.png"})"
    );
    EXPECT_EQ(linked.url, "https://a/b.png");
    const auto sound = only_part<upstream::audio_part>(
        R"({"type":"file","mediaType":"audio/mpeg","url":"data:audio/mpeg;base64,AAAA"})"
    );
    EXPECT_EQ(sound.data, "AAAA");
    EXPECT_EQ(sound.format, "mp3");
    const auto paper = only_part<upstream::file_part>(
        R"({"type":"file","mediaType":"application/pdf","filename":"a.pdf","url":"data:application/pdf;base64,AAAA"})"
    );
    EXPECT_EQ(paper.name, "a.pdf");
    EXPECT_EQ(paper.data, "data:application/pdf;base64,AAAA");
    const auto far = only_part<upstream::file_part>(
        R"({"type":"file","mediaType":"application/pdf","url":"https://a/b.pdf"})"
    );
    EXPECT_EQ(far.url, "https://a/b.pdf");
    EXPECT_EQ(far.type, "application/pdf");
    EXPECT_EQ(far.data, "");
}

TEST(UiDecode, NamesWhatOfAnAnswerCannotBeToldAgain) {
    const auto decoded = decode(with_part(
        R"({"type":"text","text":"a"},
           {"type":"file","mediaType":"audio/wav","url":"data:audio/wav;base64,AA=="},
           {"type":"file","mediaType":"image/png","url":"data:image/png;base64,AAAA"})",
        "assistant"
    ));
    EXPECT_EQ(decoded.call.request.messages.at(0).content.size(), 2U);
    EXPECT_THAT(decoded.dropped, ElementsAre("messages[0].parts[1]"));
}

TEST(UiDecode, TakesParametersThatAnApplicationAdds) {
    const auto decoded = decode(with(R"("model":"m","system":"be brief","temperature":0.5,"top_p":1,
        "maxOutputTokens":7,"stop":["a"],"seed":3,"reasoning_effort":"low","tool_choice":"required",
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
        "session":{"own":1})"));
    const auto& request = decoded.call.request;
    EXPECT_EQ(request.model, "m");
    ASSERT_EQ(request.messages.size(), 2U);
    EXPECT_EQ(request.messages[0].role, role::system);
    EXPECT_EQ(request.temperature, 0.5);
    EXPECT_EQ(request.max_tokens, 7);
    EXPECT_THAT(request.stop, ElementsAre("a"));
    EXPECT_EQ(request.seed, 3);
    EXPECT_EQ(request.reasoning.effort, "low");
    EXPECT_EQ(request.tools.at(0).name, "f");
    EXPECT_EQ(request.tool_choice->how, upstream::tool_choice::mode::required);
    EXPECT_THAT(decoded.dropped, ElementsAre("session"));
}

TEST(UiDecode, TakesToolsByName) {
    const auto tools =
        decode(with(R"("tools":{"f":{"description":"d","parameters":{"type":"object"}},
        "g":{"inputSchema":{"type":"object"}},"h":{}})"))
            .call.request.tools;
    ASSERT_EQ(tools.size(), 3U);
    EXPECT_EQ(tools[0].name, "f");
    EXPECT_EQ(tools[0].description, "d");
    EXPECT_EQ(tools[0].parameters["type"], "object");
    EXPECT_EQ(tools[1].parameters["type"], "object");
    EXPECT_TRUE(tools[2].parameters.is_null());
}

TEST(UiDecode, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{}", "messages"},
        {R"({"messages":{}})", "messages"},
        {R"({"messages":[]})", "messages"},
        {conversation("3"), "messages[0]"},
        {conversation(R"({"parts":[]})"), "messages[0].role"},
        {conversation(R"({"role":"tool","parts":[]})"), "messages[0].role"},
        {conversation(R"({"role":"user"})"), "messages[0].parts"},
        {conversation(R"({"role":"user","content":"hi"})"), "messages[0].parts"},
        {conversation(R"({"role":"user","parts":[]})"), "messages"},
        {with_part("3"), "messages[0].parts[0]"},
        {with_part("{}"), "messages[0].parts[0].type"},
        {with_part(R"({"type":"text"})"), "messages[0].parts[0].text"},
        {with_part(R"({"type":"text","text":3})"), "messages[0].parts[0].text"},
        {with_part(R"({"type":"file","mediaType":"image/png"})"), "messages[0].parts[0].url"},
        {with_part(R"({"type":"file","url":"https://a"})"), "messages[0].parts[0].mediaType"},
        {with_part(R"({"type":"file","mediaType":"image/png","url":"blob:x"})"),
         "messages[0].parts[0].url"},
        {with_part(
             R"({"type":"file","mediaType":"image/svg+xml","url":"data:image/svg+xml,<svg/>"})"
         ),
         "messages[0].parts[0].url"},
        {with_part(R"({"type":"tool-f","state":"input-available"})", "assistant"),
         "messages[0].parts[0].toolCallId"},
        {with_part(R"({"type":"tool-f","toolCallId":"c"})", "assistant"),
         "messages[0].parts[0].state"},
        {with_part(R"({"type":"tool-","toolCallId":"c","state":"x"})", "assistant"),
         "messages[0].parts[0].type"},
        {with_part(R"({"type":"dynamic-tool","toolCallId":"c","state":"x"})", "assistant"),
         "messages[0].parts[0].toolName"},
        {with(R"("trigger":"resume")"), "trigger"},
        {with(R"("id":7)"), "id"},
        {with(R"("system":7)"), "system"},
        {with(R"("model":7)"), "model"},
        {with(R"("maxOutputTokens":0)"), "maxOutputTokens"},
        {with(R"("tools":{"f":1})"), "tools.f"},
        {with(R"("tools":["f"])"), "tools[0]"},
    };
    for (const auto& [body, param] : cases) {
        SCOPED_TRACE(body);
        const auto failure = refused(body);
        EXPECT_EQ(failure.status, 400);
        EXPECT_EQ(failure.param, param);
        EXPECT_THAT(failure.message, HasSubstr(param));
    }
}

TEST(UiDecode, FindsTheChatInABody) {
    EXPECT_EQ(ui_chat_id(R"({"messages":[{"id":"u"}],"id":"chat-1"})"), "chat-1");
    EXPECT_EQ(ui_chat_id(R"({"id":"\u0063hat"})"), "chat");
    EXPECT_EQ(ui_chat_id(R"({"messages":[]})"), "");
    EXPECT_EQ(ui_chat_id(R"({"id":7})"), "");
    EXPECT_EQ(ui_chat_id(R"({"id":null})"), "");
    EXPECT_EQ(ui_chat_id("[]"), "");
    EXPECT_EQ(ui_chat_id(""), "");
    EXPECT_EQ(ui_chat_id(R"({"id":"abc)"), "");
    const std::string longest(ui_chat_id_bytes_max, 'x');
    EXPECT_EQ(ui_chat_id(R"({"id":")" + longest + "\"}"), longest);
    EXPECT_EQ(ui_chat_id(R"({"id":"x)" + longest + "\"}"), "");
}

}  // namespace
}  // namespace sluice::gateway::testing
