#include "tests/upstream/codec_run.hpp"
#include "tests/upstream/request_parts.hpp"
#include "upstream/providers/cohere.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

provider_settings cohere() {
    auto provider = plain_provider();
    provider.kind = provider_settings::protocol::cohere;
    provider.base_url = "https://api.cohere.com";
    return provider;
}

call asking(request wanted) {
    call asked;
    asked.request = std::move(wanted);
    return asked;
}

http_request encode(request wanted) {
    const auto result =
        make_cohere_codec()->encode(asking(std::move(wanted)), cohere(), "command-a");
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.has_value() ? *result : http_request();
}

json body_of(request wanted) {
    return json::parse(encode(std::move(wanted)).body);
}

std::string refused(request wanted) {
    const auto result =
        make_cohere_codec()->encode(asking(std::move(wanted)), cohere(), "command-a");
    EXPECT_FALSE(result.has_value());
    if (result.has_value()) return {};
    EXPECT_EQ(result.error().status, 400);
    return result.error().param;
}

tool named(std::string_view name) {
    return {.name = std::string(name), .description = {}, .parameters = nullptr, .strict = {}};
}

TEST(CohereRequest, AsksForAStreamedChat) {
    const auto sent =
        encode(with([](request& wanted) { wanted.messages = {said(role::user, "hello")}; }));
    EXPECT_EQ(sent.url, "https://api.cohere.com/v2/chat");
    EXPECT_EQ(
        json::parse(sent.body),
        json::parse(
            R"({"model":"command-a","stream":true,"messages":[{"role":"user","content":"hello"}]})"
        )
    );
    EXPECT_THAT(
        sent.headers,
        UnorderedElementsAre(
            "Content-Type: application/json",
            "Accept: text/event-stream",
            "Authorization: Bearer sk-secret-key"
        )
    );
    EXPECT_THAT(sent.dropped, IsEmpty());
}

TEST(CohereRequest, WritesAConversationWithToolsAndImages) {
    request wanted;
    wanted.messages = {
        said(role::developer, "Be brief."),
        message_of(
            role::user, {text_part{"What is it?"}, image_part{"https://x.example/a.png", "low"}}
        ),
        called({reasoning_part{"I look."}}, {"c1", "look", ""}),
        tool_result("c1", "a cat"),
        message_of(role::assistant, {reasoning_part{"So."}, text_part{"A cat."}})};
    EXPECT_EQ(body_of(wanted)["messages"], json::parse(R"([
            {"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"What is it?"},
                {"type":"image_url","image_url":{"url":"https://x.example/a.png","detail":"low"}}]},
            {"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"c1","type":"function",
                "function":{"name":"look","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"a cat"},
            {"role":"assistant","content":"A cat."}])"));
}

TEST(CohereRequest, GivesEveryToolASchema) {
    auto add = named("add");
    add.description = "adds";
    add.parameters = {{"type", "object"}, {"required", {"x"}}};
    EXPECT_EQ(
        body_of(with([&](request& wanted) {
            wanted.tools = {named("now"), add};
        }))["tools"],
        json::parse(R"([
            {"type":"function","function":{"name":"now",
                "parameters":{"type":"object","properties":{}}}},
            {"type":"function","function":{"name":"add","description":"adds",
                "parameters":{"type":"object","required":["x"]}}}])")
    );
}

TEST(CohereRequest, ChoosesToolsInItsOwnWords) {
    request wanted;
    wanted.tools = {named("a"), named("b")};
    wanted.tool_choice = {tool_choice::mode::automatic, ""};
    EXPECT_FALSE(body_of(wanted).contains("tool_choice"));
    wanted.tool_choice = {tool_choice::mode::none, ""};
    EXPECT_EQ(body_of(wanted)["tool_choice"], "NONE");
    wanted.tool_choice = {tool_choice::mode::required, ""};
    EXPECT_EQ(body_of(wanted)["tool_choice"], "REQUIRED");
    EXPECT_EQ(body_of(wanted)["tools"].size(), 2U);
    wanted.tool_choice = {tool_choice::mode::named, "b"};
    const auto body = body_of(wanted);
    EXPECT_EQ(body["tool_choice"], "REQUIRED");
    ASSERT_EQ(body["tools"].size(), 1U);
    EXPECT_EQ(body["tools"][0]["function"]["name"], "b");
    wanted.tool_choice = {tool_choice::mode::named, "c"};
    EXPECT_EQ(refused(wanted), "tool_choice");
}

TEST(CohereRequest, CarriesTheParameters) {
    request wanted;
    wanted.max_tokens = 7;
    wanted.temperature = 0.5;
    wanted.top_p = 0.25;
    wanted.top_k = 12;
    wanted.seed = 3;
    wanted.stop = {"END"};
    wanted.logprobs = true;
    wanted.frequency_penalty = 0.5;
    wanted.presence_penalty = 0.25;
    auto body = body_of(wanted);
    body.erase("messages");
    EXPECT_EQ(
        body,
        json::parse(R"({"model":"command-a","stream":true,"max_tokens":7,"temperature":0.5,"p":0.25,
            "k":12,"seed":3,"stop_sequences":["END"],"logprobs":true,"frequency_penalty":0.5,
            "presence_penalty":0.25})")
    );
}

TEST(CohereRequest, KeepsParametersWithinTheirRanges) {
    const auto body = body_of(with([](request& wanted) {
        wanted.top_p = 1.0;
        wanted.frequency_penalty = 2.0;
        wanted.presence_penalty = -1.0;
        wanted.top_k = 1000;
    }));
    EXPECT_EQ(body["p"], 0.99);
    EXPECT_EQ(body["k"], 500);
    EXPECT_EQ(body["frequency_penalty"], 1.0);
    EXPECT_EQ(body["presence_penalty"], 0.0);
}

TEST(CohereRequest, AsksForJson) {
    request wanted;
    wanted.response_format = response_format{response_format::form::json_object, "", nullptr, {}};
    EXPECT_EQ(body_of(wanted)["response_format"], json::parse(R"({"type":"json_object"})"));
    wanted.response_format =
        response_format{response_format::form::json_schema, "x", {{"type", "object"}}, true};
    EXPECT_EQ(
        body_of(wanted)["response_format"],
        json::parse(R"({"type":"json_object","json_schema":{"type":"object"}})")
    );
}

TEST(CohereRequest, AsksForThoughts) {
    const auto encoded = [](reasoning_wish wish) {
        return encode(with([&](request& wanted) { wanted.reasoning = std::move(wish); }));
    };
    const auto thinking = [&](reasoning_wish wish) {
        return json::parse(encoded(std::move(wish)).body).value("thinking", json());
    };
    EXPECT_EQ(thinking({}), json());
    EXPECT_EQ(
        thinking(wish_of_budget(100)), json::parse(R"({"type":"enabled","token_budget":100})")
    );
    EXPECT_EQ(thinking(wish_of_effort("none")), json::parse(R"({"type":"disabled"})"));
    const auto sent = encoded(wish_of_effort("high"));
    EXPECT_EQ(json::parse(sent.body)["thinking"], json::parse(R"({"type":"enabled"})"));
    EXPECT_THAT(sent.dropped, ElementsAre("reasoning_effort"));
}

TEST(CohereRequest, NamesWhatItLeavesOut) {
    request wanted;
    wanted.tools = {named("a")};
    wanted.user = "u";
    wanted.metadata = {{"a", "b"}};
    wanted.tools[0].strict = true;
    EXPECT_THAT(encode(wanted).dropped, UnorderedElementsAre("user", "metadata", "strict"));
}

TEST(CohereRequest, RefusesWhatItCannotCarry) {
    const auto refused_for = [](auto set) { return refused(with(set)); };
    EXPECT_EQ(refused_for([](request& wanted) { wanted.choices = 2; }), "n");
    EXPECT_EQ(refused_for([](request& wanted) { wanted.top_logprobs = 2; }), "top_logprobs");
    EXPECT_EQ(
        refused_for([](request& wanted) {
            wanted.stop = {"1", "2", "3", "4", "5", "6"};
        }),
        "stop"
    );
    EXPECT_EQ(
        refused_for([](request& wanted) { wanted.output_modalities = {"audio"}; }), "modalities"
    );
    const auto one_at_a_time = [](request& wanted) {
        wanted.tools = {named("a")};
        wanted.parallel_tool_calls = false;
    };
    EXPECT_EQ(refused_for(one_at_a_time), "parallel_tool_calls");
    const auto spoken = [](request& wanted) {
        wanted.messages = {message_of(role::user, {audio_part{"AA==", "wav"}})};
    };
    EXPECT_EQ(refused_for(spoken), "messages");
}

}  // namespace
}  // namespace sluice::upstream::testing
