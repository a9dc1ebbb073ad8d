#include "tests/hostile/documented_fields.hpp"

namespace sluice::hostile {
namespace {

using nlohmann::json;

std::vector<documented_field> completions() {
    return {
        {"/model", no_text() + texts{"\"\"", "null"}},
        {"/prompt",
         {"7", "true", "{}", "[]", "null", "[null]", "[{}]", "[true]"},
         {"\"\"", "[\"Hi\"]"}},
        {"/stream", no_boolean()},
        {"/suffix", no_text()},
        {"/echo", no_boolean()},
        {"/best_of", no_integer({"-1", "129"})},
        {"/n", no_integer({"0", "-1", "129"})},
        {"/logprobs", no_integer({"-1", "21"})},
        {"/max_tokens", no_integer({"-1"}), {"1", "9223372036854775807"}},
        {"/temperature", no_number({"-0.1", "2.1"})},
        {"/top_p", no_number({"-0.1", "1.1"})},
        {"/frequency_penalty", no_number({"-2.1", "2.1"})},
        {"/presence_penalty", no_number({"-2.1", "2.1"})},
        {"/seed", no_integer({})},
        {"/stop", {"7", "{}", "[7]"}},
        {"/user", no_text()},
        {"/logit_bias", no_object()},
        {"/stream_options", no_object()},
    };
}

std::vector<documented_field> responses() {
    return {
        {"/model", no_text() + texts{"\"\"", "null"}},
        {"/input",
         {"7",
          "true",
          "{}",
          "[7]",
          "[null]",
          "[{}]",
          R"([{"type":7}])",
          R"([{"role":7,"content":"Hi"}])",
          R"([{"role":"user","content":7}])",
          R"([{"role":"user","content":[7]}])",
          R"([{"role":"user","content":[{"type":"input_text","text":7}]}])",
          R"([{"type":"function_call","call_id":7,"name":"f","arguments":"{}"}])",
          R"([{"type":"function_call_output","call_id":7,"output":"x"}])",
          R"([{"type":"function_call_output","call_id":"c","output":7}])"}},
        {"/instructions", no_text(), {"\"\"", "null"}},
        {"/stream", no_boolean()},
        {"/stream_options", no_object()},
        {"/max_output_tokens", no_integer({"0", "-1"}), {"1", "9223372036854775807"}},
        {"/temperature", no_number({"-0.1", "2.1"})},
        {"/top_p", no_number({"-0.1", "1.1"})},
        {"/top_logprobs", no_integer({"-1", "21"})},
        {"/parallel_tool_calls", no_boolean()},
        {"/user", no_text()},
        {"/tools",
         no_list() +
             texts{
                 "[7]",
                 "[{}]",
                 R"([{"type":7}])",
                 R"([{"type":"function"}])",
                 R"([{"type":"function","name":7}])",
                 R"([{"type":"function","name":"f","parameters":7}])"}},
        {"/tool_choice",
         {"7",
          "true",
          "[]",
          "{}",
          "\"sometimes\"",
          R"({"type":"function"})",
          R"({"type":"function","name":"f"})"}},
        {"/text", no_object()},
        {"/text/format",
         no_object() +
             texts{
                 "{}",
                 R"({"type":7})",
                 R"({"type":"poem"})",
                 R"({"type":"json_schema"})",
                 R"({"type":"json_schema","schema":7})"}},
        {"/text/verbosity", no_text()},
        {"/reasoning", no_object()},
        {"/reasoning/effort", no_text()},
        {"/reasoning/summary", no_text()},
        {"/include", no_list() + texts{"[7]"}},
        {"/metadata", no_object() + texts{R"({"a":7})"}},
        {"/previous_response_id", no_text()},
        {"/background", no_boolean()},
        {"/conversation", {"7", "true", "[]"}},
        {"/store", no_boolean()},
        {"/truncation", no_text()},
        {"/service_tier", no_text()},
        {"/max_tool_calls", no_integer({"0", "-1"})},
        {"/prompt", no_object()},
    };
}

std::vector<documented_field> embeddings() {
    return {
        {"/model", no_text() + texts{"\"\"", "null"}},
        {"/input", {"7", "true", "{}", "[]", "\"\"", "null", "[null]", "[{}]", "[\"a\",7]"}},
        {"/encoding_format", no_text() + texts{"\"hex\"", "\"\""}},
        {"/dimensions", no_integer({"0", "-1"}), {"1", "9223372036854775807", "100000000"}},
        {"/user", no_text()},
    };
}

}  // namespace

void add_openai(std::vector<surface>& to) {
    to.push_back(
        {"completions",
         "/v1/completions",
         error_shape::openai,
         {{"model", "mock"}, {"prompt", "Hi"}},
         "/choices/0/text",
         completions()}
    );
    to.push_back(
        {"responses",
         "/v1/responses",
         error_shape::openai,
         {{"model", "mock"}, {"input", "Hi"}},
         "/output/0/content/0/text",
         responses()}
    );
    to.push_back(
        {"embeddings",
         "/v1/embeddings",
         error_shape::openai,
         {{"model", "mock"}, {"input", "Hi"}, {"encoding_format", "base64"}},
         "/data/0/embedding",
         embeddings()}
    );
}

}  // namespace sluice::hostile
