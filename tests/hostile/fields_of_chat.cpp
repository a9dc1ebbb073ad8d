#include "tests/hostile/documented_fields.hpp"

namespace sluice::hostile {
namespace {

using nlohmann::json;

/// Messages that no conversation has.
texts no_messages() {
    return no_list() +
           texts{
               "[]",
               "[null]",
               "[7]",
               "[\"Hi\"]",
               "[[]]",
               "[{}]",
               R"([{"role":"user"}])",
               R"([{"role":"","content":"Hi"}])",
               R"([{"role":null,"content":"Hi"}])",
               R"([{"role":"USER","content":"Hi"}])",
               R"([{"role":"user","content":true}])",
               R"([{"role":"user","content":[[]]}])",
               R"([{"role":"user","content":[{}]}])",
               R"([{"role":"user","content":[{"type":7}]}])",
               R"([{"role":"user","content":[{"type":"text","text":null}]}])",
               R"([{"role":"user","content":[{"type":"image_url"}]}])",
               R"([{"role":"user","content":[{"type":"image_url","image_url":{}}]}])",
               R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":7}}]}])",
               R"([{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}])",
               R"([{"role":"user","content":[{"type":"input_audio","input_audio":{"data":7,"format":"wav"}}]}])",
               R"([{"role":"user","content":[{"type":"file","file":7}]}])",
               R"([{"role":"assistant","content":"x","tool_calls":"f"}])",
               R"([{"role":"assistant","tool_calls":[{"id":7,"type":"function","function":{"name":"f","arguments":"{}"}}]}])",
               R"([{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":7,"arguments":"{}"}}]}])",
               R"([{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{}}}]}])"};
}

texts no_tools() {
    return texts{
        "7",
        "\"x\"",
        "true",
        "[null]",
        "[\"f\"]",
        R"([{"type":"function","function":null}])",
        R"([{"type":7,"function":{"name":"f"}}])",
        R"([{"type":"function","function":{"name":""}}])",
        R"([{"type":"function","function":{"name":"f","description":7}}])",
        R"([{"type":"function","function":{"name":"f","parameters":"{}"}}])",
        R"([{"type":"function","function":{"name":"f","parameters":[]}}])",
        R"([{"type":"function","function":{"name":"f","strict":"yes"}}])"};
}

/// What chat completions, the native dialect and UI messages have in common.
std::vector<documented_field> sampling() {
    return {
        {"/model", no_text(), {"\"\"", "null"}},
        {"/temperature",
         no_number({"-0.1", "2.1", "1e308", "-1e308"}),
         {"null", "0", "2", "1e-308", "1e999"}},
        {"/top_p", no_number({"-0.1", "1.1", "1e308"}), {"null", "0", "1"}},
        {"/frequency_penalty", no_number({"-2.1", "2.1"}), {"-2", "2"}},
        {"/presence_penalty", no_number({"-2.1", "2.1"}), {"-2", "2"}},
        {"/max_tokens",
         no_integer({"0", "-1", "-9223372036854775808"}),
         {"null", "1", "9223372036854775807"}},
        {"/max_completion_tokens", no_integer({"0", "-1"}), {"1", "9223372036854775807"}},
        {"/seed", no_integer({}), {"-9223372036854775808", "9223372036854775807", "0"}},
        {"/stop",
         {"7", "true", "{}", "[7]", "[null]", "[[]]", "[{}]"},
         {"\"\"", "[]", "[\"\"]", "[\"a\",\"b\",\"c\",\"d\",\"e\"]"}},
        {"/user", no_text(), {"\"\"", "null"}},
        {"/reasoning_effort", no_text(), {"\"none\"", "\"\"", "\"much\""}},
        {"/parallel_tool_calls", no_boolean()},
        {"/tools", no_tools()},
        {"/tool_choice",
         {"7",
          "true",
          "[]",
          "{}",
          "\"\"",
          "\"sometimes\"",
          R"({"type":7})",
          R"({"type":"function","function":7})",
          R"({"type":"function","function":{"name":"f"}})"}},
        {"/response_format",
         {"7",
          "true",
          "[]",
          "{}",
          "\"json\"",
          R"({"type":"xml"})",
          R"({"type":"json_schema","json_schema":[]})",
          R"({"type":"json_schema","json_schema":{"name":7,"schema":{}}})"}},
        {"/top_k", no_integer({})},
        {"/modalities", no_list() + texts{"[7]"}},
    };
}

std::vector<documented_field> chat_alone() {
    return {
        {"/messages", no_messages(), {R"([{"role":"tool","content":"x"}])"}},
        {"/n", no_integer({"0", "-1", "129", "9223372036854775807"}), {"1", "2"}},
        {"/stream", no_boolean(), {"null"}},
        {"/stream_options", no_object(), {"{}"}},
        {"/stream_options/include_usage", no_boolean()},
        {"/logprobs", no_boolean()},
        {"/top_logprobs", no_integer({"-1", "21"})},
        {"/logit_bias", no_object()},
        {"/metadata", no_object()},
        {"/store", no_boolean()},
        {"/service_tier", no_text()},
        {"/prompt_cache_key", no_text()},
        {"/safety_identifier", no_text()},
        {"/verbosity", no_text()},
        {"/functions", no_list() + texts{"[7]", "[{}]"}},
        {"/function_call", {"7", "true", "[]", "{}"}},
        {"/audio", no_object()},
        {"/web_search_options", no_object()},
        {"/prediction", no_object()},
    };
}

std::vector<documented_field> joined(
    std::vector<documented_field> left, const std::vector<documented_field>& right
) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace

void add_chat(std::vector<surface>& to) {
    const auto messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    to.push_back(
        {"chat completions",
         "/v1/chat/completions",
         error_shape::openai,
         {{"model", "mock"}, {"stream", false}, {"messages", messages}},
         "/choices/0/message/content",
         joined(sampling(), chat_alone())}
    );
    to.push_back(
        {"native",
         "/v1/streams",
         error_shape::native,
         {{"stream", false}, {"messages", messages}},
         "/text",
         joined(sampling(), chat_alone())}
    );
    auto& native = to.back();
    native.fields.push_back({"/system", no_text(), {"\"\"", "null"}});
    const auto part = json{{"type", "text"}, {"text", "Hi"}};
    const json message{{"id", "m"}, {"role", "user"}, {"parts", json::array({part})}};
    to.push_back(
        {"UI messages",
         "/v1/ui/chat",
         error_shape::native,
         {{"id", "hostile"}, {"messages", json::array({message})}},
         "",
         joined(
             sampling(),
             {
                 {"/messages",
                  no_list() +
                      texts{
                          "[7]",
                          "[null]",
                          "[{}]",
                          R"([{"role":"user","parts":7}])",
                          R"([{"role":"user","parts":[7]}])",
                          R"([{"role":"user","parts":[{"type":7}]}])",
                          R"([{"role":"user","parts":[{"type":"text","text":7}]}])",
                          R"([{"role":"wizard","parts":[{"type":"text","text":"Hi"}]}])"}},
                 {"/id", no_text()},
                 {"/messageId", no_text()},
                 {"/trigger", no_text() + texts{"\"\"", "\"explode\""}},
                 {"/maxOutputTokens", no_integer({"0", "-1"})},
                 {"/system", no_text()},
             }
         )}
    );
}

}  // namespace sluice::hostile
