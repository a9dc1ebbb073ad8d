#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

http_request encode(
    const call& asked, const provider_settings& provider, std::string_view model = "up"
) {
    const auto result = make_openai_chat_codec()->encode(asked, provider, model);
    EXPECT_TRUE(result.has_value());
    return result.has_value() ? *result : http_request();
}

std::string spliced(std::string_view body, bool stream = true, bool ask_usage = true) {
    auto asked = transparent_call(false, stream);
    asked.body = body;
    auto provider = plain_provider();
    provider.ask_usage = ask_usage;
    return encode(asked, provider).body;
}

json translated(const request& request, const std::string& base_url = "https://x.example/v1") {
    call asked;
    asked.request = request;
    auto provider = plain_provider();
    provider.base_url = base_url;
    return json::parse(encode(asked, provider).body);
}

std::vector<std::string> headers_for(const header_list& from_client, provider_settings provider) {
    auto asked = transparent_call();
    asked.headers = from_client;
    return encode(asked, provider).headers;
}

TEST(OpenAiChatRequest, ReplacesOnlyTheModelOfATransparentBody) {
    EXPECT_EQ(
        spliced("{ \"model\" : \"chat\",\n \"x\":1.50, \"messages\":[{\"model\":\"y\"}] }", false),
        "{ \"model\" : \"up\",\n \"x\":1.50, \"messages\":[{\"model\":\"y\"}] }"
    );
    EXPECT_EQ(spliced(R"({"mod\u0065l":"a","n":1})", false), R"({"mod\u0065l":"up","n":1})");
    EXPECT_EQ(spliced(R"({"n":1})", false), R"({"model":"up","n":1})");
    EXPECT_EQ(spliced("{}", false), R"({"model":"up"})");
    EXPECT_EQ(spliced("{}"), R"({"stream_options":{"include_usage":true},"model":"up"})");
}

TEST(OpenAiChatRequest, AsksForUsageWithoutDisturbingOtherOptions) {
    const std::string wish = R"({"include_usage":true})";
    EXPECT_EQ(spliced(R"({"model":"a"})"), R"({"stream_options":)" + wish + R"(,"model":"up"})");
    EXPECT_EQ(
        spliced(R"({"model":"a","stream_options":null})"),
        R"({"model":"up","stream_options":)" + wish + "}"
    );
    EXPECT_EQ(
        spliced(R"({"model":"a","stream_options":{}})"),
        R"({"model":"up","stream_options":)" + wish + "}"
    );
    EXPECT_EQ(
        spliced(R"({"model":"a","stream_options":{"include_obfuscation":false }})"),
        R"({"model":"up","stream_options":{"include_usage":true,"include_obfuscation":false }})"
    );
    EXPECT_EQ(
        spliced(R"({"stream_options":{"include_usage":false},"model":"a"})"),
        R"({"stream_options":{"include_usage":true},"model":"up"})"
    );
    EXPECT_EQ(
        spliced(R"({"model":"a","stream_options":"x"})"), R"({"model":"up","stream_options":"x"})"
    );
}

TEST(OpenAiChatRequest, DoesNotAskForUsageWhereItIsNotWanted) {
    EXPECT_EQ(spliced(R"({"model":"a"})", true, false), R"({"model":"up"})");
    EXPECT_EQ(spliced(R"({"model":"a"})", false, true), R"({"model":"up"})");
}

TEST(OpenAiChatRequest, QuotesTheModel) {
    auto asked = transparent_call(false, false);
    asked.body = R"({"model":"a"})";
    const auto body = encode(asked, plain_provider(), "a\"b\\\xff").body;
    EXPECT_EQ(body, "{\"model\":\"a\\\"b\\\\\xEF\xBF\xBD\"}");
}

TEST(OpenAiChatRequest, RefusesABodyThatIsNoObject) {
    auto asked = transparent_call();
    asked.body = "[1]";
    const auto result = make_openai_chat_codec()->encode(asked, plain_provider(), "m");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().status, 400);
    EXPECT_EQ(result.error().outcome, outcome::rejected);
}

TEST(OpenAiChatRequest, KnowsTheAddressesOfOpenAiAndAzure) {
    auto provider = plain_provider();
    EXPECT_EQ(
        encode(transparent_call(), provider).url, "https://api.example.com/v1/chat/completions"
    );
    provider.kind = provider_settings::protocol::azure;
    provider.base_url = "https://res.openai.azure.com";
    provider.api_version = "2024-10-21";
    EXPECT_EQ(
        encode(transparent_call(), provider, "gpt 4/o?").url,
        "https://res.openai.azure.com/openai/deployments/gpt%204%2Fo%3F/chat/completions"
        "?api-version=2024-10-21"
    );
    provider.base_url += "/openai/v1";
    provider.api_version.clear();
    EXPECT_EQ(
        encode(transparent_call(), provider).url,
        "https://res.openai.azure.com/openai/v1/chat/completions"
    );
}

TEST(OpenAiChatRequest, SendsItsOwnKey) {
    auto provider = plain_provider();
    provider.organization = "org-1";
    EXPECT_THAT(
        headers_for({{"authorization", "Bearer of-the-client"}}, provider),
        UnorderedElementsAre(
            "Authorization: Bearer sk-secret-key",
            "OpenAI-Organization: org-1",
            "Content-Type: application/json",
            "Accept: text/event-stream"
        )
    );
    provider.kind = provider_settings::protocol::azure;
    EXPECT_THAT(headers_for({}, provider), Contains("api-key: sk-secret-key"));
    provider.api_key.clear();
    EXPECT_THAT(headers_for({}, provider), Not(Contains(HasSubstr("key"))));
}

TEST(OpenAiChatRequest, PassesTheClientsKeyOnWhereThatIsWanted) {
    auto provider = plain_provider();
    provider.client_key = true;
    const std::string expected = "Authorization: Bearer mine";
    EXPECT_THAT(headers_for({{"authorization", "bearer mine "}}, provider), Contains(expected));
    EXPECT_THAT(headers_for({{"x-api-key", "mine"}}, provider), Contains(expected));
    EXPECT_THAT(headers_for({{"api-key", "mine"}}, provider), Contains(expected));

    const auto none = make_openai_chat_codec()->encode(transparent_call(), provider, "m");
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error().status, 401);
}

TEST(OpenAiChatRequest, ForwardsHeadersByAnAllowList) {
    auto provider = plain_provider();
    provider.forward_headers = {
        "x-team",
        "cookie",
        "x-mock-rate",
        "connection",
        "host",
        "content-length",
        "x-sluice-model",
        "authorization",
        "x-stream-id"};
    const header_list from_client{
        {"openai-beta", "b"},
        {"openai-project", "p"},
        {"traceparent", "t"},
        {"x-team", "blue"},
        {"x-other", "no"},
        {"cookie", "no"},
        {"x-mock-rate", "no"},
        {"connection", "no"},
        {"host", "no"},
        {"content-length", "no"},
        {"x-sluice-model", "no"},
        {"authorization", "no"},
        {"x-stream-id", "no"},
        {"idempotency-key", "no"},
        {"accept-encoding", "no"},
        {"openai-organization", "evil\r\nX-Evil: 1"},
    };
    EXPECT_THAT(
        headers_for(from_client, provider),
        UnorderedElementsAre(
            "openai-beta: b",
            "openai-project: p",
            "traceparent: t",
            "x-team: blue",
            "Authorization: Bearer sk-secret-key",
            "Content-Type: application/json",
            "Accept: text/event-stream"
        )
    );
}

TEST(OpenAiChatRequest, LetsConfiguredHeadersWin) {
    auto provider = plain_provider();
    provider.headers = {
        {"openai-beta", "ours"},
        {"X-Title", "Sluice"},
        {"Transfer-Encoding", "x"},
        {"X-Bad", "a\nb"},
        {"X Bad", "a"}};
    const auto headers = headers_for({{"openai-beta", "theirs"}}, provider);
    EXPECT_THAT(headers, Contains("openai-beta: ours"));
    EXPECT_THAT(headers, Contains("X-Title: Sluice"));
    EXPECT_EQ(headers.size(), 5U);
}

TEST(OpenAiChatRequest, AsksForADocumentWhereNothingIsStreamed) {
    EXPECT_THAT(
        encode(transparent_call(false, false), plain_provider()).headers,
        Contains("Accept: application/json")
    );
}

TEST(OpenAiChatRequest, TranslatesMessages) {
    request asked;
    asked.messages.resize(4);
    auto& instructions = asked.messages[0];
    instructions.role = role::developer;
    instructions.content = {text_part{"Be brief."}};
    auto& question = asked.messages[1];
    question.name = "ann";
    question.content = {
        text_part{"Look"},
        image_part{"data:image/png;base64,AA==", "low"},
        audio_part{"AA==", "wav"},
        file_part{"file-1", "", ""}};
    auto& answer = asked.messages[2];
    answer.role = role::assistant;
    answer.tool_calls = {{"c1", "f", ""}};
    auto& result = asked.messages[3];
    result.role = role::tool;
    result.content = {text_part{"42"}};
    result.tool_call_id = "c1";
    EXPECT_EQ(translated(asked)["messages"], json::parse(R"([
        {"role":"system","content":"Be brief."},
        {"role":"user","name":"ann","content":[
            {"type":"text","text":"Look"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},
            {"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},
            {"type":"file","file":{"file_id":"file-1"}}]},
        {"role":"assistant","content":null,"tool_calls":[
            {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","content":"42","tool_call_id":"c1"}])"));
    const auto openai = translated(asked, "https://api.openai.com/v1");
    EXPECT_EQ(openai["messages"][0]["role"], "developer");
}

TEST(OpenAiChatRequest, TranslatesToolsAndFormats) {
    request asked;
    asked.tools = {{"f", "does", json::parse(R"({"type":"object"})"), true}};
    asked.tool_choice = tool_choice{tool_choice::mode::named, "f"};
    asked.parallel_tool_calls = false;
    asked.response_format =
        response_format{response_format::form::json_schema, "s", json::object(), {}};
    const auto body = translated(asked);
    EXPECT_EQ(body["tools"], json::parse(R"([{"type":"function","function":
        {"name":"f","description":"does","parameters":{"type":"object"},"strict":true}}])"));
    EXPECT_EQ(body["tool_choice"], json::parse(R"({"type":"function","function":{"name":"f"}})"));
    EXPECT_EQ(body["parallel_tool_calls"], false);
    EXPECT_EQ(
        body["response_format"],
        json::parse(R"({"type":"json_schema","json_schema":{"name":"s","schema":{}}})")
    );
}

TEST(OpenAiChatRequest, TranslatesParametersAndSaysNothingOfTheOthers) {
    EXPECT_EQ(translated(request{}), json::parse(R"({"model":"up","messages":[],"stream":true,
        "stream_options":{"include_usage":true}})"));
    request asked;
    asked.max_tokens = 7;
    asked.temperature = 0.1;
    asked.seed = 3;
    asked.stop = {"a"};
    asked.choices = 2;
    asked.reasoning.effort = "low";
    asked.user = "u";
    const auto body = translated(asked);
    EXPECT_EQ(body["max_tokens"], 7);
    EXPECT_EQ(body["temperature"], 0.1);
    EXPECT_EQ(body["seed"], 3);
    EXPECT_EQ(body["stop"], json::array({"a"}));
    EXPECT_EQ(body["n"], 2);
    EXPECT_EQ(body["reasoning_effort"], "low");
    EXPECT_EQ(body["user"], "u");
    const auto openai = translated(asked, "https://api.openai.com/v1");
    EXPECT_EQ(openai["max_completion_tokens"], 7);
    EXPECT_FALSE(openai.contains("max_tokens"));
    EXPECT_EQ(translated(asked, "https://api.mistral.ai/v1")["random_seed"], 3);
}

}  // namespace
}  // namespace sluice::upstream::testing
