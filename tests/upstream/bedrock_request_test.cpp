#include "tests/upstream/bedrock_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using origin = reasoning_state::origin;
using form = reasoning_state::form;
using mode = tool_choice::mode;

constexpr std::string_view claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
constexpr std::string_view nova = "amazon.nova-lite-v1:0";
constexpr std::string_view llama = "meta.llama3-3-70b-instruct-v1:0";

http_request encode(
    const call& asked,
    std::string_view model = claude,
    const provider_settings& provider = bedrock_provider()
) {
    const auto result = make_bedrock_codec(signing_time)->encode(asked, provider, model);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.has_value() ? *result : http_request();
}

message said(role role, const std::string& text) {
    message made;
    made.role = role;
    made.content.emplace_back(text_part{text});
    return made;
}

call asking(const std::string& text = "hi") {
    call made;
    made.request.messages.push_back(said(role::user, text));
    return made;
}

json body_of(const call& asked, std::string_view model = claude) {
    return json::parse(encode(asked, model).body);
}

failure refused(const call& asked, std::string_view model = claude) {
    const auto result = make_bedrock_codec(signing_time)->encode(asked, bedrock_provider(), model);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? failure() : result.error();
}

call with_tool(tool_choice::mode how, const std::string& name = {}) {
    auto asked = asking();
    asked.request.tools = {{"look", "sees", json{{"type", "object"}}, {}}};
    asked.request.tool_choice = tool_choice{how, name};
    return asked;
}

/// A user's question, a call, and its result.
call with_calls() {
    auto asked = asking("what is this?");
    message assistant;
    assistant.role = role::assistant;
    assistant.tool_calls = {{"call|1", "look", R"({"x":1})"}, {"call_2", "wait", ""}};
    asked.request.messages.push_back(assistant);
    auto result = said(role::tool, "a cat");
    result.tool_call_id = "call|1";
    asked.request.messages.push_back(result);
    result.tool_call_id = "call_2";
    result.failed = true;
    asked.request.messages.push_back(result);
    asked.request.messages.push_back(said(role::user, "and?"));
    return asked;
}

TEST(BedrockRequest, NamesTheModelInItsAddress) {
    EXPECT_EQ(
        encode(asking()).url,
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
        "eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    );
    auto provider = bedrock_provider();
    provider.base_url = "http://127.0.0.1:9000/proxy";
    EXPECT_EQ(
        encode(asking(), "arn:aws:bedrock:x:1:inference-profile/p", provider).url,
        "http://127.0.0.1:9000/proxy/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Ainference-profile%2Fp/"
        "converse-stream"
    );
}

TEST(BedrockRequest, IsSigned) {
    auto provider = bedrock_provider();
    provider.session_token = "temporary";
    provider.headers = {{"Authorization", "mine"}, {"X-Team", "a"}};
    const auto headers = encode(asking(), claude, provider).headers;
    EXPECT_THAT(headers, Contains("X-Amz-Date: 20150830T123600Z"));
    EXPECT_THAT(headers, Contains("X-Amz-Security-Token: temporary"));
    EXPECT_THAT(headers, Contains("X-Team: a"));
    EXPECT_THAT(headers, Contains("Accept: application/vnd.amazon.eventstream"));
    EXPECT_THAT(
        headers,
        Contains(StartsWith("Authorization: AWS4-HMAC-SHA256 "
                            "Credential=AKIDEXAMPLE/20150830/eu-west-1/bedrock/aws4_request, "
                            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
                            "Signature="))
    );
    EXPECT_THAT(headers, Not(Contains(HasSubstr("wJalrXUtnFEMI"))));
}

TEST(BedrockRequest, TakesAKeyInPlaceOfASignature) {
    auto provider = bedrock_provider();
    provider.api_key = "bedrock-api-key";
    const auto headers = encode(asking(), claude, provider).headers;
    EXPECT_THAT(headers, Contains("Authorization: Bearer bedrock-api-key"));
    EXPECT_THAT(headers, Not(Contains(HasSubstr("X-Amz-Date"))));
}

TEST(BedrockRequest, LetsRolesAlternate) {
    auto asked = with_calls();
    asked.request.messages.insert(asked.request.messages.begin(), said(role::system, "be brief"));
    asked.request.messages.push_back(said(role::developer, "be kind"));
    asked.request.messages.push_back(said(role::user, " \n"));
    const auto body = body_of(asked);
    EXPECT_EQ(body["system"], json::parse(R"([{"text":"be brief"},{"text":"be kind"}])"));
    EXPECT_EQ(body["messages"], json::parse(R"([
        {"role":"user","content":[{"text":"what is this?"}]},
        {"role":"assistant","content":[
            {"toolUse":{"toolUseId":"call_1","name":"look","input":{"x":1}}},
            {"toolUse":{"toolUseId":"call_2","name":"wait","input":{}}}]},
        {"role":"user","content":[
            {"toolResult":{"toolUseId":"call_1","content":[{"text":"a cat"}]}},
            {"toolResult":{"toolUseId":"call_2","content":[{"text":"a cat"}],"status":"error"}},
            {"text":"and?"}]}])"));
}

TEST(BedrockRequest, DefinesTheToolsThatTheConversationCalls) {
    auto asked = with_calls();
    EXPECT_EQ(body_of(asked, nova)["toolConfig"], json::parse(R"({"tools":[
        {"toolSpec":{"name":"look","inputSchema":{"json":{"type":"object"}}}},
        {"toolSpec":{"name":"wait","inputSchema":{"json":{"type":"object"}}}}]})"));
    asked.request.tools = {{"look", "sees", json{{"type", "object"}, {"properties", {}}}, {}}};
    const auto tools = body_of(asked, nova)["toolConfig"]["tools"];
    ASSERT_EQ(tools.size(), 2U);
    EXPECT_EQ(tools[0]["toolSpec"]["description"], "sees");
    EXPECT_EQ(tools[1]["toolSpec"]["name"], "wait");
}

TEST(BedrockRequest, TellsTheChoiceOfTools) {
    EXPECT_FALSE(body_of(with_tool(mode::automatic))["toolConfig"].contains("toolChoice"));
    EXPECT_EQ(
        body_of(with_tool(mode::required))["toolConfig"]["toolChoice"], json::parse(R"({"any":{}})")
    );
    EXPECT_EQ(
        body_of(with_tool(mode::named, "look"))["toolConfig"]["toolChoice"],
        json::parse(R"({"tool":{"name":"look"}})")
    );
    EXPECT_FALSE(body_of(with_tool(mode::none)).contains("toolConfig"));
}

TEST(BedrockRequest, TellsClaudeWhatConverseHasNoWordFor) {
    auto none = with_calls();
    none.request.tool_choice = tool_choice{mode::none, ""};
    EXPECT_EQ(
        body_of(none)["additionalModelRequestFields"]["tool_choice"],
        json::parse(R"({"type":"none"})")
    );
    EXPECT_EQ(refused(none, nova).param, "tool_choice");
    auto single = with_tool(mode::required);
    single.request.parallel_tool_calls = false;
    const auto body = body_of(single);
    EXPECT_EQ(
        body["additionalModelRequestFields"]["tool_choice"],
        json::parse(R"({"type":"any","disable_parallel_tool_use":true})")
    );
    EXPECT_FALSE(body["toolConfig"].contains("toolChoice"));
    EXPECT_EQ(refused(single, nova).param, "parallel_tool_calls");
}

TEST(BedrockRequest, TellsImagesDocumentsAndSounds) {
    auto asked = asking();
    auto& parts = asked.request.messages[0].content;
    parts.emplace_back(image_part{"data:image/jpeg;base64,AAAA", "low"});
    parts.emplace_back(image_part{"s3://bucket/a.png", ""});
    parts.emplace_back(file_part{"", "data:application/pdf;base64,BBBB", "q1_report  (v2).pdf"});
    parts.emplace_back(file_part{"", "data:text/plain;base64,CCCC", ""});
    parts.emplace_back(audio_part{"DDDD", "wav"});
    parts.emplace_back(file_part{"", "", "", "s3://bucket/film.mp4", "video/mp4"});
    EXPECT_EQ(body_of(asked)["messages"][0]["content"], json::parse(R"([
        {"text":"hi"},
        {"image":{"format":"jpeg","source":{"bytes":"AAAA"}}},
        {"image":{"format":"png","source":{"s3Location":{"uri":"s3://bucket/a.png"}}}},
        {"document":{"format":"pdf","name":"q1 report (v2) 4","source":{"bytes":"BBBB"}}},
        {"document":{"format":"txt","name":"document 5","source":{"bytes":"CCCC"}}},
        {"audio":{"format":"wav","source":{"bytes":"DDDD"}}},
        {"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://bucket/film.mp4"}}}}])"));
}

TEST(BedrockRequest, GivesThoughtsBackToTheirMakerOnly) {
    auto asked = asking();
    message answer;
    answer.role = role::assistant;
    const auto thought = [&](const std::string& text,
                             origin from,
                             form how,
                             const std::string& data,
                             const std::string& id = {}) {
        answer.content.emplace_back(reasoning_part{text, reasoning_state{from, how, data, id}});
    };
    thought("Hm", origin::anthropic, form::signature, "sig==");
    thought("", origin::anthropic, form::redacted, "EtkECg==");
    thought("", origin::other, form::redacted, "AAEC", "bedrock");
    thought("no", origin::gemini, form::signature, "x");
    thought("", origin::openai_responses, form::encrypted, "y");
    answer.content.emplace_back(reasoning_part{"unsigned"});
    answer.content.emplace_back(text_part{"hello"});
    asked.request.messages.push_back(answer);
    EXPECT_EQ(body_of(asked)["messages"][1]["content"], json::parse(R"([
        {"reasoningContent":{"reasoningText":{"text":"Hm","signature":"sig=="}}},
        {"reasoningContent":{"redactedContent":"RXRrRUNnPT0="}},
        {"reasoningContent":{"redactedContent":"AAEC"}},
        {"text":"hello"}])"));
    EXPECT_EQ(body_of(asked, nova)["messages"][1]["content"], json::parse(R"([
        {"reasoningContent":{"redactedContent":"AAEC"}},
        {"text":"hello"}])"));
}

TEST(BedrockRequest, TellsLengthSamplingAndStop) {
    auto asked = asking();
    asked.request.max_tokens = 9;
    asked.request.temperature = 1.5;
    asked.request.top_p = 0.25;
    asked.request.top_k = 3;
    asked.request.stop = {"END"};
    const auto body = body_of(asked, nova);
    EXPECT_EQ(
        body["inferenceConfig"],
        json::parse(R"({"maxTokens":9,"temperature":1.0,"topP":0.25,"stopSequences":["END"]})")
    );
    EXPECT_EQ(
        body["additionalModelRequestFields"], json::parse(R"({"inferenceConfig":{"topK":3}})")
    );
    EXPECT_THAT(encode(asked, nova).dropped, ElementsAre("temperature"));
    // Newer Claude models take one of the two.
    EXPECT_FALSE(body_of(asked)["inferenceConfig"].contains("topP"));
    EXPECT_EQ(body_of(asked)["additionalModelRequestFields"], json({{"top_k", 3}}));
    EXPECT_THAT(encode(asked).dropped, ElementsAre("temperature", "top_p"));
    EXPECT_THAT(encode(asked, llama).dropped, ElementsAre("temperature", "top_k"));
    EXPECT_FALSE(body_of(asking(), nova).contains("inferenceConfig"));
}

TEST(BedrockRequest, LetsClaudeWriteAsMuchAsItCan) {
    // Left to itself, Converse cuts its answers.
    EXPECT_EQ(body_of(asking())["inferenceConfig"], json({{"maxTokens", 32000}}));
    const auto haiku = body_of(asking(), "anthropic.claude-3-haiku-20240307-v1:0");
    EXPECT_EQ(haiku["inferenceConfig"]["maxTokens"], 4096);
    auto asked = asking();
    asked.request.max_tokens = 7;
    EXPECT_EQ(body_of(asked)["inferenceConfig"]["maxTokens"], 7);
    asked = asking();
    asked.request.reasoning.effort = "high";
    const auto body = body_of(asked);
    EXPECT_EQ(body["additionalModelRequestFields"]["thinking"]["budget_tokens"], 16384);
    EXPECT_EQ(body["inferenceConfig"]["maxTokens"], 32000 + 16384);
}

TEST(BedrockRequest, BeginsWithTheUser) {
    const auto messages_of = [](std::vector<message> messages) {
        auto asked = call();
        asked.request.messages = std::move(messages);
        return body_of(asked, nova)["messages"];
    };
    const auto greeting = messages_of({said(role::assistant, "Hello!"), said(role::user, "Hi.")});
    ASSERT_EQ(greeting.size(), 3U);
    EXPECT_EQ(greeting[0], json::parse(R"({"role":"user","content":[{"text":"."}]})"));
    EXPECT_EQ(greeting[1]["role"], "assistant");
    const auto silent = messages_of({said(role::system, "Write.")});
    ASSERT_EQ(silent.size(), 1U);
    EXPECT_EQ(silent[0], greeting[0]);
}

TEST(BedrockRequest, TrimsTheEndOfAnAnswerThatIsToGoOn) {
    auto asked = asking(" a ");
    asked.request.messages.push_back(said(role::assistant, " It is \n"));
    const auto messages = body_of(asked)["messages"];
    EXPECT_EQ(messages[0]["content"][0]["text"], " a ");
    EXPECT_EQ(messages[1]["content"][0]["text"], " It is");
}

TEST(BedrockRequest, TellsASchema) {
    auto asked = asking();
    asked.request.response_format =
        response_format{response_format::form::json_schema, "city", json{{"type", "object"}}, true};
    EXPECT_EQ(
        body_of(asked, nova)["outputConfig"], json::parse(R"({"textFormat":{"type":"json_schema",
        "structure":{"jsonSchema":{"name":"city","schema":"{\"type\":\"object\"}"}}}})")
    );
    asked.request.response_format = response_format{response_format::form::json_object, "", {}, {}};
    EXPECT_EQ(refused(asked).param, "response_format");
}

TEST(BedrockRequest, ForbidsClaudeWhatASchemaDoesNotName) {
    auto asked = asking();
    asked.request.response_format = response_format{
        response_format::form::json_schema,
        "city",
        json::parse(R"({"type":"object","properties":{
            "at":{"type":["object","null"]},"name":{"type":"string"}}})"),
        true};
    const auto told = body_of(asked)["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    EXPECT_EQ(
        json::parse(told["schema"].get<std::string>()),
        json::parse(R"({"type":"object","additionalProperties":false,"properties":{
            "at":{"type":["object","null"],"additionalProperties":false},
            "name":{"type":"string"}}})")
    );
}

TEST(BedrockRequest, TellsHowMuchToThinkInTheModelsOwnWords) {
    auto asked = asking();
    asked.request.reasoning.budget = 2000;
    asked.request.temperature = 0.5;
    auto body = body_of(asked);
    EXPECT_EQ(
        body["additionalModelRequestFields"],
        json::parse(R"({"thinking":{"type":"enabled","budget_tokens":2000}})")
    );
    EXPECT_FALSE(body["inferenceConfig"].contains("temperature"));
    EXPECT_THAT(encode(asked).dropped, ElementsAre("temperature"));

    asked = asking();
    asked.request.reasoning.effort = "high";
    EXPECT_EQ(
        body_of(asked, "amazon.nova-2-lite-v1:0")["additionalModelRequestFields"],
        json::parse(R"({"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}})")
    );
    EXPECT_EQ(
        body_of(asked, "openai.gpt-oss-120b-1:0")["additionalModelRequestFields"],
        json::parse(R"({"reasoning_effort":"high"})")
    );
    EXPECT_THAT(encode(asked, llama).dropped, ElementsAre("reasoning_effort"));
}

TEST(BedrockRequest, DoesNotThinkWhereClaudeCouldNot) {
    auto forced = with_tool(mode::required);
    forced.request.reasoning.effort = "low";
    EXPECT_FALSE(body_of(forced).contains("additionalModelRequestFields"));
    EXPECT_THAT(encode(forced).dropped, ElementsAre("reasoning_effort"));
}

TEST(BedrockRequest, PausesThinkingWhereItsEarlierThoughtsAreLost) {
    constexpr std::string_view newest = "anthropic.claude-opus-4-7-v1:0";
    auto asked = with_calls();
    asked.request.messages.pop_back();
    asked.request.reasoning.effort = "low";
    const auto thinks = [&](std::string_view model) {
        return body_of(asked, model)["additionalModelRequestFields"].contains("thinking");
    };
    EXPECT_FALSE(thinks(claude));
    EXPECT_THAT(encode(asked).dropped, ElementsAre("reasoning_effort"));
    EXPECT_TRUE(thinks(newest));
    // A budget that becomes an effort needs no earlier thoughts either.
    asked.request.reasoning = {};
    asked.request.reasoning.budget = 2000;
    EXPECT_FALSE(thinks("anthropic.claude-opus-4-6-v1:0"));
    EXPECT_TRUE(thinks(newest));
    // Words behind the results do not end the turn.
    asked.request.messages.push_back(said(role::user, "and?"));
    EXPECT_FALSE(thinks(claude));
    asked.request.messages.push_back(said(role::assistant, "a cat"));
    asked.request.messages.push_back(said(role::user, "sure?"));
    EXPECT_TRUE(thinks(claude));
    asked.request.messages.resize(4);
    asked.request.messages[1].content.emplace_back(reasoning_part{
        "hm", reasoning_state{origin::anthropic, form::signature, "sig", ""}});
    EXPECT_TRUE(thinks(claude));
}

TEST(BedrockRequest, RefusesWhatWouldMeanSomethingElse) {
    const auto changed = [](auto change) {
        auto asked = asking();
        change(asked.request);
        return refused(asked).param;
    };
    EXPECT_EQ(changed([](request& r) { r.choices = 2; }), "n");
    EXPECT_EQ(changed([](request& r) { r.logprobs = true; }), "logprobs");
    EXPECT_EQ(changed([](request& r) { r.output_modalities = {"image"}; }), "modalities");
    for (const content_part& part : std::vector<content_part>{
             image_part{"https://a/b.png", ""},
             image_part{"data:image/tiff;base64,AA", ""},
             file_part{"file-1", "", "a.pdf"},
             audio_part{"AAAA", "pcm16"}}) {
        EXPECT_EQ(changed([&](request& r) { r.messages[0].content.push_back(part); }), "messages");
    }
    auto asked = asking();
    asked.untranslatable = {"previous_response_id"};
    EXPECT_EQ(refused(asked).param, "previous_response_id");
    asked = {};
    asked.embedding.emplace();
    EXPECT_EQ(refused(asked).param, "input");
    asked = {};
    asked.api = api::anthropic_count_tokens;
    EXPECT_EQ(refused(asked).status, 404);
}

TEST(BedrockRequest, NamesWhatIsLeftOut) {
    auto asked = asking();
    asked.request.seed = 1;
    asked.request.frequency_penalty = 0.5;
    asked.request.presence_penalty = 0.5;
    asked.request.user = "ann";
    asked.request.metadata = {{"a", "b"}};
    EXPECT_THAT(
        encode(asked).dropped,
        ElementsAre("seed", "frequency_penalty", "presence_penalty", "user", "metadata")
    );
}

TEST(BedrockRequest, MakesIdsFitTheSameWayEachTime) {
    auto asked = with_calls();
    const std::string id = std::string(70, 'a') + "#end";
    asked.request.messages[1].tool_calls[0].id = id;
    asked.request.messages[2].tool_call_id = id;
    const auto messages = body_of(asked)["messages"];
    const auto sent = messages[1]["content"][0]["toolUse"]["toolUseId"].get<std::string>();
    EXPECT_EQ(sent, std::string(60, 'a') + "_end");
    EXPECT_EQ(messages[2]["content"][0]["toolResult"]["toolUseId"], sent);
}

}  // namespace
}  // namespace sluice::upstream::testing
