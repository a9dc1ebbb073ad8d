#include "tests/hostile/documented_fields.hpp"

namespace sluice::hostile {
namespace {

using nlohmann::json;

/// What both endpoints check.
std::vector<documented_field> shared() {
    return {
        {"/model", no_text() + texts{"\"\"", "null"}},
        {"/messages",
         no_list() +
             texts{
                 "null",
                 "[7]",
                 "[null]",
                 "[{}]",
                 R"([{"role":"user"}])",
                 R"([{"role":7,"content":"Hi"}])",
                 R"([{"role":"wizard","content":"Hi"}])",
                 R"([{"role":"user","content":7}])",
                 R"([{"role":"user","content":[7]}])",
                 R"([{"role":"user","content":[{}]}])",
                 R"([{"role":"user","content":[{"type":7}]}])",
                 R"([{"role":"user","content":[{"type":"text"}]}])",
                 R"([{"role":"user","content":[{"type":"text","text":7}]}])",
                 R"([{"role":"user","content":[{"type":"image"}]}])",
                 R"([{"role":"user","content":[{"type":"image","source":7}]}])",
                 R"([{"role":"user","content":[{"type":"image","source":{"type":"base64"}}]}])",
                 R"([{"role":"user","content":[{"type":"tool_result"}]}])",
                 R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":7}]}])",
                 R"([{"role":"assistant","content":[{"type":"tool_use","id":7,"name":"f","input":{}}]}])",
                 R"([{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"{}"}]}])"}},
        {"/system",
         {"7", "true", "{}", "[7]", "[{}]", R"([{"type":"text","text":7}])"},
         {"\"\"", "[]"}},
        {"/tools",
         no_list() +
             texts{
                 "[7]",
                 "[{}]",
                 R"([{"name":7,"input_schema":{}}])",
                 R"([{"name":"","input_schema":{}}])",
                 R"([{"name":"f"}])",
                 R"([{"name":"f","input_schema":7}])",
                 R"([{"type":7,"name":"f"}])"}},
        {"/tool_choice",
         no_object() +
             texts{
                 "{}",
                 R"({"type":7})",
                 R"({"type":"maybe"})",
                 R"({"type":"tool"})",
                 R"({"type":"tool","name":"f"})",
                 R"({"type":"auto","disable_parallel_tool_use":7})"}},
        {"/thinking",
         no_object() +
             texts{
                 "{}",
                 R"({"type":"deep"})",
                 R"({"type":"enabled"})",
                 R"({"type":"enabled","budget_tokens":0})",
                 R"({"type":"enabled","budget_tokens":"9"})"}},
    };
}

std::vector<documented_field> messages_alone() {
    return {
        {"/max_tokens", no_integer({"-1"}) + texts{"null"}, {"1", "9223372036854775807", "0"}},
        {"/stream", no_boolean()},
        {"/temperature", no_number({"-0.1", "1.1"})},
        {"/top_p", no_number({"-0.1", "1.1"})},
        {"/top_k", no_integer({"-1"})},
        {"/stop_sequences", no_list() + texts{"[7]", "[null]"}},
        {"/metadata", no_object()},
        {"/metadata/user_id", no_text()},
        {"/service_tier", no_text()},
        {"/mcp_servers", no_list()},
        {"/output_config", no_object()},
        {"/output_config/effort", no_text()},
        {"/output_config/format",
         no_object() + texts{"{}", R"({"type":"poem"})", R"({"type":"json_schema"})"}},
    };
}

}  // namespace

void add_anthropic(std::vector<surface>& to) {
    const auto turns = json::array({{{"role", "user"}, {"content", "Hi"}}});
    auto all = shared();
    const auto more = messages_alone();
    all.insert(all.end(), more.begin(), more.end());
    to.push_back(
        {"Anthropic messages",
         "/v1/messages",
         error_shape::anthropic,
         {{"model", "mock"}, {"max_tokens", 100}, {"messages", turns}},
         "/content/0/text",
         std::move(all)}
    );
    to.push_back(
        {"count_tokens",
         "/v1/messages/count_tokens",
         error_shape::anthropic,
         {{"model", "mock"}, {"messages", turns}},
         "",
         shared()}
    );
}

}  // namespace sluice::hostile
