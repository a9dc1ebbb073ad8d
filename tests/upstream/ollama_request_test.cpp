#include "tests/upstream/ollama_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

http_request encode(const call& asked, const provider_settings& provider = ollama_provider()) {
    const auto result = make_ollama_codec()->encode(asked, provider, "llama3:8b");
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.has_value() ? *result : http_request();
}

failure refused(const call& asked) {
    const auto result = make_ollama_codec()->encode(asked, ollama_provider(), "llama3:8b");
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? failure() : result.error();
}

json translated(const request& request) {
    call asked;
    asked.request = request;
    return json::parse(encode(asked).body);
}

message said(role role, const std::string& text) {
    message made;
    made.role = role;
    made.content.emplace_back(text_part{text});
    return made;
}

request asking(const std::string& text = "hi") {
    request made;
    made.messages.push_back(said(role::user, text));
    return made;
}

template <class Change>
failure refusal_of(Change change) {
    call asked;
    asked.request = asking();
    change(asked.request);
    return refused(asked);
}

TEST(OllamaRequest, ReplacesOnlyTheModelOfATransparentBody) {
    const auto spliced = [](std::string_view body) {
        auto asked = ollama_call();
        asked.body = body;
        return encode(asked).body;
    };
    EXPECT_EQ(
        spliced("{ \"model\" : \"chat\", \"keep_alive\":-1, \"options\":{\"model\":\"y\"} }"),
        "{ \"model\" : \"llama3:8b\", \"keep_alive\":-1, \"options\":{\"model\":\"y\"} }"
    );
    EXPECT_EQ(spliced(R"({"n":1})"), R"({"model":"llama3:8b","n":1})");
    EXPECT_EQ(spliced("{}"), R"({"model":"llama3:8b"})");
    EXPECT_EQ(spliced(R"({"mod\u0065l":"a"})"), R"({"mod\u0065l":"llama3:8b"})");
    auto broken = ollama_call();
    broken.body = "[]";
    EXPECT_EQ(refused(broken).status, 400);
}

TEST(OllamaRequest, GoesToTheEndpointOfItsApi) {
    EXPECT_EQ(encode(ollama_call()).url, "http://127.0.0.1:11434/api/chat");
    EXPECT_EQ(encode(ollama_call(api::ollama_generate)).url, "http://127.0.0.1:11434/api/generate");
    EXPECT_EQ(encode(translated_call()).url, "http://127.0.0.1:11434/api/chat");
    auto provider = ollama_provider();
    provider.base_url = "https://ollama.example/x";
    EXPECT_EQ(encode(ollama_call(), provider).url, "https://ollama.example/x/api/chat");
}

TEST(OllamaRequest, SendsAKeyOnlyWhereThereIsOne) {
    const auto headers = encode(ollama_call()).headers;
    EXPECT_THAT(headers, Contains("Authorization: Bearer sk-secret-key"));
    EXPECT_THAT(headers, Contains("Accept: application/x-ndjson"));
    auto provider = ollama_provider();
    provider.api_key.clear();
    EXPECT_THAT(
        encode(ollama_call(api::ollama_chat, false), provider).headers,
        ElementsAre("Content-Type: application/json", "Accept: application/json")
    );
}

TEST(OllamaRequest, TellsAConversation) {
    auto request = asking("what is this?");
    request.messages.insert(request.messages.begin(), said(role::developer, "be brief"));
    request.messages.back().content.emplace_back(image_part{"data:image/png;base64,iVBOR", ""});
    message assistant;
    assistant.role = role::assistant;
    assistant.content.emplace_back(reasoning_part{"Hm"});
    assistant.content.emplace_back(text_part{"let me see"});
    assistant.tool_calls = {
        {"c1", "look", R"({"x":1})"}, {"c2", "wait", ""}, {"c3", "odd", "{\"a"}};
    request.messages.push_back(assistant);
    auto result = said(role::tool, "a cat");
    result.tool_call_id = "c1";
    request.messages.push_back(result);
    const auto body = translated(request);
    EXPECT_EQ(body["model"], "llama3:8b");
    EXPECT_EQ(body["stream"], true);
    EXPECT_EQ(body["messages"], json::parse(R"([
        {"role":"system","content":"be brief"},
        {"role":"user","content":"what is this?","images":["iVBOR"]},
        {"role":"assistant","content":"let me see","thinking":"Hm","tool_calls":[
            {"id":"c1","function":{"index":0,"name":"look","arguments":{"x":1}}},
            {"id":"c2","function":{"index":1,"name":"wait","arguments":{}}},
            {"id":"c3","function":{"index":2,"name":"odd","arguments":{"INVALID_JSON":"{\"a"}}}]},
        {"role":"tool","content":"a cat","tool_name":"look","tool_call_id":"c1"}])"));
}

TEST(OllamaRequest, TellsToolsAndLeavesThemOutWhereNoneIsToBeCalled) {
    auto request = asking();
    request.tools = {{"look", "sees", json{{"type", "object"}}, true}, {"wait", "", {}, {}}};
    EXPECT_EQ(translated(request)["tools"], json::parse(R"([
        {"type":"function","function":{"name":"look","description":"sees","parameters":{"type":"object"}}},
        {"type":"function","function":{"name":"wait","description":"",
            "parameters":{"type":"object","properties":{}}}}])"));
    request.tool_choice = tool_choice{tool_choice::mode::none, ""};
    EXPECT_FALSE(translated(request).contains("tools"));
}

TEST(OllamaRequest, TellsOptionsFormatAndProbabilities) {
    auto request = asking();
    request.max_tokens = 9;
    request.temperature = 0.5;
    request.top_k = 3;
    request.top_p = 0.25;
    request.seed = -7;
    request.frequency_penalty = 1;
    request.presence_penalty = -1;
    request.stop = {"END"};
    request.logprobs = true;
    request.top_logprobs = 2;
    request.response_format = response_format{response_format::form::json_object, "", {}, {}};
    const auto body = translated(request);
    EXPECT_EQ(
        body["options"],
        json::parse(R"({"num_predict":9,"temperature":0.5,"top_k":3,"top_p":0.25,"seed":-7,
            "frequency_penalty":1.0,"presence_penalty":-1.0,"stop":["END"]})")
    );
    EXPECT_EQ(body["format"], "json");
    EXPECT_EQ(body["logprobs"], true);
    EXPECT_EQ(body["top_logprobs"], 2);
    request.response_format =
        response_format{response_format::form::json_schema, "x", json{{"type", "object"}}, true};
    EXPECT_EQ(translated(request)["format"], json({{"type", "object"}}));
    EXPECT_FALSE(translated(asking()).contains("options"));
}

TEST(OllamaRequest, TellsHowMuchToThink) {
    const auto think = [](auto change) {
        auto request = asking();
        change(request.reasoning);
        const auto body = translated(request);
        return body.value("think", json());
    };
    const auto effort = [&](const char* word) {
        return think([&](reasoning_wish& wish) { wish.effort = word; });
    };
    EXPECT_EQ(think([](reasoning_wish&) {}), json());
    EXPECT_EQ(think([](reasoning_wish& wish) { wish.enabled = true; }), true);
    EXPECT_EQ(think([](reasoning_wish& wish) { wish.enabled = false; }), false);
    EXPECT_EQ(think([](reasoning_wish& wish) { wish.budget = 2000; }), true);
    EXPECT_EQ(effort("none"), false);
    EXPECT_EQ(effort("minimal"), "low");
    EXPECT_EQ(effort("medium"), "medium");
    EXPECT_EQ(effort("xhigh"), "high");
}

TEST(OllamaRequest, RefusesWhatWouldMeanSomethingElse) {
    using mode = tool_choice::mode;
    const auto with_tool = [](request& request) { request.tools = {{"look", "", {}, {}}}; };
    EXPECT_EQ(refusal_of([](auto& r) { r.choices = 2; }).param, "n");
    EXPECT_EQ(
        refusal_of([](auto& r) {
            r.output_modalities = {"text", "audio"};
        }).param,
        "modalities"
    );
    EXPECT_EQ(
        refusal_of([&](auto& r) {
            with_tool(r);
            r.tool_choice = tool_choice{mode::required, ""};
        }).param,
        "tool_choice"
    );
    EXPECT_EQ(
        refusal_of([&](auto& r) {
            with_tool(r);
            r.parallel_tool_calls = false;
        }).param,
        "parallel_tool_calls"
    );
    for (const content_part& part : std::vector<content_part>{
             image_part{"https://a/b.png", ""},
             audio_part{"AAAA", "wav"},
             file_part{"f", "", "a.pdf"}}) {
        const auto why = refusal_of([&](auto& r) { r.messages[0].content.push_back(part); });
        EXPECT_EQ(why.status, 400);
        EXPECT_EQ(why.param, "messages");
        EXPECT_THAT(why.message, HasSubstr("'local/llama3:8b' takes"));
    }
    call asked;
    asked.request = asking();
    asked.untranslatable = {"tools[0]"};
    EXPECT_EQ(refused(asked).param, "tools[0]");
    asked = {};
    asked.api = api::anthropic_count_tokens;
    EXPECT_EQ(refused(asked).status, 404);
    asked = {};
    asked.embedding.emplace();
    EXPECT_EQ(refused(asked).param, "input");
}

TEST(OllamaRequest, NamesWhatIsLeftOut) {
    call asked;
    asked.request = asking();
    asked.request.user = "ann";
    asked.request.metadata = {{"a", "b"}};
    EXPECT_THAT(encode(asked).dropped, ElementsAre("user", "metadata"));
    asked.request = asking();
    EXPECT_THAT(encode(asked).dropped, IsEmpty());
}

}  // namespace
}  // namespace sluice::upstream::testing
