#include "tests/upstream/codec_run.hpp"
#include "tests/upstream/request_parts.hpp"
#include "upstream/providers/watsonx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr std::string_view granite = "ibm/granite-3-3-8b-instruct";

provider_settings watsonx() {
    provider_settings provider;
    provider.kind = provider_settings::protocol::watsonx;
    provider.name = "granite";
    provider.base_url = "https://us-south.ml.cloud.ibm.com";
    provider.api_key = "the-api-key";
    provider.bearer_token = "the-iam-token";
    provider.project_id = "project-1";
    return provider;
}

http_request encode(
    const call& asked,
    const provider_settings& provider = watsonx(),
    std::string_view model = granite
) {
    const auto result = make_watsonx_codec()->encode(asked, provider, model);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.has_value() ? *result : http_request();
}

failure refusal(const call& asked) {
    const auto result = make_watsonx_codec()->encode(asked, watsonx(), granite);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? failure() : result.error();
}

call asking(request wanted) {
    call asked;
    asked.request = std::move(wanted);
    return asked;
}

json body_of(request wanted) {
    return json::parse(encode(asking(std::move(wanted))).body);
}

tool weather() {
    return {
        .name = "weather",
        .description = "of a place",
        .parameters = {{"type", "object"}},
        .strict = {}};
}

TEST(WatsonxRequest, AsksForAModelWithinAProject) {
    const auto sent =
        encode(asking(with([](request& wanted) { wanted.messages = {said(role::user, "hello")}; }))
        );
    EXPECT_EQ(
        sent.url, "https://us-south.ml.cloud.ibm.com/ml/v1/text/chat_stream?version=2025-10-25"
    );
    EXPECT_EQ(
        json::parse(sent.body),
        json::parse(R"({"model_id":"ibm/granite-3-3-8b-instruct","project_id":"project-1",
                        "messages":[{"role":"user","content":"hello"}]})")
    );
    EXPECT_THAT(
        sent.headers,
        UnorderedElementsAre(
            "Content-Type: application/json",
            "Accept: text/event-stream",
            "Authorization: Bearer the-iam-token"
        )
    );
    EXPECT_THAT(sent.dropped, IsEmpty());
}

TEST(WatsonxRequest, AsksForAModelWithinASpace) {
    auto provider = watsonx();
    provider.project_id.clear();
    provider.space_id = "space-1";
    provider.version = "2024-05-31";
    const auto sent = encode({}, provider);
    EXPECT_THAT(sent.url, ::testing::EndsWith("?version=2024-05-31"));
    EXPECT_EQ(json::parse(sent.body)["space_id"], "space-1");
    EXPECT_FALSE(json::parse(sent.body).contains("project_id"));
}

TEST(WatsonxRequest, AsksForADeploymentWithoutModelOrProject) {
    const auto sent = encode({}, watsonx(), "deployment/my chat");
    EXPECT_EQ(
        sent.url,
        "https://us-south.ml.cloud.ibm.com/ml/v1/deployments/my%20chat/text/chat_stream"
        "?version=2025-10-25"
    );
    EXPECT_EQ(json::parse(sent.body), json::parse(R"({"messages":[]})"));
}

TEST(WatsonxRequest, NeverSendsTheApiKeyItself) {
    auto provider = watsonx();
    provider.bearer_token.clear();
    const auto sent = encode({}, provider);
    EXPECT_THAT(sent.headers, Not(Contains(HasSubstr("the-api-key"))));
    EXPECT_THAT(sent.headers, Not(Contains(HasSubstr("Authorization"))));
}

TEST(WatsonxRequest, PassesTheClientsTokenOnWhereItIsTold) {
    auto provider = watsonx();
    provider.client_key = true;
    call asked;
    asked.headers = {{"authorization", "Bearer theirs"}};
    EXPECT_THAT(encode(asked, provider).headers, Contains("Authorization: Bearer theirs"));
    EXPECT_EQ(make_watsonx_codec()->encode({}, provider, granite).error().status, 401);
}

TEST(WatsonxRequest, WritesAConversationWithToolsAndImages) {
    request wanted;
    wanted.messages = {
        said(role::developer, "Be brief."),
        message_of(
            role::user, {text_part{"What is it?"}, image_part{"data:image/png;base64,AA==", "low"}}
        ),
        called({reasoning_part{"hm"}}, {"c1", "weather", R"({"a":1})"}),
        tool_result("c1", "sunny")};
    EXPECT_EQ(body_of(wanted)["messages"], json::parse(R"([
            {"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"What is it?"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}]},
            {"role":"assistant","tool_calls":[{"id":"c1","type":"function",
                "function":{"name":"weather","arguments":"{\"a\":1}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"sunny"}])"));
}

TEST(WatsonxRequest, NamesTheToolOrTheOption) {
    request wanted;
    wanted.tools = {weather()};
    EXPECT_EQ(
        body_of(wanted)["tools"], json::parse(R"([{"type":"function","function":{"name":"weather",
            "description":"of a place","parameters":{"type":"object"}}}])")
    );
    wanted.tool_choice = {tool_choice::mode::required, ""};
    EXPECT_EQ(body_of(wanted)["tool_choice_option"], "required");
    wanted.tool_choice = {tool_choice::mode::none, ""};
    EXPECT_EQ(body_of(wanted)["tool_choice_option"], "none");
    wanted.tool_choice = {tool_choice::mode::automatic, ""};
    EXPECT_EQ(body_of(wanted)["tool_choice_option"], "auto");
    wanted.tool_choice = {tool_choice::mode::named, "weather"};
    const auto body = body_of(wanted);
    EXPECT_FALSE(body.contains("tool_choice_option"));
    EXPECT_EQ(
        body["tool_choice"], json::parse(R"({"type":"function","function":{"name":"weather"}})")
    );
}

TEST(WatsonxRequest, CarriesTheParameters) {
    request wanted;
    wanted.max_tokens = 7;
    wanted.temperature = 0.5;
    wanted.top_p = 0.25;
    wanted.choices = 2;
    wanted.seed = 3;
    wanted.stop = {"END"};
    wanted.logprobs = true;
    wanted.top_logprobs = 4;
    wanted.frequency_penalty = 0.5;
    wanted.presence_penalty = -0.5;
    wanted.response_format =
        response_format{response_format::form::json_schema, "shape", {{"type", "object"}}, true};
    auto body = body_of(wanted);
    body.erase("messages");
    body.erase("model_id");
    body.erase("project_id");
    EXPECT_EQ(
        body,
        json::parse(R"({"max_completion_tokens":7,"temperature":0.5,"top_p":0.25,"n":2,"seed":3,
            "stop":["END"],"logprobs":true,"top_logprobs":4,"frequency_penalty":0.5,
            "presence_penalty":-0.5,"response_format":{"type":"json_schema","json_schema":
                {"name":"shape","schema":{"type":"object"},"strict":true}}})")
    );
    wanted.response_format->kind = response_format::form::json_object;
    EXPECT_EQ(body_of(wanted)["response_format"], json::parse(R"({"type":"json_object"})"));
}

TEST(WatsonxRequest, AsksForThoughtsInEveryWayThatAModelMayKnow) {
    request wanted;
    EXPECT_FALSE(body_of(wanted).contains("include_reasoning"));
    wanted.reasoning.effort = "xhigh";
    auto body = body_of(wanted);
    EXPECT_EQ(body["reasoning_effort"], "high");
    EXPECT_EQ(body["include_reasoning"], true);
    EXPECT_EQ(body["chat_template_kwargs"], json::parse(R"({"thinking":true})"));
    wanted.reasoning.visible = false;
    EXPECT_EQ(body_of(wanted)["include_reasoning"], false);
    wanted.reasoning = wish_of_budget(100);
    wanted.reasoning.enabled = true;
    EXPECT_FALSE(body_of(wanted).contains("reasoning_effort"));
    EXPECT_THAT(encode(asking(wanted)).dropped, ElementsAre("reasoning_effort"));
}

TEST(WatsonxRequest, TurnsThoughtsOff) {
    reasoning_wish disabled;
    disabled.enabled = false;
    for (const auto& wish : {disabled, wish_of_effort("none"), wish_of_budget(0)}) {
        const auto body = body_of(with([&](request& wanted) { wanted.reasoning = wish; }));
        EXPECT_EQ(body["chat_template_kwargs"], json::parse(R"({"thinking":false})"));
        EXPECT_EQ(body["include_reasoning"], false);
        EXPECT_FALSE(body.contains("reasoning_effort"));
    }
}

TEST(WatsonxRequest, NamesWhatItLeavesOut) {
    request wanted;
    wanted.tools = {weather()};
    wanted.top_k = 5;
    wanted.user = "u";
    wanted.metadata = {{"a", "b"}};
    wanted.tools[0].strict = true;
    EXPECT_THAT(
        encode(asking(wanted)).dropped, UnorderedElementsAre("top_k", "user", "metadata", "strict")
    );
}

TEST(WatsonxRequest, RefusesWhatItCannotCarry) {
    const auto param_for = [](request wanted) {
        const auto refused = refusal(asking(std::move(wanted)));
        EXPECT_EQ(refused.status, 400);
        EXPECT_THAT(refused.message, HasSubstr("granite/ibm/granite-3-3-8b-instruct"));
        return refused.param;
    };
    const auto content = [&](role who, content_part part) {
        return param_for(with([&](request& wanted) {
            wanted.messages = {message_of(who, {std::move(part)})};
        }));
    };
    EXPECT_EQ(content(role::user, audio_part{"AA==", "wav"}), "messages");
    EXPECT_EQ(content(role::user, file_part{"f", "", ""}), "messages");
    EXPECT_EQ(content(role::user, image_part{"", "", "f"}), "messages");
    EXPECT_EQ(content(role::tool, image_part{"https://x.example/a.png", ""}), "messages");
    EXPECT_EQ(
        param_for(with([](request& wanted) {
            wanted.output_modalities = {"text", "audio"};
        })),
        "modalities"
    );
    const auto one_at_a_time = with([](request& wanted) {
        wanted.tools = {weather()};
        wanted.parallel_tool_calls = false;
    });
    EXPECT_EQ(param_for(one_at_a_time), "parallel_tool_calls");
    call hosted;
    hosted.untranslatable = {"tools[0]"};
    EXPECT_EQ(refusal(hosted).param, "tools[0]");
    call vectors;
    vectors.api = api::openai_embeddings;
    EXPECT_EQ(refusal(vectors).param, "input");
    call counting;
    counting.api = api::anthropic_count_tokens;
    EXPECT_EQ(refusal(counting).status, 404);
}

TEST(WatsonxRequest, IsValidWhateverBytesTheTextHas) {
    const auto body =
        encode(asking(with([](request& wanted) { wanted.messages = {said(role::user, "a\xFFz")}; }))
        ).body;
    EXPECT_EQ(json::parse(body)["messages"][0]["content"], "a\xEF\xBF\xBDz");
}

}  // namespace
}  // namespace sluice::upstream::testing
