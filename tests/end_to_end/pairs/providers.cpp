#include "tests/end_to_end/pairs/providers.hpp"

#include <array>
#include <cstdint>

namespace sluice::end_to_end {

namespace {

std::string sse(const std::vector<std::string>& payloads, std::string_view end = "\n\n") {
    std::string wire;
    for (const auto& payload : payloads)
        wire.append("data: ").append(payload).append(end);
    return wire;
}

/// Events whose name is their type, as Anthropic and Responses write them.
std::string named(const std::vector<std::pair<std::string, std::string>>& events) {
    std::string wire;
    for (const auto& [type, members] : events) {
        wire.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
        wire.append("\"").append(members.empty() ? "" : ",").append(members).append("}\n\n");
    }
    return wire;
}

std::string lines(const std::vector<std::string>& objects) {
    std::string wire;
    for (const auto& object : objects)
        wire.append(object).append("\n");
    return wire;
}

std::string chat_chunk(const std::string& delta, const std::string& finish = "null") {
    return R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","choices":[)"
           R"({"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + "}]}";
}
const std::string chat_usage =
    R"({"id":"c1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})";
const std::string add_call = R"({"tool_calls":[{"index":0,"id":"call_abc12","type":"function",)"
                             R"("function":{"name":"add","arguments":""}}]})";
const std::string add_arguments =
    R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]})";

std::string chat_text(const std::vector<std::string>& end) {
    std::vector<std::string> all{
        chat_chunk(R"({"role":"assistant","content":""})"),
        chat_chunk(R"({"content":"Hel"})"),
        chat_chunk(R"({"content":"lo"})"),
        chat_chunk("{}", R"("stop")"),
        chat_usage};
    all.insert(all.end(), end.begin(), end.end());
    return sse(all);
}
std::string chat_call(const std::vector<std::string>& end) {
    std::vector<std::string> all{
        chat_chunk(add_call),
        chat_chunk(add_arguments),
        chat_chunk("{}", R"("tool_calls")"),
        chat_usage};
    all.insert(all.end(), end.begin(), end.end());
    return sse(all);
}

const std::string message_start =
    R"("message":{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[],)"
    R"("stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}})";

std::string anthropic(
    const std::string& block, const std::vector<std::string>& deltas, const std::string& reason
) {
    std::vector<std::pair<std::string, std::string>> events{
        {"message_start", message_start},
        {"content_block_start", R"("index":0,"content_block":)" + block}};
    for (const auto& delta : deltas)
        events.emplace_back("content_block_delta", R"("index":0,"delta":)" + delta);
    events.emplace_back("content_block_stop", R"("index":0)");
    events.emplace_back(
        "message_delta",
        R"("delta":{"stop_reason":")" + reason +
            R"(","stop_sequence":null},"usage":{"output_tokens":2})"
    );
    events.emplace_back("message_stop", "");
    return named(events);
}

std::string responses(
    const std::string& added, const std::string& deltas, const std::string& done
) {
    const std::string head = R"("response":{"id":"resp_1","object":"response","created_at":1,)"
                             R"("model":"m1","status":)";
    return named(
               {{"response.created", head + R"("in_progress","output":[]})"},
                {"response.output_item.added", R"("output_index":0,"item":)" + added}}
           ) +
           deltas +
           named(
               {{"response.output_item.done", R"("output_index":0,"item":)" + done},
                {"response.completed",
                 head + R"("completed","output":[)" + done +
                     R"(],"usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}})"}}
           );
}

std::string responses_text() {
    const std::string place = R"("item_id":"msg_1","output_index":0,"content_index":0,)";
    const std::string item = R"({"id":"msg_1","type":"message","role":"assistant",)";
    return responses(
        item + R"("status":"in_progress","content":[]})",
        named(
            {{"response.output_text.delta", place + R"("delta":"Hel")"},
             {"response.output_text.delta", place + R"("delta":"lo")"},
             {"response.output_text.done", place + R"("text":"Hello")"}}
        ),
        item + R"("status":"completed","content":[{"type":"output_text","text":"Hello",)"
               R"("annotations":[]}]})"
    );
}

std::string responses_call() {
    const std::string item =
        R"({"id":"fc_1","type":"function_call","call_id":"call_abc12","name":"add",)";
    return responses(
        item + R"("status":"in_progress","arguments":""})",
        named(
            {{"response.function_call_arguments.delta",
              R"("item_id":"fc_1","output_index":0,"delta":"{\"a\":1}")"},
             {"response.function_call_arguments.done",
              R"("item_id":"fc_1","output_index":0,"arguments":"{\"a\":1}")"}}
        ),
        item + R"("status":"completed","arguments":"{\"a\":1}"})"
    );
}

std::string gemini_chunk(const std::string& parts, bool last) {
    const std::string finish = last ? R"("finishReason":"STOP",)" : "";
    return R"({"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"},)" + finish +
           R"("index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,)"
           R"("totalTokenCount":7},"modelVersion":"m1","responseId":"r1"})";
}

std::string ollama_line(const std::string& message, bool last) {
    const std::string head = R"({"model":"m1","created_at":"2026-01-01T00:00:00Z","message":)";
    return head + message +
           (last ? R"(,"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":2})"
                 : R"(,"done":false})");
}

// ---- AWS's binary event stream ----

std::uint32_t crc32_of(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

void append_u32(std::string& out, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        out += static_cast<char>((value >> shift) & 0xFFU);
}

std::string aws_event(const std::string& type, const std::string& payload) {
    std::string headers;
    const std::array<std::pair<std::string, std::string>, 3> fields{
        {{":event-type", type}, {":content-type", "application/json"}, {":message-type", "event"}}};
    for (const auto& [name, value] : fields) {
        headers += static_cast<char>(name.size());
        headers += name;
        headers += '\x07';
        headers += static_cast<char>(value.size() >> 8U);
        headers += static_cast<char>(value.size() & 0xFFU);
        headers += value;
    }
    std::string frame;
    append_u32(frame, static_cast<std::uint32_t>(16 + headers.size() + payload.size()));
    append_u32(frame, static_cast<std::uint32_t>(headers.size()));
    append_u32(frame, crc32_of(frame));
    frame += headers + payload;
    append_u32(frame, crc32_of(frame));
    return frame;
}

std::string bedrock(
    const std::string& start, const std::vector<std::string>& deltas, const std::string& reason
) {
    std::string wire = aws_event("messageStart", R"({"role":"assistant"})");
    if (!start.empty())
        wire += aws_event("contentBlockStart", R"({"contentBlockIndex":0,"start":)" + start + "}");
    for (const auto& delta : deltas)
        wire += aws_event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":)" + delta + "}");
    wire += aws_event("contentBlockStop", R"({"contentBlockIndex":0})");
    wire += aws_event("messageStop", R"({"stopReason":")" + reason + "\"}");
    return wire +
           aws_event("metadata", R"({"usage":{"inputTokens":5,"outputTokens":2,"totalTokens":7}})");
}

std::string cohere(
    const std::vector<std::pair<std::string, std::string>>& middle, const char* end
) {
    std::vector<std::pair<std::string, std::string>> events{
        {"message-start", R"("id":"co1","delta":{"message":{"role":"assistant","content":[]}})"}};
    events.insert(events.end(), middle.begin(), middle.end());
    events.emplace_back(
        "message-end",
        std::string(R"("delta":{"finish_reason":")") + end +
            R"(","usage":{"tokens":{"input_tokens":5,"output_tokens":2}}})"
    );
    return named(events) + "data: [DONE]\n\n";
}

std::vector<provider_sample> make_samples() {
    const std::string chat_call_bytes = chat_call({"[DONE]"});
    return {
        {"openai",
         "",
         "/v1",
         "/v1/chat/completions",
         "authorization",
         "text/event-stream",
         chat_text({"[DONE]"}),
         chat_call_bytes},
        {"responses",
         "apis: [responses]",
         "/v1",
         "/v1/responses",
         "authorization",
         "text/event-stream",
         responses_text(),
         responses_call()},
        {"azure",
         "api_version: 2024-10-21",
         "",
         "/openai/deployments/real-model/chat/completions?api-version=2024-10-21",
         "api-key",
         "text/event-stream",
         chat_text({"[DONE]"}),
         chat_call_bytes},
        {"groq",
         "",
         "/v1",
         "/v1/chat/completions",
         "authorization",
         "text/event-stream",
         chat_text({"[DONE]"}),
         chat_call_bytes},
        {"anthropic",
         "",
         "",
         "/v1/messages",
         "x-api-key",
         "text/event-stream",
         anthropic(
             R"({"type":"text","text":""})",
             {R"({"type":"text_delta","text":"Hel"})", R"({"type":"text_delta","text":"lo"})"},
             "end_turn"
         ),
         anthropic(
             R"({"type":"tool_use","id":"call_abc12","name":"add","input":{}})",
             {R"({"type":"input_json_delta","partial_json":""})",
              R"({"type":"input_json_delta","partial_json":"{\"a\":1}"})"},
             "tool_use"
         )},
        {"gemini",
         "",
         "",
         "/v1beta/models/real-model:streamGenerateContent?alt=sse",
         "x-goog-api-key",
         "text/event-stream",
         sse({gemini_chunk(R"({"text":"Hel"})", false), gemini_chunk(R"({"text":"lo"})", true)},
             "\r\n\r\n"),
         sse({gemini_chunk(
                 R"({"functionCall":{"id":"call_abc12","name":"add","args":{"a":1}}})", true
             )},
             "\r\n\r\n")},
        {"watsonx",
         "project_id: p1",
         "",
         "/ml/v1/text/chat_stream",
         "authorization",
         "text/event-stream",
         chat_text({}),
         chat_call({})},
        {"ollama",
         "",
         "",
         "/api/chat",
         "authorization",
         "application/x-ndjson",
         lines(
             {ollama_line(R"({"role":"assistant","content":"Hel"})", false),
              ollama_line(R"({"role":"assistant","content":"lo"})", false),
              ollama_line(R"({"role":"assistant","content":""})", true)}
         ),
         lines(
             {ollama_line(
                  R"({"role":"assistant","content":"","tool_calls":[{"id":"call_abc12",)"
                  R"("function":{"index":0,"name":"add","arguments":{"a":1}}}]})",
                  false
              ),
              ollama_line(R"({"role":"assistant","content":""})", true)}
         )},
        {"bedrock",
         "region: us-east-1, access_key_id: AKID, secret_access_key: secret-key-1",
         "",
         "/model/real-model/converse-stream",
         "authorization",
         "application/vnd.amazon.eventstream",
         bedrock("", {R"({"text":"Hel"})", R"({"text":"lo"})"}, "end_turn"),
         bedrock(
             R"({"toolUse":{"toolUseId":"call_abc12","name":"add"}})",
             {R"({"toolUse":{"input":"{\"a\":1}"}})"},
             "tool_use"
         )},
        {"cohere",
         "",
         "",
         "/v2/chat",
         "authorization",
         "text/event-stream",
         cohere(
             {{"content-start",
               R"("index":0,"delta":{"message":{"content":{"type":"text","text":""}}})"},
              {"content-delta", R"("index":0,"delta":{"message":{"content":{"text":"Hel"}}})"},
              {"content-delta", R"("index":0,"delta":{"message":{"content":{"text":"lo"}}})"},
              {"content-end", R"("index":0)"}},
             "COMPLETE"
         ),
         cohere(
             {{"tool-call-start",
               R"("index":0,"delta":{"message":{"tool_calls":{"id":"call_abc12",)"
               R"("type":"function","function":{"name":"add","arguments":""}}}})"},
              {"tool-call-delta",
               R"("index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":)"
               R"("{\"a\":1}"}}}})"},
              {"tool-call-end", R"("index":0)"}},
             "TOOL_CALL"
         )},
    };
}

}  // namespace

const std::vector<provider_sample>& provider_samples() {
    static const std::vector<provider_sample> samples = make_samples();
    return samples;
}

}  // namespace sluice::end_to_end
