#include "tests/upstream/responses_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

message said(role by, std::string text) {
    message made;
    made.role = by;
    made.content.emplace_back(text_part{std::move(text)});
    return made;
}

call asking(request request) {
    call asked;
    asked.request = std::move(request);
    if (asked.request.messages.empty()) asked.request.messages.push_back(said(role::user, "hi"));
    return asked;
}

http_request encode(
    const call& asked,
    const provider_settings& provider = responses_provider(),
    std::string_view model = "gpt-5"
) {
    const auto result = make_openai_responses_codec()->encode(asked, provider, model);
    EXPECT_TRUE(result.has_value());
    return result.has_value() ? *result : http_request();
}

json translated(request request, std::string_view model = "gpt-5") {
    return json::parse(encode(asking(std::move(request)), responses_provider(), model).body);
}

failure refused(const call& asked) {
    const auto result = make_openai_responses_codec()->encode(asked, responses_provider(), "gpt-5");
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? failure() : result.error();
}

TEST(OpenAiResponsesRequest, ReplacesOnlyTheModelOfATransparentBody) {
    auto asked = responses_relay_call();
    asked.body = R"({ "model" : "a", "input":[{"model":"b"}],"unheard_of":1.50 })";
    EXPECT_EQ(
        encode(asked).body, R"({ "model" : "gpt-5", "input":[{"model":"b"}],"unheard_of":1.50 })"
    );
    asked.body = "[1]";
    EXPECT_EQ(refused(asked).status, 400);
}

TEST(OpenAiResponsesRequest, GoesToTheAddressOfItsKindOfHost) {
    auto provider = responses_provider();
    EXPECT_EQ(encode(asking({}), provider).url, "https://api.example.com/v1/responses");
    provider.kind = provider_settings::protocol::azure;
    provider.base_url = "https://r.openai.azure.com/openai/v1";
    EXPECT_EQ(encode(asking({}), provider).url, "https://r.openai.azure.com/openai/v1/responses");
    provider.base_url = "https://r.openai.azure.com";
    provider.api_version = "2025-04-01-preview";
    EXPECT_EQ(
        encode(asking({}), provider).url,
        "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview"
    );
    EXPECT_THAT(encode(asking({}), provider).headers, Contains("api-key: sk-secret-key"));
}

TEST(OpenAiResponsesRequest, SendsTheKeyAndWhatTheClientMaySay) {
    auto asked = responses_relay_call(false);
    asked.headers = {{"openai-beta", "x=1"}, {"cookie", "a"}, {"authorization", "Bearer mine"}};
    const auto headers = encode(asked).headers;
    EXPECT_THAT(headers, Contains("Authorization: Bearer sk-secret-key"));
    EXPECT_THAT(headers, Contains("openai-beta: x=1"));
    EXPECT_THAT(headers, Contains("Accept: application/json"));
    EXPECT_THAT(headers, Not(Contains(HasSubstr("mine"))));
    EXPECT_THAT(headers, Not(Contains(HasSubstr("cookie"))));
    EXPECT_THAT(encode(asking({})).headers, Contains("Accept: text/event-stream"));
}

TEST(OpenAiResponsesRequest, AsksForAStreamThatIsNotStored) {
    const auto body = translated({});
    EXPECT_EQ(body["model"], "gpt-5");
    EXPECT_EQ(body["stream"], true);
    EXPECT_EQ(body["store"], false);
    EXPECT_EQ(body["include"], json::array({"reasoning.encrypted_content"}));
    EXPECT_EQ(
        body["input"],
        json::parse(
            R"([{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}])"
        )
    );
    EXPECT_FALSE(body.contains("instructions"));
    EXPECT_FALSE(body.contains("reasoning"));
    EXPECT_FALSE(translated({}, "openai/gpt-4o-mini").contains("include"));
}

TEST(OpenAiResponsesRequest, MakesInstructionsOfLeadingSystemMessages) {
    request asked;
    asked.messages = {
        said(role::system, "be brief"),
        said(role::developer, "be kind"),
        said(role::user, "hi"),
        said(role::system, "be quick"),
    };
    const auto body = translated(asked);
    EXPECT_EQ(body["instructions"], "be brief\n\nbe kind");
    ASSERT_EQ(body["input"].size(), 2U);
    EXPECT_EQ(body["input"][1]["role"], "system");
    EXPECT_EQ(body["input"][1]["content"][0]["text"], "be quick");
    asked.messages.resize(1);
    const auto alone = translated(asked);
    EXPECT_FALSE(alone.contains("instructions"));
    EXPECT_EQ(alone["input"][0]["role"], "system");
}

TEST(OpenAiResponsesRequest, CarriesPicturesSoundsAndFiles) {
    request asked;
    message user;
    user.content = {
        image_part{"data:image/png;base64,AAAA", "low"},
        image_part{"", "", "file-1"},
        audio_part{"BBBB", "wav"},
        file_part{"", "data:application/pdf;base64,CCCC", "a.pdf"},
        file_part{"", "data:application/pdf;base64,DDDD", ""},
        file_part{"file-2", "", ""},
        file_part{"", "", "", "https://a/b.pdf"},
    };
    asked.messages = {user};
    EXPECT_EQ(translated(asked)["input"][0]["content"], json::parse(R"([
        {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"},
        {"type":"input_image","file_id":"file-1","detail":"auto"},
        {"type":"input_audio","input_audio":{"data":"BBBB","format":"wav"}},
        {"type":"input_file","file_data":"data:application/pdf;base64,CCCC","filename":"a.pdf"},
        {"type":"input_file","file_data":"data:application/pdf;base64,DDDD","filename":"file.pdf"},
        {"type":"input_file","file_id":"file-2"},
        {"type":"input_file","file_url":"https://a/b.pdf"}])"));
}

TEST(OpenAiResponsesRequest, GivesBackItsOwnEncryptedThoughtsAndNobodyElses) {
    using state = reasoning_state;
    request asked;
    message answer;
    answer.role = role::assistant;
    answer.content = {
        reasoning_part{
            "hm", state{state::origin::openai_responses, state::form::encrypted, "gAAA", "rs_1"}},
        reasoning_part{"ha", state{state::origin::anthropic, state::form::signature, "sig", ""}},
        reasoning_part{"no state", {}},
        text_part{"let me look"},
    };
    answer.tool_calls = {{"call_1", "look", R"({"x":1})"}, {"call_2", "see", ""}};
    message result = said(role::tool, "a cat");
    result.tool_call_id = "call_1";
    message picture;
    picture.role = role::tool;
    picture.tool_call_id = "call_2";
    picture.content = {text_part{"this"}, image_part{"https://a/b.png", ""}};
    asked.messages = {said(role::user, "?"), answer, result, picture};
    auto input = translated(asked)["input"];
    input.erase(0);
    EXPECT_EQ(input, json::parse(R"([
        {"type":"reasoning","id":"rs_1","encrypted_content":"gAAA",
         "summary":[{"type":"summary_text","text":"hm"}]},
        {"type":"message","role":"assistant",
         "content":[{"type":"output_text","text":"let me look"}]},
        {"type":"function_call","call_id":"call_1","name":"look","arguments":"{\"x\":1}"},
        {"type":"function_call","call_id":"call_2","name":"see","arguments":"{}"},
        {"type":"function_call_output","call_id":"call_1","output":"a cat"},
        {"type":"function_call_output","call_id":"call_2","output":[
            {"type":"input_text","text":"this"},
            {"type":"input_image","image_url":"https://a/b.png","detail":"auto"}]}])"));
}

TEST(OpenAiResponsesRequest, NamesToolsFlat) {
    request asked;
    asked.tools = {
        {"look", "looks", json::parse(R"({"type":"object"})"), true},
        {"see", "", nullptr, {}},
    };
    asked.tool_choice = tool_choice{tool_choice::mode::named, "look"};
    asked.parallel_tool_calls = false;
    const auto body = translated(asked);
    EXPECT_EQ(body["tools"], json::parse(R"([
        {"type":"function","name":"look","description":"looks","parameters":{"type":"object"},
         "strict":true},
        {"type":"function","name":"see","parameters":{"type":"object","properties":{}},
         "strict":false}])"));
    EXPECT_EQ(body["tool_choice"], json::parse(R"({"type":"function","name":"look"})"));
    EXPECT_EQ(body["parallel_tool_calls"], false);
    for (const auto& [how, word] :
         {std::pair(tool_choice::mode::automatic, "auto"),
          std::pair(tool_choice::mode::none, "none"),
          std::pair(tool_choice::mode::required, "required")}) {
        asked.tool_choice = tool_choice{how, ""};
        EXPECT_EQ(translated(asked)["tool_choice"], word);
    }
}

TEST(OpenAiResponsesRequest, PutsTheFormatOfTheAnswerUnderText) {
    using form = response_format::form;
    request asked;
    asked.response_format =
        response_format{form::json_schema, "s", json::parse(R"({"type":"object"})"), true};
    EXPECT_EQ(
        translated(asked)["text"],
        json::parse(
            R"({"format":{"type":"json_schema","name":"s","schema":{"type":"object"},"strict":true}})"
        )
    );
    asked.response_format = response_format{form::json_object, "", nullptr, {}};
    EXPECT_EQ(translated(asked)["text"]["format"], json({{"type", "json_object"}}));
    asked.response_format = response_format{form::text, "", nullptr, {}};
    EXPECT_EQ(translated(asked)["text"]["format"], json({{"type", "text"}}));
}

TEST(OpenAiResponsesRequest, TunesInItsOwnWords) {
    request asked;
    asked.max_tokens = 100;
    asked.temperature = 0.5;
    asked.top_p = 0.9;
    asked.user = "u";
    asked.metadata = json({{"a", "b"}});
    asked.logprobs = true;
    asked.top_logprobs = 3;
    asked.reasoning.effort = "low";
    asked.reasoning.visible = true;
    const auto body = translated(asked);
    EXPECT_EQ(body["max_output_tokens"], 100);
    EXPECT_EQ(body["temperature"], 0.5);
    EXPECT_EQ(body["top_p"], 0.9);
    EXPECT_EQ(body["user"], "u");
    EXPECT_EQ(body["metadata"], json({{"a", "b"}}));
    EXPECT_EQ(body["top_logprobs"], 3);
    EXPECT_THAT(body["include"], Contains(json("message.output_text.logprobs")));
    EXPECT_EQ(body["reasoning"], json({{"effort", "low"}, {"summary", "auto"}}));
}

TEST(OpenAiResponsesRequest, MakesAnEffortOfABudget) {
    for (const auto& [budget, effort] :
         {std::pair(1024, "low"),
          std::pair(3000, "medium"),
          std::pair(8000, "medium"),
          std::pair(32000, "high")}) {
        request asked;
        asked.reasoning.budget = budget;
        EXPECT_EQ(translated(asked)["reasoning"], json({{"effort", effort}}));
    }
}

TEST(OpenAiResponsesRequest, SaysEffortsInTheWordsOfTheApi) {
    for (const auto& [word, told] :
         {std::pair("max", "xhigh"), std::pair("minimal", "minimal"), std::pair("none", "none")}) {
        request asked;
        asked.reasoning.effort = word;
        EXPECT_EQ(translated(asked)["reasoning"], json({{"effort", told}}));
    }
    request asked;
    asked.reasoning.budget = 0;
    const auto made = encode(asking(asked));
    EXPECT_THAT(made.dropped, ElementsAre("reasoning_effort"));
    EXPECT_FALSE(json::parse(made.body).contains("reasoning"));
}

TEST(OpenAiResponsesRequest, TellsWhatItLeavesOutBecauseItOnlyTunes) {
    request asked;
    asked.seed = 1;
    asked.top_k = 2;
    asked.frequency_penalty = 0.1;
    asked.presence_penalty = 0.1;
    asked.max_tokens = 3;
    asked.reasoning.enabled = false;
    const auto made = encode(asking(asked));
    EXPECT_THAT(
        made.dropped,
        ElementsAre(
            "max_tokens",
            "seed",
            "top_k",
            "frequency_penalty",
            "presence_penalty",
            "reasoning_effort"
        )
    );
    EXPECT_EQ(json::parse(made.body)["max_output_tokens"], 16);
    EXPECT_EQ(made.body.find("seed"), std::string::npos);
}

TEST(OpenAiResponsesRequest, RefusesWhatItCannotCarry) {
    const auto expect = [](const call& asked, std::string_view field) {
        const auto why = refused(asked);
        EXPECT_EQ(why.status, 400);
        EXPECT_EQ(why.outcome, outcome::rejected);
        EXPECT_EQ(why.param, field);
        EXPECT_THAT(why.message, HasSubstr("upstream/gpt-5"));
    };
    request asked;
    asked.choices = 2;
    expect(asking(asked), "n");
    asked = {};
    asked.stop = {"x"};
    expect(asking(asked), "stop");
    asked = {};
    asked.output_modalities = {"text", "audio"};
    expect(asking(asked), "modalities");
    asked = {};
    message user;
    user.content = {file_part{"", "", "", "gs://bucket/a.pdf"}};
    asked.messages = {user};
    expect(asking(asked), "messages");
    auto foreign = asking({});
    foreign.untranslatable = {"cachedContent"};
    expect(foreign, "cachedContent");
    auto vectors = asking({});
    vectors.api = api::openai_embeddings;
    expect(vectors, "input");
    auto counting = asking({});
    counting.api = api::anthropic_count_tokens;
    EXPECT_EQ(refused(counting).status, 404);
}

}  // namespace
}  // namespace sluice::upstream::testing
