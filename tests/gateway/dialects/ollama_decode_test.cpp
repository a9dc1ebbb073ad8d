#include "gateway/dialects/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using upstream::role;

decoded_request decode(const dialect& dialect, const std::string& body) {
    auto decoded = dialect.decode(body);
    EXPECT_TRUE(decoded.has_value()) << decoded.error().message;
    return decoded ? std::move(*decoded) : decoded_request();
}

std::string chat_with(const std::string& more) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + more + "}";
}

decoded_request chat(const std::string& more = {}) {
    return decode(ollama_chat_dialect(), chat_with(more));
}

decoded_request generate(const std::string& more) {
    return decode(ollama_generate_dialect(), R"({"model":"m",)" + more + "}");
}

std::string problem(const dialect& dialect, const std::string& body) {
    const auto decoded = dialect.decode(body);
    if (decoded) {
        ADD_FAILURE() << "was accepted: " << body;
        return {};
    }
    EXPECT_EQ(decoded.error().status, 400);
    return decoded.error().message;
}

std::string text_of(const upstream::message& message) {
    return std::get<upstream::text_part>(message.content.back()).text;
}

TEST(OllamaDecode, StreamsUnlessToldOtherwise) {
    EXPECT_TRUE(chat().call.stream);
    EXPECT_FALSE(chat(R"(,"stream":false)").call.stream);
    EXPECT_TRUE(chat().call.want_usage);
    EXPECT_EQ(chat().call.api, upstream::api::ollama_chat);
    EXPECT_EQ(chat().call.body, chat_with(""));
    EXPECT_EQ(generate(R"("prompt":"hi")").call.api, upstream::api::ollama_generate);
    EXPECT_THAT(chat().dropped, IsEmpty());
    EXPECT_THAT(chat().call.untranslatable, IsEmpty());
}

TEST(OllamaDecode, ReadsAConversation) {
    const auto decoded = decode(ollama_chat_dialect(), R"({"model":"m","messages":[
        {"role":"system","content":"be brief"},
        {"role":"user","content":"what is this?","images":["iVBORw0KGgoAAA","R0lGODlh","/9j/4AAQ"]},
        {"role":"assistant","content":"","thinking":"Hm","tool_calls":[
            {"function":{"name":"look","arguments":{"x":1}}},
            {"function":{"name":"wait"}},
            {"id":"c9","function":{"index":2,"name":"look","arguments":{}}}]},
        {"role":"tool","tool_name":"wait","content":"waited"},
        {"role":"tool","tool_name":"look","content":"a cat"},
        {"role":"tool","tool_call_id":"c9","content":"a dog"},
        {"role":"assistant","content":"done"}]})");
    const auto& messages = decoded.call.request.messages;
    ASSERT_EQ(messages.size(), 7U);
    EXPECT_EQ(messages[0].role, role::system);
    ASSERT_EQ(messages[1].content.size(), 4U);
    const auto url = [&](int at) {
        return std::get<upstream::image_part>(messages[1].content[at]).url;
    };
    EXPECT_EQ(url(1), "data:image/png;base64,iVBORw0KGgoAAA");
    EXPECT_EQ(url(2), "data:image/gif;base64,R0lGODlh");
    EXPECT_EQ(url(3), "data:image/jpeg;base64,/9j/4AAQ");
    EXPECT_EQ(std::get<upstream::reasoning_part>(messages[2].content[0]).text, "Hm");
    ASSERT_EQ(messages[2].tool_calls.size(), 3U);
    EXPECT_EQ(messages[2].tool_calls[0].id, "call_1");
    EXPECT_EQ(messages[2].tool_calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(messages[2].tool_calls[1].id, "call_2");
    EXPECT_EQ(messages[2].tool_calls[1].arguments, "{}");
    EXPECT_EQ(messages[2].tool_calls[2].id, "c9");
    EXPECT_EQ(messages[3].tool_call_id, "call_2");
    EXPECT_EQ(messages[4].tool_call_id, "call_1");
    EXPECT_EQ(messages[4].name, "look");
    EXPECT_EQ(messages[5].tool_call_id, "c9");
    EXPECT_EQ(text_of(messages[6]), "done");
}

TEST(OllamaDecode, MatchesResultsWithoutANameInTheirOrder) {
    const auto decoded = decode(
        ollama_chat_dialect(), R"({"model":"m","messages":[
        {"role":"user","content":"hi"},
        {"role":"assistant","tool_calls":[{"function":{"name":"a","arguments":{}}},
                                          {"function":{"name":"b","arguments":{}}}]},
        {"role":"tool","content":"1"},{"role":"tool","content":"2"},{"role":"tool","content":"3"}]})"
    );
    const auto& messages = decoded.call.request.messages;
    EXPECT_EQ(messages[2].tool_call_id, "call_1");
    EXPECT_EQ(messages[3].tool_call_id, "call_2");
    EXPECT_EQ(messages[4].tool_call_id, "call_3");  // of no call
    EXPECT_EQ(messages[3].name, "b");
}

TEST(OllamaDecode, ReadsOptionsAndNamesTheOnesThatHaveNoEffect) {
    const auto decoded = chat(R"(,"options":{"num_predict":9,"temperature":0.5,"top_p":0.25,
        "top_k":3,"seed":-7,"stop":["END"],"frequency_penalty":1,"presence_penalty":-1,
        "num_ctx":4096,"mirostat":1},"keep_alive":"5m","truncate":true,"xyz":1)");
    const auto& request = decoded.call.request;
    EXPECT_EQ(request.max_tokens, 9);
    EXPECT_EQ(request.temperature, 0.5);
    EXPECT_EQ(request.top_p, 0.25);
    EXPECT_EQ(request.top_k, 3);
    EXPECT_EQ(request.seed, -7);
    EXPECT_THAT(request.stop, ElementsAre("END"));
    EXPECT_EQ(request.frequency_penalty, 1);
    EXPECT_EQ(request.presence_penalty, -1);
    EXPECT_THAT(
        decoded.dropped,
        ElementsAre("options.mirostat", "options.num_ctx", "keep_alive", "truncate", "xyz")
    );
    EXPECT_FALSE(chat(R"(,"options":{"num_predict":-1})").call.request.max_tokens);
}

TEST(OllamaDecode, ReadsToolsFormatThinkAndProbabilities) {
    const auto& request = chat(R"(,"tools":[{"type":"function","function":{"name":"look",
        "description":"sees","parameters":{"type":"object"}}}],"format":"json","think":"high",
        "logprobs":true,"top_logprobs":3)")
                              .call.request;
    ASSERT_EQ(request.tools.size(), 1U);
    EXPECT_EQ(request.tools[0].name, "look");
    EXPECT_EQ(request.tools[0].parameters, json({{"type", "object"}}));
    EXPECT_EQ(request.response_format->kind, upstream::response_format::form::json_object);
    EXPECT_EQ(request.reasoning.enabled, true);
    EXPECT_EQ(request.reasoning.effort, "high");
    EXPECT_EQ(request.logprobs, true);
    EXPECT_EQ(request.top_logprobs, 3);
    const auto& other = chat(R"(,"format":{"type":"object"},"think":false)").call.request;
    EXPECT_EQ(other.response_format->kind, upstream::response_format::form::json_schema);
    EXPECT_EQ(other.response_format->schema, json({{"type", "object"}}));
    EXPECT_EQ(other.reasoning.enabled, false);
    EXPECT_FALSE(chat(R"(,"format":"","think":null)").call.request.response_format);
}

TEST(OllamaDecode, ReadsAPrompt) {
    const auto decoded = generate(
        R"("prompt":"what?","system":"be brief","images":["UklGRh4"],"raw":false,"suffix":"")"
    );
    const auto& messages = decoded.call.request.messages;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(text_of(messages[0]), "be brief");
    EXPECT_EQ(messages[1].role, role::user);
    EXPECT_EQ(std::get<upstream::text_part>(messages[1].content[0]).text, "what?");
    EXPECT_EQ(
        std::get<upstream::image_part>(messages[1].content[1]).url, "data:image/webp;base64,UklGRh4"
    );
    EXPECT_THAT(decoded.call.untranslatable, IsEmpty());
    EXPECT_THAT(decoded.dropped, IsEmpty());
}

TEST(OllamaDecode, KnowsWhatOnlyOllamaCanCarry) {
    EXPECT_THAT(
        generate(R"("prompt":"a","suffix":"b","template":"c","raw":true,"context":[1])")
            .call.untranslatable,
        ElementsAre("suffix", "template", "raw", "context")
    );
    // Such a request loads the model, or unloads it.
    EXPECT_THAT(generate(R"("keep_alive":0)").call.untranslatable, ElementsAre("prompt"));
    const auto load = decode(ollama_chat_dialect(), R"({"model":"m","messages":[]})");
    EXPECT_THAT(load.call.untranslatable, ElementsAre("messages"));
    EXPECT_THAT(
        decode(ollama_chat_dialect(), R"({"model":"m"})").call.untranslatable,
        ElementsAre("messages")
    );
}

TEST(OllamaDecode, CallsFieldsByItsOwnNames) {
    auto* const name = chat().call.field_name;
    EXPECT_EQ(name("max_tokens"), "options.num_predict");
    EXPECT_EQ(name("response_format"), "format");
    EXPECT_EQ(name("reasoning_effort"), "think");
    EXPECT_EQ(name("messages"), "messages");
    EXPECT_EQ(name("tools"), "tools");
    EXPECT_EQ(generate(R"("prompt":"a")").call.field_name("messages"), "prompt");
}

TEST(OllamaDecode, SaysWhatIsWrongAndWhere) {
    const auto& chat = ollama_chat_dialect();
    const auto& generate = ollama_generate_dialect();
    EXPECT_THAT(problem(chat, "{"), HasSubstr("not valid JSON"));
    EXPECT_THAT(problem(chat, R"({"messages":[]})"), HasSubstr("'model' is required"));
    EXPECT_THAT(problem(chat, R"({"model":"a","model":"b"})"), HasSubstr("twice"));
    EXPECT_THAT(problem(chat, chat_with(R"(,"stream":"yes")")), HasSubstr("'stream' must be"));
    EXPECT_THAT(
        problem(chat, chat_with(R"(,"options":{"seed":"x"})")), HasSubstr("'options.seed'")
    );
    EXPECT_THAT(
        problem(chat, chat_with(R"(,"options":{"stop":[1]})")), HasSubstr("'options.stop'")
    );
    EXPECT_THAT(problem(chat, chat_with(R"(,"format":"xml")")), HasSubstr("'format' must be"));
    EXPECT_THAT(problem(chat, chat_with(R"(,"think":3)")), HasSubstr("'think' must be"));
    EXPECT_THAT(problem(chat, chat_with(R"(,"tools":[{}])")), HasSubstr("'tools[0].function'"));
    EXPECT_THAT(problem(chat, chat_with(R"(,"keep_alive":[])")), HasSubstr("'keep_alive'"));
    const auto message = [&](const std::string& text) {
        return problem(chat, R"({"model":"m","messages":[)" + text + "]}");
    };
    EXPECT_THAT(message("1"), HasSubstr("'messages[0]' must be an object"));
    EXPECT_THAT(message(R"({"role":"robot"})"), HasSubstr("'messages[0].role'"));
    EXPECT_THAT(message(R"({"role":"user","content":[]})"), HasSubstr("'messages[0].content'"));
    EXPECT_THAT(
        message(R"({"role":"user","content":"","images":[1]})"),
        HasSubstr("'messages[0].images[0]'")
    );
    EXPECT_THAT(
        message(R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})"
        ),
        HasSubstr("'messages[0].tool_calls[0].function.arguments' must be an object")
    );
    EXPECT_THAT(problem(generate, R"({"model":"m","prompt":1})"), HasSubstr("'prompt'"));
    EXPECT_THAT(problem(generate, R"({"model":"m","context":{}})"), HasSubstr("'context'"));
}

TEST(OllamaErrors, AreOneText) {
    upstream::failure reason;
    reason.message = "no \"such\" model";
    EXPECT_EQ(ollama_chat_dialect().error_body(reason), R"({"error":"no \"such\" model"})");
}

}  // namespace
}  // namespace sluice::gateway::testing
