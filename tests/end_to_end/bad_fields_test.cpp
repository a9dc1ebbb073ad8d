#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

struct bad_field {
    std::string name;   ///< the top-level field
    std::string value;  ///< JSON text
};

/// Wrong types and values of the fields that both dialects know.
const std::vector<bad_field>& bad_fields() {
    static const std::vector<bad_field> fields{
        {"model", "7"},
        {"model", "[]"},
        {"stream", "\"yes\""},
        {"stream", "1"},
        {"messages", "\"Hi\""},
        {"messages", "{}"},
        {"messages", "[]"},
        {"messages", "[7]"},
        {"messages", "[null]"},
        {"messages", "[{}]"},
        {"messages", R"([{"role":"user"}])"},
        {"messages", R"([{"role":7,"content":"Hi"}])"},
        {"messages", R"([{"role":"wizard","content":"Hi"}])"},
        {"messages", R"([{"content":"Hi"}])"},
        {"messages", R"([{"role":"user","content":7}])"},
        {"messages", R"([{"role":"user","content":{}}])"},
        {"messages", R"([{"role":"user","content":[7]}])"},
        {"messages", R"([{"role":"user","content":[{"type":"text"}]}])"},
        {"messages", R"([{"role":"user","content":[{"type":"text","text":7}]}])"},
        {"messages", R"([{"role":"user","content":[{"type":"image_url","image_url":7}]}])"},
        {"messages", R"([{"role":"assistant","content":null,"tool_calls":{}}])"},
        {"messages", R"([{"role":"assistant","content":null,"tool_calls":[7]}])"},
        {"messages", R"([{"role":"tool","content":"x","tool_call_id":7}])"},
        {"temperature", "\"hot\""},
        {"temperature", "-1"},
        {"temperature", "2.5"},
        {"top_p", "true"},
        {"top_p", "1.5"},
        {"frequency_penalty", "\"1\""},
        {"frequency_penalty", "-3"},
        {"presence_penalty", "[]"},
        {"presence_penalty", "3"},
        {"max_tokens", "\"10\""},
        {"max_tokens", "0"},
        {"max_tokens", "-5"},
        {"max_tokens", "1.5"},
        {"max_tokens", "18446744073709551616"},
        {"max_completion_tokens", "{}"},
        {"max_completion_tokens", "0"},
        {"seed", "\"x\""},
        {"seed", "1.5"},
        {"stop", "7"},
        {"stop", "{}"},
        {"stop", "[7]"},
        {"n", "0"},
        {"n", "-1"},
        {"n", "\"2\""},
        {"n", "1000000"},
        {"logprobs", "1"},
        {"top_logprobs", "\"3\""},
        {"top_logprobs", "-1"},
        {"top_logprobs", "1000"},
        {"user", "7"},
        {"reasoning_effort", "7"},
        {"parallel_tool_calls", "\"no\""},
        {"tools", "{}"},
        {"tools", "[7]"},
        {"tools", "[{}]"},
        {"tools", R"([{"type":"function"}])"},
        {"tools", R"([{"type":"function","function":{}}])"},
        {"tools", R"([{"type":"function","function":{"name":7}}])"},
        {"tools", R"([{"type":"function","function":{"name":"f","parameters":7}}])"},
        {"tools", R"([{"type":"function","function":{"name":"f","strict":7}}])"},
        {"tool_choice", "7"},
        {"tool_choice", "\"sometimes\""},
        {"tool_choice", R"({"type":"function"})"},
        {"tool_choice", R"({"type":"function","function":{"name":"undeclared"}})"},
        {"response_format", "7"},
        {"response_format", "\"json\""},
        {"response_format", "{}"},
        {"response_format", R"({"type":7})"},
        {"response_format", R"({"type":"poem"})"},
        {"response_format", R"({"type":"json_schema"})"},
        {"response_format", R"({"type":"json_schema","json_schema":7})"},
        {"response_format", R"({"type":"json_schema","json_schema":{"name":"x","schema":7}})"},
        {"stream_options", "7"},
        {"stream_options", R"({"include_usage":"yes"})"},
        {"logit_bias", "[]"},
        {"metadata", "7"},
        {"store", "\"yes\""},
        {"modalities", "7"},
        {"service_tier", "7"},
    };
    return fields;
}

std::string chat_with(const bad_field& field) {
    json body{
        {"model", "mock"},
        {"stream", true},
        {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}};
    body.erase(field.name);
    auto text = body.dump();
    text.pop_back();
    return text + ",\"" + field.name + "\":" + field.value + "}";
}

class BadFields : public ::testing::Test {
 protected:
    http_response send(const std::string& path, const std::string& body) {
        client.send(post_text(path, body));
        return client.read_response();
    }

    gateway_process gateway{configuration_text().yaml()};
    raw_client client = gateway.connect();
};

TEST_F(BadFields, OfChatCompletionsAreRefusedInOpenAisShapeAndNamed) {
    for (const auto& field : bad_fields()) {
        SCOPED_TRACE(field.name + ": " + field.value);
        const auto response = send("/v1/chat/completions", chat_with(field));
        expect_openai_error(response, 400);
        const auto param = response.json()["error"]["param"];
        ASSERT_TRUE(param.is_string()) << response.body;
        EXPECT_EQ(param.get<std::string>().rfind(field.name, 0), 0U) << param;
        EXPECT_EQ(response.json()["error"]["type"], "invalid_request_error");
    }
}

TEST_F(BadFields, OfNativeStreamsAreRefusedInTheNativeShapeAndNamed) {
    for (const auto& field : bad_fields()) {
        SCOPED_TRACE(field.name + ": " + field.value);
        const auto response = send("/v1/streams", chat_with(field));
        expect_native_error(response, 400);
        const auto param = response.json()["error"].value("param", "");
        EXPECT_EQ(param.rfind(field.name, 0), 0U) << response.body;
    }
}

TEST_F(BadFields, OfTheShortFormAreRefused) {
    for (const auto* body :
         {"{}",
          R"({"prompt":""})",
          R"({"prompt":7})",
          R"({"prompt":null})",
          R"({"prompt":["Hi"]})",
          R"({"prompt":"Hi","system":7})",
          R"({"system":"Be kind."})",
          R"({"messages":null})",
          R"({"prompt":"Hi","messages":[{"role":"user","content":"Hi"}]})"}) {
        SCOPED_TRACE(body);
        expect_native_error(send("/v1/streams", body), 400);
    }
}

TEST_F(BadFields, AMissingOrEmptyPromptInTheUrlIsRefused) {
    for (const auto* target : {"/v1/stream", "/v1/stream?prompt=", "/v1/stream?model=mock"}) {
        client.send(get(target));
        expect_native_error(client.read_response(), 400);
    }
}

TEST_F(BadFields, MissingMessagesAreRefused) {
    expect_openai_error(send("/v1/chat/completions", R"({"model":"mock"})"), 400);
    expect_openai_error(send("/v1/chat/completions", R"({"model":"mock","messages":null})"), 400);
}

TEST_F(BadFields, MockSettingsThatCannotBeReadAreRefusedByName) {
    const std::vector<std::pair<std::string, std::string>> settings{
        {"X-Mock-Tokens", "many"},
        {"X-Mock-Tokens", "-1"},
        {"X-Mock-Tokens", "1.5"},
        {"X-Mock-Rate", "fast"},
        {"X-Mock-Rate", "-1"},
        {"X-Mock-Rate", "nan"},
        {"X-Mock-Ttft-Ms", "x"},
        {"X-Mock-Ttft-Ms", "-1"},
        {"X-Mock-Seed", "x"},
        {"X-Mock-Error", "x"},
        {"X-Mock-Error", "200000"},
        {"X-Mock-Error", "reset-after=x"},
        {"X-Mock-Media", "x"},
        {"X-Mock-Error", "cut-after="},
        {"X-Mock-Colour", "blue"}};
    for (const auto& [name, value] : settings) {
        SCOPED_TRACE(name + ": " + value);
        client.send(post_text("/v1/streams", R"({"prompt":"Hi"})").header(name, value));
        const auto native = client.read_response();
        expect_native_error(native, 400);
        EXPECT_NE(native.body.find(name), std::string::npos) << native.body;
        client.send(
            post_text("/v1/chat/completions", chat_with({"user", "\"u\""})).header(name, value)
        );
        expect_openai_error(client.read_response(), 400);
    }
}

}  // namespace
}  // namespace sluice::end_to_end
