// Every client dialect to every provider, through the real program: the client gets the provider's
// text, tool call, finish and usage in its own words, and a failure as a failure.

#include "tests/end_to_end/pairs/providers.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/gateway/dialects/reading_clients.hpp"
#include "upstream/providers/anthropic.hpp"
#include "upstream/providers/gemini.hpp"
#include "upstream/providers/ollama.hpp"
#include "upstream/providers/openai_chat.hpp"
#include "upstream/providers/openai_responses.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using gateway::testing::read_by_codec;
using gateway::testing::read_native;
using gateway::testing::read_ui;
using nlohmann::json;
using upstream::outcome;
using upstream::testing::told;

told read_chat(std::string_view body) {
    return read_by_codec(upstream::make_openai_chat_codec(), body);
}
told read_responses(std::string_view body) {
    return read_by_codec(upstream::make_openai_responses_codec(), body);
}
told read_anthropic(std::string_view body) {
    return read_by_codec(upstream::make_anthropic_codec(), body);
}
told read_gemini(std::string_view body) {
    return read_by_codec(upstream::make_gemini_codec(), body);
}
/// One JSON array: each element is what an event would hold.
told read_gemini_array(std::string_view body) {
    std::string events;
    const auto elements = json::parse(body, nullptr, false);
    if (!elements.is_array()) return {};
    for (const auto& element : elements)
        events += "data: " + element.dump() + "\r\n\r\n";
    return read_gemini(events);
}
told read_ollama(std::string_view body) {
    return read_by_codec(upstream::make_ollama_codec(), body);
}
/// `response` in place of a message.
told read_ollama_generate(std::string_view body) {
    std::string lines;
    std::string_view rest = body;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size() - 1);
        auto line = json::parse(rest.substr(0, end), nullptr, false);
        rest.remove_prefix(end + 1);
        if (!line.is_object()) continue;
        if (line.contains("response"))
            line["message"] = {{"role", "assistant"}, {"content", line["response"]}};
        line.erase("response");
        lines += line.dump() + "\n";
    }
    return read_ollama(lines);
}

struct client_sample {
    const char* name;
    const char* path;
    json body;
    told (*read)(std::string_view);
    bool calls = true;  ///< can call tools
    bool usage = true;
};

const json weather = {{"type", "object"}, {"properties", {{"a", {{"type", "integer"}}}}}};
const json chat_tools = {
    {{"type", "function"}, {"function", {{"name", "add"}, {"parameters", weather}}}}};
const json hello = {{{"role", "user"}, {"content", "Hi"}}};

const std::vector<client_sample>& client_samples() {
    static const std::vector<client_sample> samples{
        {"native",
         "/v1/streams",
         {{"model", "m"}, {"messages", hello}, {"tools", chat_tools}},
         read_native},
        {"chat",
         "/v1/chat/completions",
         {{"model", "m"},
          {"messages", hello},
          {"tools", chat_tools},
          {"stream", true},
          {"stream_options", {{"include_usage", true}}}},
         read_chat},
        {"completions",
         "/v1/completions",
         {{"model", "m"},
          {"prompt", "Hi"},
          {"stream", true},
          {"stream_options", {{"include_usage", true}}}},
         read_chat,
         false},
        {"responses",
         "/v1/responses",
         {{"model", "m"},
          {"input", "Hi"},
          {"stream", true},
          {"tools", {{{"type", "function"}, {"name", "add"}, {"parameters", weather}}}}},
         read_responses},
        {"anthropic",
         "/v1/messages",
         {{"model", "m"},
          {"max_tokens", 100},
          {"messages", hello},
          {"stream", true},
          {"tools", {{{"name", "add"}, {"input_schema", weather}}}}},
         read_anthropic},
        {"gemini",
         "/v1beta/models/m:streamGenerateContent?alt=sse",
         {{"contents", {{{"role", "user"}, {"parts", {{{"text", "Hi"}}}}}}},
          {"tools", {{{"functionDeclarations", {{{"name", "add"}, {"parameters", weather}}}}}}}},
         read_gemini},
        {"gemini array",
         "/v1beta/models/m:streamGenerateContent",
         {{"contents", {{{"role", "user"}, {"parts", {{{"text", "Hi"}}}}}}},
          {"tools", {{{"functionDeclarations", {{{"name", "add"}, {"parameters", weather}}}}}}}},
         read_gemini_array},
        {"ollama chat",
         "/api/chat",
         {{"model", "m"}, {"messages", hello}, {"tools", chat_tools}},
         read_ollama},
        {"ollama generate",
         "/api/generate",
         {{"model", "m"}, {"prompt", "Hi"}},
         read_ollama_generate,
         false},
        {"ui",
         "/v1/ui/chat",
         {{"id", "chat-1"},
          {"model", "m"},
          {"trigger", "submit-message"},
          {"tools", chat_tools},
          {"messages",
           {{{"id", "1"}, {"role", "user"}, {"parts", {{{"type", "text"}, {"text", "Hi"}}}}}}}},
         read_ui,
         true,
         false},
    };
    return samples;
}

/// A service that gives every request the same answer, and every key a token.
upstream_script serve(std::string media_type, std::string wire) {
    return
        [media_type = std::move(media_type), wire = std::move(wire)](upstream_exchange& exchange) {
            for (;;) {
                const auto asked = exchange.read_request();
                if (asked.target == "/identity/token") {
                    exchange.answer(200, R"({"access_token":"t0ken","expires_in":3600})");
                    continue;
                }
                exchange.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: " + media_type +
                    "\r\nTransfer-Encoding: chunked\r\n\r\n"
                );
                exchange.chunk(wire);
                exchange.finish();
            }
        };
}

std::string configuration(const provider_sample& provider, const std::string& base_url) {
    const std::string kind{provider.name == "responses" ? "openai" : provider.name};
    std::string text = "server: {listen: ['127.0.0.1:0'], workers: 1}\nproviders:\n  up: {kind: ";
    text += kind + ", base_url: '" + base_url + std::string(provider.path) + "'";
    if (kind != "bedrock") text += ", api_key: secret-key-1";
    if (!provider.settings.empty()) text += ", " + std::string(provider.settings);
    if (kind == "watsonx") text += ", iam_url: '" + base_url + "/identity/token'";
    text += "}\nmodels:\n  - {name: m, targets: [{provider: up, model: real-model}]}\n";
    return text;
}

/// The service's address without a path.
std::string address_of(const fake_upstream& service) {
    return "http://127.0.0.1:" + std::to_string(service.port());
}

struct house {
    house(const provider_sample& provider, std::string wire)
        : service(serve(std::string(provider.media_type), std::move(wire))),
          gateway(configuration(provider, address_of(service))) {}

    fake_upstream service;
    gateway_process gateway;
};

class Pairs : public ::testing::TestWithParam<provider_sample> {};

TEST_P(Pairs, TellTheSameTextFinishAndUsage) {
    house house(GetParam(), GetParam().text);
    for (const auto& client : client_samples()) {
        SCOPED_TRACE(client.name);
        const auto answer = house.gateway.ask(post(client.path, client.body));
        ASSERT_EQ(answer.status, 200) << answer.body;
        const auto read = client.read(answer.body);
        EXPECT_EQ(read.ended, outcome::completed) << answer.body;
        EXPECT_EQ(read.text, (std::map<int, std::string>{{0, "Hello"}})) << answer.body;
        ASSERT_FALSE(read.finishes.empty()) << answer.body;
        EXPECT_EQ(read.finishes.front().second, upstream::finish_reason::stop);
        if (!client.usage) continue;
        ASSERT_TRUE(read.usage.has_value()) << answer.body;
        EXPECT_EQ(read.usage->input_tokens, 5) << answer.body;
        EXPECT_EQ(read.usage->output_tokens, 2) << answer.body;
    }
}

TEST_P(Pairs, TellTheSameToolCall) {
    house house(GetParam(), GetParam().call);
    for (const auto& client : client_samples()) {
        if (!client.calls) continue;
        SCOPED_TRACE(client.name);
        const auto answer = house.gateway.ask(post(client.path, client.body));
        ASSERT_EQ(answer.status, 200) << answer.body;
        const auto read = client.read(answer.body);
        EXPECT_EQ(read.ended, outcome::completed) << answer.body;
        ASSERT_EQ(read.calls.size(), 1U) << answer.body;
        EXPECT_EQ(read.calls[0].id, "call_abc12");
        EXPECT_EQ(read.calls[0].name, "add");
        EXPECT_EQ(json::parse(read.calls[0].arguments), json({{"a", 1}}));
        ASSERT_FALSE(read.finishes.empty());
        EXPECT_EQ(read.finishes.front().second, upstream::finish_reason::tool_calls);
    }
}

TEST_P(Pairs, EndABrokenStreamAsAFailure) {
    const auto& whole = GetParam().text;
    house house(GetParam(), whole.substr(0, whole.size() / 2));
    for (const auto& client : client_samples()) {
        SCOPED_TRACE(client.name);
        const auto answer = house.gateway.ask(post(client.path, client.body));
        if (answer.status == 200) {
            EXPECT_NE(client.read(answer.body).ended, outcome::completed) << answer.body;
        } else {
            EXPECT_EQ(answer.status, 502) << answer.body;
        }
        EXPECT_EQ(answer.body.find("secret-key-1"), std::string::npos);
    }
}

TEST_P(Pairs, AskTheProviderInItsOwnWords) {
    house house(GetParam(), GetParam().text);
    for (const auto& client : client_samples()) {
        SCOPED_TRACE(client.name);
        ASSERT_EQ(house.gateway.ask(post(client.path, client.body)).status, 200);
        auto asked = house.service.expect_request();
        if (asked.target == "/identity/token") asked = house.service.expect_request();
        // What both speak has its own address there.
        const bool same = asked.target.find(client.path) != std::string::npos;
        EXPECT_TRUE(same || asked.target.starts_with(GetParam().target)) << asked.target;
        EXPECT_FALSE(asked.header(GetParam().credentials).empty());
        EXPECT_NE(asked.body.find("Hi"), std::string::npos) << asked.body;
        const bool names_tool = asked.body.find("\"add\"") != std::string::npos;
        EXPECT_EQ(names_tool, client.calls) << asked.body;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Providers,
    Pairs,
    ::testing::ValuesIn(provider_samples()),
    [](const auto& info) { return std::string(info.param.name); }
);

}  // namespace
}  // namespace sluice::end_to_end
