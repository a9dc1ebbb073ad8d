#include "tests/gateway/telemetry/relayed_answers.hpp"

#include "upstream/providers/make_codec.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sluice::gateway::testing {

namespace {

using upstream::api;
using protocol = upstream::provider_settings::protocol;

const std::string words = "It is \u2600.";

json part(const char* type, const std::string& content) {
    return {{"type", type}, {"content", content}};
}

json message(const json& parts, const char* reason) {
    return json::array({{{"role", "assistant"}, {"parts", parts}, {"finish_reason", reason}}});
}

json thought_text_and_call() {
    const json call{
        {"type", "tool_call"}, {"id", "c1"}, {"name", "look"}, {"arguments", {{"at", "Oslo"}}}};
    return message(
        json::array({part("reasoning", "Sun?"), part("text", words), call}), "tool_call"
    );
}

/// Events whose type stands within their data.
std::string events(const std::vector<std::string>& all, bool named) {
    std::string text;
    for (const auto& data : all) {
        const auto type = named ? json::parse(data).at("type").get<std::string>() : std::string();
        if (named) text += "event: " + type + "\n";
        text += "data: " + data + "\n\n";
    }
    return text;
}

relayed_text chat_stream() {
    const auto chunk = [](const std::string& delta, const std::string& finish = "null") {
        return R"({"id":"1","model":"m","choices":[{"index":0,"delta":)" + delta +
               R"(,"finish_reason":)" + finish + "}]}";
    };
    const auto text = events(
        {chunk(R"({"role":"assistant","content":""})"),
         chunk(R"({"reasoning_content":"Sun?"})"),
         chunk(R"({"content":"It is "})"),
         chunk(R"({"content":"\u2600."})"),
         chunk(R"({"tool_calls":[{"index":0,"id":"c1","type":"function",)"
               R"("function":{"name":"look","arguments":""}}]})"),
         chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"at\":"}}]})"),
         chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]})"),
         chunk("{}", "\"tool_calls\""),
         "[DONE]"},
        false
    );
    return {"chat", api::openai_chat, true, text, words, thought_text_and_call()};
}

relayed_text chat_document() {
    const std::string text =
        R"({"id":"1","model":"m","object":"chat.completion","choices":[{"index":0,"message":)"
        R"({"role":"assistant","reasoning_content":"Sun?","content":"It is \u2600.","tool_calls":)"
        R"([{"id":"c1","type":"function","function":{"name":"look","arguments":)"
        R"("{\"at\":\"Oslo\"}"}}]},"finish_reason":"tool_calls"}]})";
    return {"chat document", api::openai_chat, false, text, words, thought_text_and_call()};
}

json two_completions() {
    auto messages = message(json::array({part("text", words)}), "stop");
    messages.push_back(message(json::array({part("text", "No.")}), "length").at(0));
    return messages;
}

relayed_text completions_stream() {
    const auto chunk = [](int index, const std::string& text, const std::string& finish) {
        return R"({"id":"1","object":"text_completion","choices":[{"text":")" + text +
               R"(","index":)" + std::to_string(index) + R"(,"logprobs":null,"finish_reason":)" +
               finish + R"(}],"model":"m"})";
    };
    const auto text = events(
        {chunk(0, "It is ", "null"),
         chunk(1, "No.", "\"length\""),
         chunk(0, "\u2600.", "null"),
         chunk(0, "", "\"stop\""),
         "[DONE]"},
        false
    );
    return {"completions", api::openai_completions, true, text, words, two_completions()};
}

relayed_text completions_document() {
    const std::string text =
        R"({"id":"1","object":"text_completion","choices":[{"text":"It is \u2600.","index":0,)"
        R"("finish_reason":"stop"},{"text":"No.","index":1,"finish_reason":"length"}]})";
    return {"completions document", api::openai_completions, false, text, words, two_completions()};
}

const std::string response_output =
    R"([{"id":"r1","type":"reasoning","summary":[{"type":"summary_text","text":"Sun?"}]},)"
    R"({"id":"m1","type":"message","role":"assistant","content":[{"type":"output_text",)"
    R"("text":"It is \u2600.","annotations":[]}]},)"
    R"({"id":"f1","type":"function_call","call_id":"c1","name":"look",)"
    R"("arguments":"{\"at\":\"Oslo\"}"}])";

std::string response(const std::string& status, const std::string& output) {
    return R"({"id":"resp_1","object":"response","model":"m","status":")" + status +
           R"(","output":)" + output + "}";
}

relayed_text responses_stream() {
    const auto text = events(
        {R"({"type":"response.created","response":)" + response("in_progress", "[]") + "}",
         R"({"type":"response.output_item.added","output_index":0,)"
         R"("item":{"id":"r1","type":"reasoning","summary":[]}})",
         R"({"type":"response.reasoning_summary_text.delta","output_index":0,)"
         R"("summary_index":0,"delta":"Sun?"})",
         R"({"type":"response.output_item.added","output_index":1,)"
         R"("item":{"id":"m1","type":"message","content":[]}})",
         R"({"type":"response.output_text.delta","output_index":1,"content_index":0,)"
         R"("delta":"It is "})",
         R"({"type":"response.output_text.delta","output_index":1,"content_index":0,)"
         R"("delta":"\u2600."})",
         R"({"type":"response.output_item.added","output_index":2,"item":{"id":"f1",)"
         R"("type":"function_call","call_id":"c1","name":"look","arguments":""}})",
         R"({"type":"response.function_call_arguments.delta","output_index":2,)"
         R"("delta":"{\"at\":\"Oslo\"}"})",
         R"({"type":"response.completed","response":)" + response("completed", response_output) +
             "}"},
        true
    );
    return {"responses", api::openai_responses, true, text, words, thought_text_and_call()};
}

relayed_text responses_document() {
    const auto text = response("completed", response_output);
    return {
        "responses document", api::openai_responses, false, text, words, thought_text_and_call()};
}

relayed_text anthropic_stream() {
    const auto delta = [](int index, const std::string& what) {
        return R"({"type":"content_block_delta","index":)" + std::to_string(index) +
               R"(,"delta":)" + what + "}";
    };
    const auto start = [](int index, const std::string& block) {
        return R"({"type":"content_block_start","index":)" + std::to_string(index) +
               R"(,"content_block":)" + block + "}";
    };
    const auto text = events(
        {R"({"type":"message_start","message":{"id":"msg_1","model":"m","content":[]}})",
         start(0, R"({"type":"thinking","thinking":""})"),
         delta(0, R"({"type":"thinking_delta","thinking":"Sun?"})"),
         delta(0, R"({"type":"signature_delta","signature":"c2ln"})"),
         R"({"type":"content_block_stop","index":0})",
         start(1, R"({"type":"text","text":""})"),
         delta(1, R"({"type":"text_delta","text":"It is "})"),
         R"({"type":"ping"})",
         delta(1, R"({"type":"text_delta","text":"\u2600."})"),
         R"({"type":"content_block_stop","index":1})",
         start(2, R"({"type":"tool_use","id":"c1","name":"look","input":{}})"),
         delta(2, R"({"type":"input_json_delta","partial_json":"{\"at\":"})"),
         delta(2, R"({"type":"input_json_delta","partial_json":"\"Oslo\"}"})"),
         R"({"type":"content_block_stop","index":2})",
         R"({"type":"message_delta","delta":{"stop_reason":"tool_use"}})",
         R"({"type":"message_stop"})"},
        true
    );
    return {"anthropic", api::anthropic_messages, true, text, words, thought_text_and_call()};
}

relayed_text anthropic_document() {
    const std::string text =
        R"({"id":"msg_1","type":"message","model":"m","content":[)"
        R"({"type":"thinking","thinking":"Sun?","signature":"c2ln"},)"
        R"({"type":"text","text":"It is \u2600."},)"
        R"({"type":"tool_use","id":"c1","name":"look","input":{"at":"Oslo"}}],)"
        R"("stop_reason":"tool_use"})";
    return {
        "anthropic document", api::anthropic_messages, false, text, words, thought_text_and_call()};
}

const std::string gemini_thought = R"({"text":"Sun?","thought":true})";
const std::string gemini_call =
    R"({"functionCall":{"id":"c1","name":"look","args":{"at":"Oslo"}}})";

std::string gemini_chunk(const std::string& parts, const std::string& more) {
    return R"({"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"})" + more +
           R"(}],"modelVersion":"m","responseId":"1"})";
}

relayed_text gemini_stream() {
    const auto text = events(
        {gemini_chunk(gemini_thought, ""),
         gemini_chunk(R"({"text":"It is "})", ""),
         gemini_chunk(R"({"text":"\u2600."})", ""),
         gemini_chunk(gemini_call, R"(,"finishReason":"STOP")")},
        false
    );
    return {"gemini", api::gemini, true, text, words, thought_text_and_call()};
}

relayed_text gemini_document() {
    const auto parts = gemini_thought + R"(,{"text":"It is \u2600."},)" + gemini_call;
    const auto text = gemini_chunk(parts, R"(,"finishReason":"STOP")");
    return {"gemini document", api::gemini, false, text, words, thought_text_and_call()};
}

const std::string ollama_call =
    R"([{"id":"c1","function":{"name":"look","arguments":{"at":"Oslo"}}}])";

relayed_text ollama_stream() {
    const auto line = [](const std::string& message, const std::string& more) {
        return R"({"model":"m","created_at":"2026-08-17T15:57:12Z","message":{"role":"assistant",)" +
               message + "}," + more + "}\n";
    };
    const auto text = line(R"("content":"","thinking":"Sun?")", R"("done":false)") +
                      line(R"("content":"It is ")", R"("done":false)") +
                      line(R"("content":"\u2600.")", R"("done":false)") +
                      line(R"("content":"","tool_calls":)" + ollama_call, R"("done":false)") +
                      line(R"("content":"")", R"("done":true,"done_reason":"stop")");
    return {"ollama chat", api::ollama_chat, true, text, words, thought_text_and_call()};
}

relayed_text ollama_document() {
    const auto text = R"({"model":"m","message":{"role":"assistant","content":"It is \u2600.",)"
                      R"("thinking":"Sun?","tool_calls":)" +
                      ollama_call + R"(},"done":true,"done_reason":"stop"})";
    return {"ollama document", api::ollama_chat, false, text, words, thought_text_and_call()};
}

json generated() {
    return message(json::array({part("reasoning", "Sun?"), part("text", words)}), "length");
}

relayed_text ollama_generate_stream() {
    const std::string text = R"({"model":"m","response":"","thinking":"Sun?","done":false})"
                             "\n"
                             R"({"model":"m","response":"It is ","done":false})"
                             "\n"
                             R"({"model":"m","response":"\u2600.","done":false})"
                             "\n"
                             R"({"model":"m","response":"","done":true,"done_reason":"length"})"
                             "\n";
    return {"ollama generate", api::ollama_generate, true, text, words, generated()};
}

relayed_text ollama_generate_document() {
    const std::string text = R"({"model":"m","response":"It is \u2600.","thinking":"Sun?",)"
                             R"("done":true,"done_reason":"length"})";
    return {"ollama generate document", api::ollama_generate, false, text, words, generated()};
}

protocol kind_of(api spoken) {
    switch (spoken) {
        case api::anthropic_messages:
            return protocol::anthropic;
        case api::gemini:
            return protocol::gemini;
        case api::ollama_chat:
        case api::ollama_generate:
            return protocol::ollama;
        default:
            return protocol::openai;
    }
}

}  // namespace

std::vector<relayed_text> relayed_answers() {
    return {
        chat_stream(),
        chat_document(),
        completions_stream(),
        completions_document(),
        responses_stream(),
        responses_document(),
        anthropic_stream(),
        anthropic_document(),
        gemini_stream(),
        gemini_document(),
        ollama_stream(),
        ollama_document(),
        ollama_generate_stream(),
        ollama_generate_document()};
}

std::unique_ptr<upstream::codec> relaying_codec(const upstream::call& asked) {
    upstream::provider_settings provider;
    provider.kind = kind_of(asked.api);
    provider.apis = {asked.api};
    auto codec = upstream::make_codec(provider, asked.api, {});
    EXPECT_TRUE(codec->encode(asked, provider, "m"));
    return codec;
}

}  // namespace sluice::gateway::testing
