#include "tests/upstream/anthropic_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using namespace anthropic;
using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(AnthropicRequest, ReplacesOnlyTheModelOfATransparentBody) {
    auto asked = messages_call();
    asked.body = R"({ "model" : "chat", "max_tokens":5, "x":1.50, "messages":[] })";
    const auto made = encoded(asked, "claude-x");
    EXPECT_EQ(made.body, R"({ "model" : "claude-x", "max_tokens":5, "x":1.50, "messages":[] })");
    EXPECT_EQ(made.url, "https://api.example.com/v1/messages");
    EXPECT_THAT(made.dropped, IsEmpty());
}

TEST(AnthropicRequest, KnowsTheAddressesHoweverTheBaseIsWritten) {
    auto provider = anthropic_provider();
    for (const char* base : {"", "https://api.anthropic.com", "https://api.anthropic.com/v1"}) {
        provider.base_url = base;
        EXPECT_EQ(
            encoded(messages_call(), "m", provider).url, "https://api.anthropic.com/v1/messages"
        );
    }
    EXPECT_EQ(
        encoded(messages_call(false, api::anthropic_count_tokens), "m", provider).url,
        "https://api.anthropic.com/v1/messages/count_tokens"
    );
}

TEST(AnthropicRequest, SendsItsOwnHeadersAndTheClientsVersionAndBetas) {
    auto asked = messages_call();
    asked.headers = {
        {"anthropic-version", "2024-01-01"},
        {"anthropic-beta", "a,b"},
        {"x-api-key", "the-clients-key"},
        {"cookie", "c"}};
    const auto headers = encoded(asked).headers;
    EXPECT_THAT(headers, Contains("anthropic-version: 2024-01-01"));
    EXPECT_THAT(headers, Contains("anthropic-beta: a,b"));
    EXPECT_THAT(headers, Contains("x-api-key: sk-secret-key"));
    EXPECT_THAT(headers, Contains("Accept: text/event-stream"));
    for (const auto& line : headers)
        EXPECT_THAT(line, Not(HasSubstr("client")));
    EXPECT_THAT(encoded(messages_call(false)).headers, Contains("Accept: application/json"));
}

TEST(AnthropicRequest, NamesTheVersionWhereTheClientDoesNot) {
    EXPECT_THAT(encoded(messages_call()).headers, Contains("anthropic-version: 2023-06-01"));
    auto provider = anthropic_provider();
    provider.version = "2025-01-01";
    EXPECT_THAT(
        encoded(messages_call(), "m", provider).headers, Contains("anthropic-version: 2025-01-01")
    );
    call other;
    other.request = asking();
    other.headers = {{"anthropic-version", "2024-01-01"}};
    EXPECT_THAT(encoded(other).headers, Contains("anthropic-version: 2023-06-01"));
}

TEST(AnthropicRequest, PassesTheClientsKeyOnInItsOwnHeader) {
    auto provider = anthropic_provider();
    provider.client_key = true;
    auto asked = messages_call();
    asked.headers = {{"authorization", "Bearer sk-ant-oat01-token"}};
    EXPECT_THAT(
        encoded(asked, "m", provider).headers, Contains("Authorization: Bearer sk-ant-oat01-token")
    );
    asked.headers = {{"authorization", "Bearer sk-ant-api03-key"}};
    EXPECT_THAT(encoded(asked, "m", provider).headers, Contains("x-api-key: sk-ant-api03-key"));
    asked.headers.clear();
    const auto result = make_anthropic_codec()->encode(asked, provider, "m");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().status, 401);
}

TEST(AnthropicRequest, TellsTheSystemApartAndMergesTurns) {
    const auto made = translated(asking(
        {said(role::system, "Be brief."),
         said(role::user, "a"),
         said(role::user, "b"),
         said(role::developer, "Be kind."),
         said(role::assistant, "c"),
         said(role::assistant, ""),
         said(role::user, " \n"),
         said(role::user, "d")}
    ));
    EXPECT_EQ(made.body["system"], "Be brief.\n\nBe kind.");
    EXPECT_EQ(made.body["stream"], true);
    EXPECT_EQ(made.body["model"], "claude-sonnet-4-5");
    EXPECT_EQ(made.body["messages"], json::parse(R"([
        {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
        {"role":"assistant","content":[{"type":"text","text":"c"}]},
        {"role":"user","content":[{"type":"text","text":"d"}]}])"));
}

TEST(AnthropicRequest, BeginsWithTheUser) {
    const auto greeting = turns({said(role::assistant, "Hello!"), said(role::user, "Hi.")});
    ASSERT_EQ(greeting.size(), 3U);
    EXPECT_EQ(greeting[0]["role"], "user");
    const auto silent = turns({said(role::system, "Write.")});
    ASSERT_EQ(silent.size(), 1U);
    EXPECT_EQ(silent[0]["role"], "user");
}

TEST(AnthropicRequest, TrimsTheEndOfAnAnswerThatIsToGoOn) {
    const auto told = turns({said(role::user, "a"), said(role::assistant, " It is \n")});
    EXPECT_EQ(told[1]["content"][0]["text"], " It is");
}

TEST(AnthropicRequest, AnswersAllCallsOfATurnTogetherAheadOfText) {
    auto failed = result_of("c2", "no such city");
    failed.failed = true;
    const auto told = turns(
        {said(role::user, "a"),
         called({{"c1", "look", R"({"x":1})"}, {"c2", "find", ""}}),
         said(role::user, "quick"),
         result_of("c1", "cat"),
         failed}
    );
    EXPECT_EQ(told[1], json::parse(R"({"role":"assistant","content":[
        {"type":"tool_use","id":"c1","name":"look","input":{"x":1}},
        {"type":"tool_use","id":"c2","name":"find","input":{}}]})"));
    EXPECT_EQ(told[2], json::parse(R"({"role":"user","content":[
        {"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"cat"}]},
        {"type":"tool_result","tool_use_id":"c2","is_error":true,
         "content":[{"type":"text","text":"no such city"}]},
        {"type":"text","text":"quick"}]})"));
}

TEST(AnthropicRequest, KeepsIdsValidAndMakesThoseThatAreMissing) {
    auto by_name = result_of("", "2");
    by_name.name = "g";
    const auto told = turns(
        {said(role::user, "a"),
         called({{"functions.f:0", "f", "{}"}}),
         result_of("functions.f:0", "1"),
         called({{"", "f", "{}"}, {"", "g", "{}"}}),
         by_name,
         result_of("", "1")}
    );
    EXPECT_EQ(told[1]["content"][0]["id"], "functions_f_0");
    EXPECT_EQ(told[2]["content"][0]["tool_use_id"], "functions_f_0");
    const auto& calls = told[3]["content"];
    EXPECT_NE(calls[0]["id"], calls[1]["id"]);
    EXPECT_EQ(told[4]["content"][0]["tool_use_id"], calls[1]["id"]);
    EXPECT_EQ(told[4]["content"][1]["tool_use_id"], calls[0]["id"]);
}

TEST(AnthropicRequest, PutsArgumentsThatAreNoObjectIntoOne) {
    const auto told = turns(
        {said(role::user, "a"),
         called({{"1", "f", "{\"x\":"}, {"2", "f", "null"}, {"3", "f", "[1]"}})}
    );
    EXPECT_EQ(told[1]["content"][0]["input"], json({{"INVALID_JSON", "{\"x\":"}}));
    EXPECT_EQ(told[1]["content"][1]["input"], json::object());
    EXPECT_EQ(told[1]["content"][2]["input"], json({{"INVALID_JSON", "[1]"}}));
}

TEST(AnthropicRequest, GivesItsOwnThoughtsBackAndNoOther) {
    using origin = reasoning_state::origin;
    using form = reasoning_state::form;
    message answer;
    answer.role = role::assistant;
    answer.content = {
        reasoning_part{"hm", reasoning_state{origin::anthropic, form::signature, "sig"}},
        reasoning_part{"", reasoning_state{origin::anthropic, form::redacted, "dark"}},
        reasoning_part{"foreign", reasoning_state{origin::gemini, form::signature, "g"}},
        reasoning_part{"unsigned"},
        text_part{"so"}};
    EXPECT_EQ(turns({said(role::user, "a"), answer})[1]["content"], json::parse(R"([
        {"type":"thinking","thinking":"hm","signature":"sig"},
        {"type":"redacted_thinking","data":"dark"},
        {"type":"text","text":"so"}])"));
}

TEST(AnthropicRequest, SendsImagesAndDocumentsByWhateverWayTheyCome) {
    EXPECT_EQ(
        block_for(image_part{"data:image/png;base64,AAAA", ""}),
        json::parse(
            R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}})"
        )
    );
    EXPECT_EQ(
        block_for(image_part{"https://a/b.png", ""})["source"],
        json({{"type", "url"}, {"url", "https://a/b.png"}})
    );
    file_part pdf;
    pdf.data = "data:application/pdf;base64,JVBE";
    pdf.name = "a.pdf";
    EXPECT_EQ(block_for(pdf), json::parse(R"({"type":"document","title":"a.pdf","source":
        {"type":"base64","media_type":"application/pdf","data":"JVBE"}})"));
    file_part text;
    text.data = "data:text/markdown;base64,SGVsbG8=";
    EXPECT_EQ(
        block_for(text)["source"],
        json({{"type", "text"}, {"media_type", "text/plain"}, {"data", "Hello"}})
    );
    file_part address;
    address.url = "https://a/b.pdf";
    EXPECT_EQ(block_for(address)["source"]["type"], "url");
}

TEST(AnthropicRequest, AsksForTheBetaWhereAFileIsNamed) {
    file_part kept;
    kept.id = "file_1";
    call asked;
    asked.request = with_part(kept);
    asked.headers = {{"anthropic-beta", "x"}};
    const auto made = encoded(asked);
    EXPECT_THAT(made.body, HasSubstr(R"({"file_id":"file_1","type":"file"})"));
    EXPECT_THAT(made.headers, Contains("anthropic-beta: x,files-api-2025-04-14"));
}

TEST(AnthropicRequest, PutsImagesIntoToolResults) {
    auto result = result_of("c1", "seen");
    result.content.emplace_back(image_part{"data:image/png;base64,AAAA", ""});
    const auto told = turns({said(role::user, "a"), called({{"c1", "f", "{}"}}), result});
    EXPECT_EQ(told[2]["content"][0]["content"][1]["type"], "image");
}

TEST(AnthropicRequest, RefusesPartsThatItHasNoFormFor) {
    file_part zip;
    zip.data = "data:application/zip;base64,AAAA";
    file_part stored;
    stored.url = "gs://bucket/a";
    const std::vector<content_part> parts{
        audio_part{"AAAA", "wav"}, image_part{"file:///a", ""}, zip, stored};
    for (const auto& part : parts) {
        const auto why = refused(with_part(part));
        EXPECT_EQ(why.status, 400);
        EXPECT_EQ(why.param, "messages");
        EXPECT_THAT(why.message, HasSubstr("'upstream/claude-sonnet-4-5' takes"));
    }
}

TEST(AnthropicRequest, TellsToolsAndTheChoiceOfThem) {
    auto asked = asking();
    asked.tools = {
        {"look", "sees", {{"type", "object"}, {"properties", json::object()}}, true},
        {"now", "", nullptr, {}}};
    asked.tool_choice = tool_choice{tool_choice::mode::named, "look"};
    asked.parallel_tool_calls = false;
    const auto body = translated(asked).body;
    EXPECT_EQ(body["tools"], json::parse(R"([
        {"name":"look","description":"sees","strict":true,
         "input_schema":{"type":"object","properties":{}}},
        {"name":"now","input_schema":{"type":"object"}}])"));
    EXPECT_EQ(body["tool_choice"], json::parse(R"({"type":"tool","name":"look",
        "disable_parallel_tool_use":true})"));
    const auto choice = [&](std::optional<tool_choice> how) {
        asked.tool_choice = std::move(how);
        return translated(asked).body.value("tool_choice", json());
    };
    using mode = tool_choice::mode;
    EXPECT_EQ(choice(tool_choice{mode::none, ""}), json({{"type", "none"}}));
    EXPECT_EQ(choice({})["disable_parallel_tool_use"], true);
    asked.parallel_tool_calls.reset();
    EXPECT_EQ(choice(tool_choice{mode::required, ""}), json({{"type", "any"}}));
    EXPECT_EQ(choice(tool_choice{mode::automatic, ""}), json({{"type", "auto"}}));
    EXPECT_EQ(choice({}), json());
    EXPECT_THAT(translated(asked, "claude-3-5-haiku").dropped, ElementsAre("strict"));
}

TEST(AnthropicRequest, AsksForASchemaAndRefusesJsonWithoutOne) {
    auto asked = asking();
    response_format format;
    format.kind = response_format::form::json_schema;
    format.schema =
        json::parse(R"({"type":"object","properties":{"a":{"type":"object","properties":{}}}})");
    asked.response_format = format;
    EXPECT_EQ(translated(asked).body["output_config"]["format"], json::parse(R"({
        "type":"json_schema","schema":{"type":"object","additionalProperties":false,
        "properties":{"a":{"type":"object","properties":{},"additionalProperties":false}}}})"));
    EXPECT_EQ(refused(asked, "claude-3-5-sonnet-20241022").param, "response_format");
    asked.response_format->kind = response_format::form::json_object;
    asked.response_format->schema = nullptr;
    EXPECT_EQ(refused(asked).param, "response_format");
}

TEST(AnthropicRequest, AlwaysSaysHowLongTheAnswerMayBe) {
    auto asked = asking();
    EXPECT_EQ(translated(asked).body["max_tokens"], 32000);
    EXPECT_EQ(translated(asked, "claude-3-haiku-20240307").body["max_tokens"], 4096);
    EXPECT_EQ(translated(asked, "kimi-k2").body["max_tokens"], 8192);
    asked.max_tokens = 7;
    EXPECT_EQ(translated(asked).body["max_tokens"], 7);
}

TEST(AnthropicRequest, ClampsAndDropsWhatOnlyTunes) {
    auto asked = asking();
    asked.temperature = 1.7;
    asked.top_k = 5;
    asked.seed = 1;
    asked.frequency_penalty = 0.5;
    asked.presence_penalty = 0;
    asked.user = "u";
    asked.stop = {"END"};
    const auto made = translated(asked, "claude-sonnet-4-0");
    EXPECT_EQ(made.body["temperature"], 1.0);
    EXPECT_EQ(made.body["top_k"], 5);
    EXPECT_EQ(made.body["metadata"], json({{"user_id", "u"}}));
    EXPECT_EQ(made.body["stop_sequences"], json({"END"}));
    EXPECT_THAT(made.dropped, ElementsAre("temperature", "seed", "frequency_penalty"));
}

TEST(AnthropicRequest, KnowsWhichModelsTakeNoSampling) {
    auto asked = asking();
    asked.temperature = 0.5;
    asked.top_p = 0.5;
    EXPECT_THAT(translated(asked, "claude-sonnet-4-20250514").dropped, IsEmpty());
    EXPECT_THAT(translated(asked, "claude-opus-4-1-20250805").dropped, ElementsAre("top_p"));
    const auto newest = translated(asked, "claude-opus-4-7");
    EXPECT_THAT(newest.dropped, ElementsAre("temperature", "top_p"));
    EXPECT_FALSE(newest.body.contains("temperature"));
}

TEST(AnthropicRequest, RefusesWhatWouldChangeTheMeaning) {
    const auto param = [](auto change) {
        auto asked = asking();
        change(asked);
        return refused(asked).param;
    };
    EXPECT_EQ(param([](auto& asked) { asked.choices = 2; }), "n");
    EXPECT_EQ(param([](auto& asked) { asked.logprobs = true; }), "logprobs");
    EXPECT_EQ(param([](auto& asked) { asked.stop = {"\n"}; }), "stop");
    EXPECT_EQ(
        param([](auto& asked) {
            asked.output_modalities = {"text", "audio"};
        }),
        "modalities"
    );
    call embedding;
    embedding.api = api::openai_embeddings;
    const auto result = make_anthropic_codec()->encode(embedding, anthropic_provider(), "m");
    ASSERT_FALSE(result.has_value());
    EXPECT_THAT(result.error().message, HasSubstr("makes no embeddings"));
    call hosted;
    hosted.request = asking();
    hosted.untranslatable = {"tools[1]"};
    EXPECT_EQ(
        make_anthropic_codec()->encode(hosted, anthropic_provider(), "m").error().param, "tools[1]"
    );
}

}  // namespace
}  // namespace sluice::upstream::testing
