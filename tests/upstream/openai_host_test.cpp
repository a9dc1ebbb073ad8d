#include "upstream/providers/openai_host.hpp"

#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

provider_settings hosted(std::string_view name) {
    auto provider = plain_provider();
    provider.host = find_openai_host(name);
    EXPECT_NE(provider.host, nullptr) << name;
    return provider;
}

http_request encoded(std::string_view host, const request& asked) {
    call whole;
    whole.request = asked;
    const auto result = make_openai_chat_codec()->encode(whole, hosted(host), "up");
    if (result) return *result;
    ADD_FAILURE() << host << ": " << result.error().message;
    return {};
}

json body_for(std::string_view host, const request& asked) {
    const auto sent = encoded(host, asked);
    return sent.body.empty() ? json() : json::parse(sent.body);
}

/// The field that a host refuses a request for.
std::string refused_field(std::string_view host, const request& asked) {
    call whole;
    whole.request = asked;
    const auto result = make_openai_chat_codec()->encode(whole, hosted(host), "up");
    if (result) return "taken";
    EXPECT_EQ(result.error().status, 400);
    EXPECT_THAT(result.error().message, HasSubstr("upstream/up"));
    return result.error().param;
}

message said(role who, std::vector<content_part> parts) {
    message made;
    made.role = who;
    made.content = std::move(parts);
    return made;
}

request with_tool(tool_choice::mode how) {
    request asked;
    asked.tools = {{"f", "", {}, {}}, {"g", "", {}, {}}};
    asked.tool_choice = tool_choice{how, how == tool_choice::mode::named ? "g" : ""};
    return asked;
}

TEST(OpenAiHost, IsKnownByItsNameAndByItsAddress) {
    std::set<std::string_view> names;
    for (const auto& host : openai_hosts()) {
        EXPECT_TRUE(names.insert(host.name).second) << host.name;
        EXPECT_EQ(find_openai_host(host.name), &host);
        EXPECT_FALSE(host.base_url.ends_with('/'));
        if (host.base_url.empty() || host.domain.empty()) continue;
        EXPECT_EQ(&openai_host_at(host.base_url), &host) << host.name;
    }
    EXPECT_EQ(openai_host_at("https://eu.api.openai.com/v1").name, "openai");
    EXPECT_EQ(openai_host_at("https://res.openai.azure.com").name, "azure");
    EXPECT_EQ(openai_host_at("https://acme.snowflakecomputing.com/api/v2").name, "snowflake");
    EXPECT_EQ(find_openai_host("nobody"), nullptr);
}

TEST(OpenAiHost, IsAnOrdinaryOneAtAnyOtherAddress) {
    for (const auto* address :
         {"",
          "http://localhost:8000/v1",
          "https://evil-api.x.ai/v1",
          "https://api.x.ai.example",
          "https://example.com/api.openai.com"}) {
        EXPECT_EQ(openai_host_at(address).name, "") << address;
    }
    provider_settings azure;
    azure.kind = provider_settings::protocol::azure;
    azure.base_url = "https://gateway.example.com";
    EXPECT_EQ(openai_host_of(azure).name, "azure");
}

TEST(OpenAiHost, IsDemandedAToolInItsOwnWords) {
    using mode = tool_choice::mode;
    EXPECT_EQ(body_for("openai", with_tool(mode::required))["tool_choice"], "required");
    EXPECT_EQ(body_for("mistral", with_tool(mode::required))["tool_choice"], "any");
    EXPECT_EQ(refused_field("ollama-openai", with_tool(mode::required)), "tool_choice");
    EXPECT_EQ(refused_field("zai", with_tool(mode::named)), "tool_choice");
    EXPECT_EQ(refused_field("perplexity", with_tool(mode::automatic)), "tools");

    const auto named = body_for("openai", with_tool(mode::named));
    EXPECT_EQ(named["tool_choice"]["function"]["name"], "g");
    EXPECT_EQ(named["tools"].size(), 2U);
    const auto offered = body_for("mistral", with_tool(mode::named));
    EXPECT_EQ(offered["tool_choice"], "any");
    ASSERT_EQ(offered["tools"].size(), 1U);
    EXPECT_EQ(offered["tools"][0]["function"]["name"], "g");
    EXPECT_EQ(body_for("llamacpp", with_tool(mode::named))["tool_choice"], "required");
}

TEST(OpenAiHost, IsOfferedNoToolsWhereItHasNoWordForNone) {
    const auto asked = with_tool(tool_choice::mode::none);
    EXPECT_EQ(body_for("openai", asked)["tool_choice"], "none");
    for (const auto* host : {"zai", "ollama-openai", "perplexity"}) {
        EXPECT_FALSE(body_for(host, asked).contains("tools")) << host;
        EXPECT_FALSE(body_for(host, asked).contains("tool_choice")) << host;
    }
}

TEST(OpenAiHost, IsAskedOnlyForWhatItCanDo) {
    request several;
    several.choices = 2;
    request likely;
    likely.logprobs = true;
    likely.top_logprobs = 3;
    request shaped;
    shaped.response_format =
        response_format{response_format::form::json_schema, "s", json::object(), {}};
    request spoken;
    spoken.output_modalities = {"audio"};
    request stopped;
    stopped.stop = {"1", "2", "3", "4", "5"};
    auto serial = with_tool(tool_choice::mode::automatic);
    serial.parallel_tool_calls = false;
    EXPECT_EQ(refused_field("groq", several), "n");
    EXPECT_EQ(refused_field("groq", likely), "logprobs");
    EXPECT_EQ(refused_field("deepseek", shaped), "response_format");
    EXPECT_EQ(refused_field("deepseek", serial), "parallel_tool_calls");
    EXPECT_EQ(refused_field("mistral", spoken), "modalities");
    EXPECT_EQ(refused_field("openai", stopped), "stop");
    EXPECT_EQ(body_for("together", likely)["logprobs"], 3);
    EXPECT_EQ(body_for("openai", likely)["top_logprobs"], 3);
    const auto sound = body_for("openai", spoken);
    EXPECT_EQ(sound["modalities"], json({"audio", "text"}));
    EXPECT_EQ(sound["audio"]["format"], "pcm16");
}

TEST(OpenAiHost, IsAskedForAnyObjectByASchemaWhereItKnowsNoOtherWay) {
    request asked;
    asked.response_format = response_format{response_format::form::json_object, "", {}, {}};
    EXPECT_EQ(body_for("openai", asked)["response_format"], json({{"type", "json_object"}}));
    const auto format = body_for("perplexity", asked)["response_format"];
    EXPECT_EQ(format["json_schema"]["schema"], json({{"type", "object"}}));
}

TEST(OpenAiHost, IsSpareOfWhatOnlyTunesAndThatIsTold) {
    request asked;
    asked.seed = 7;
    asked.top_k = 5;
    asked.user = "u";
    asked.frequency_penalty = 1;
    asked.metadata = {{"a", "b"}};
    asked.reasoning.effort = "low";
    asked.temperature = 2;
    const auto mistral = encoded("mistral", asked);
    EXPECT_THAT(
        mistral.dropped, UnorderedElementsAre("top_k", "user", "metadata", "reasoning_effort")
    );
    const auto body = json::parse(mistral.body);
    EXPECT_EQ(body["random_seed"], 7);
    EXPECT_EQ(body["temperature"], 1.5);
    EXPECT_FALSE(body.contains("stream_options"));
    EXPECT_THAT(encoded("openrouter", asked).dropped, IsEmpty());
    EXPECT_THAT(
        encoded("zai", asked).dropped,
        UnorderedElementsAre(
            "seed", "top_k", "user", "metadata", "frequency_penalty", "reasoning_effort"
        )
    );
}

TEST(OpenAiHost, IsNotAskedForUsageOnTheTransparentWayWhereThatIsRefused) {
    const auto sent = make_openai_chat_codec()->encode(transparent_call(), hosted("mistral"), "up");
    EXPECT_EQ(sent->body, R"({"model":"up","messages":[],"stream":true})");
}

TEST(OpenAiHost, IsToldHowMuchToThinkInItsOwnWords) {
    const auto body = [](std::string_view host, const reasoning_wish& wish) {
        request asked;
        asked.reasoning = wish;
        return body_for(host, asked);
    };
    reasoning_wish most;
    most.effort = "xhigh";
    EXPECT_EQ(body("openai", most)["reasoning_effort"], "xhigh");
    EXPECT_EQ(body("groq", most)["reasoning_effort"], "high");
    EXPECT_EQ(body("openrouter", most)["reasoning"], json({{"effort", "xhigh"}}));
    EXPECT_EQ(body("deepseek", most)["thinking"], json({{"type", "enabled"}}));
    EXPECT_EQ(body("deepseek", most)["reasoning_effort"], "high");

    reasoning_wish tokens;
    tokens.enabled = true;
    tokens.budget = 4000;
    tokens.visible = false;
    EXPECT_EQ(body("openai", tokens)["reasoning_effort"], "medium");
    EXPECT_EQ(
        body("openrouter", tokens)["reasoning"], json({{"max_tokens", 4000}, {"exclude", true}})
    );

    reasoning_wish off;
    off.enabled = false;
    EXPECT_FALSE(body("openai", off).contains("reasoning_effort"));
    EXPECT_EQ(body("zai", off)["thinking"], json({{"type", "disabled"}}));
    EXPECT_EQ(body("openrouter", off)["reasoning"], json({{"enabled", false}}));
}

TEST(OpenAiHost, GetsIdsOfToolCallsAsItWantsThem) {
    request asked;
    asked.messages = {said(role::assistant, {}), said(role::tool, {text_part{"42"}})};
    asked.messages[0].tool_calls = {{"toolu_01A-long", "f", "{}", {}}};
    asked.messages[1].tool_call_id = "toolu_01A-long";
    const auto messages = body_for("mistral", asked)["messages"];
    const auto id = messages[0]["tool_calls"][0]["id"].get<std::string>();
    EXPECT_EQ(id.size(), 9U);
    EXPECT_EQ(
        id.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        std::string::npos
    );
    EXPECT_EQ(messages[1]["tool_call_id"], id);
    EXPECT_EQ(body_for("groq", asked)["messages"][1]["tool_call_id"], "toolu_01A-long");
    asked.messages[0].tool_calls[0].id = asked.messages[1].tool_call_id = "Abc123XyZ";
    EXPECT_EQ(body_for("mistral", asked)["messages"][1]["tool_call_id"], "Abc123XyZ");
}

TEST(OpenAiHost, GetsBackTheThoughtsThatItWants) {
    request asked;
    reasoning_state signature{
        reasoning_state::origin::anthropic, reasoning_state::form::signature, "sig", ""};
    reasoning_state redacted{
        reasoning_state::origin::anthropic, reasoning_state::form::redacted, "xx", ""};
    reasoning_state thought{
        reasoning_state::origin::gemini, reasoning_state::form::signature, "tsig", ""};
    asked.messages = {
        said(
            role::assistant,
            {reasoning_part{"hm", signature}, reasoning_part{"", redacted}, text_part{"Well."}}
        ),
        said(role::assistant, {reasoning_part{"so", {}}})};
    asked.messages[1].tool_calls = {{"c1", "f", "{}", thought}};
    const auto at = [&](std::string_view host) { return body_for(host, asked)["messages"]; };

    EXPECT_FALSE(at("deepseek")[0].contains("reasoning_content"));
    EXPECT_EQ(at("deepseek")[1]["reasoning_content"], "so");
    EXPECT_EQ(at("zai")[0]["reasoning_content"], "hm");
    EXPECT_FALSE(at("openai")[1].contains("reasoning_content"));
    EXPECT_EQ(at("openrouter")[0]["reasoning_details"], json::parse(R"([
        {"type":"reasoning.text","text":"hm","signature":"sig","format":"anthropic-claude-v1",
         "index":0},
        {"type":"reasoning.encrypted","data":"xx","format":"anthropic-claude-v1","index":1}])"));
    EXPECT_EQ(at("openrouter")[1]["reasoning_details"], json::parse(R"([
        {"type":"reasoning.text","text":"so","index":0},
        {"type":"reasoning.encrypted","data":"tsig","format":"google-gemini-v1","id":"c1",
         "index":1}])"));
    const auto gemini = at("gemini-openai")[1]["tool_calls"][0];
    EXPECT_EQ(gemini["extra_content"]["google"]["thought_signature"], "tsig");
    EXPECT_FALSE(at("openai")[1]["tool_calls"][0].contains("extra_content"));
}

TEST(OpenAiHost, SeesWhatAToolReturnedBesideWordsInAMessageOfTheUsers) {
    request asked;
    asked.messages = {
        said(role::assistant, {}),
        said(role::tool, {image_part{"data:image/png;base64,AA==", "", ""}}),
        said(role::tool, {text_part{"42"}}),
        said(role::user, {text_part{"And now?"}})};
    asked.messages[0].tool_calls = {{"c1", "f", "{}", {}}, {"c2", "g", "{}", {}}};
    asked.messages[1].tool_call_id = "c1";
    asked.messages[1].failed = true;
    asked.messages[2].tool_call_id = "c2";
    const auto messages = body_for("openai", asked)["messages"];
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[1]["role"], "tool");
    EXPECT_TRUE(messages[1]["content"].is_string());
    EXPECT_EQ(messages[2]["content"], "42");
    EXPECT_EQ(messages[3]["role"], "user");
    EXPECT_THAT(messages[3]["content"][0]["text"].get<std::string>(), HasSubstr("'c1'"));
    EXPECT_EQ(messages[3]["content"][1]["image_url"]["url"], "data:image/png;base64,AA==");
    EXPECT_EQ(messages[4]["content"], "And now?");
    EXPECT_EQ(refused_field("deepseek", asked), "messages");
}

TEST(OpenAiHost, IsShownFilesAsFarAsItCanSeeThem) {
    const auto asked = [](content_part part) {
        request made;
        made.messages = {said(role::user, {std::move(part)})};
        return made;
    };
    const auto pdf = asked(file_part{"", "", "a.pdf", "https://a/b.pdf", "application/pdf"});
    const auto file = body_for("openrouter", pdf)["messages"][0]["content"][0]["file"];
    EXPECT_EQ(file["file_data"], "https://a/b.pdf");
    EXPECT_EQ(refused_field("openai", pdf), "messages");
    EXPECT_EQ(refused_field("groq", asked(audio_part{"AA==", "wav"})), "messages");
    EXPECT_EQ(refused_field("openai", asked(image_part{"", "", "file-1"})), "messages");
    const auto picture = asked(file_part{"", "", "", "https://a/b.png", "image/png"});
    EXPECT_EQ(
        body_for("groq", picture)["messages"][0]["content"][0]["image_url"]["url"],
        "https://a/b.png"
    );
}

TEST(OpenAiHost, IsToldANameOfAFileThatHasNone) {
    const auto name_of = [](std::string_view host, file_part part) {
        request asked;
        asked.messages = {said(role::user, {std::move(part)})};
        return body_for(host, asked)["messages"][0]["content"][0]["file"].value("filename", "");
    };
    const std::string pdf = "data:application/pdf;base64,AA==";
    EXPECT_EQ(name_of("openai", {"", pdf, ""}), "file.pdf");
    EXPECT_EQ(name_of("openai", {"", pdf, "a.pdf"}), "a.pdf");
    EXPECT_EQ(name_of("openai", {"", "data:text/csv;charset=utf-8;base64,AA==", ""}), "file.csv");
    EXPECT_EQ(name_of("openai", {"", "data:of/tomorrow;base64,AA==", ""}), "file");
    EXPECT_EQ(name_of("openai", {"file-1", "", ""}), "");
    EXPECT_EQ(name_of("openrouter", {"", "", "", "https://a/b", "application/pdf"}), "file.pdf");
}

TEST(OpenAiHost, HearsUserAndAssistantInTurnsWhereItHasTo) {
    request asked;
    asked.messages = {
        said(role::user, {text_part{"One"}}),
        said(role::user, {text_part{"Two"}}),
        said(role::user, {text_part{"Three"}, image_part{"https://a/b.png", "", ""}})};
    const auto messages = body_for("perplexity", asked)["messages"];
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0]["content"][0]["text"], "One\n\nTwo");
    EXPECT_EQ(messages[0]["content"][2]["image_url"]["url"], "https://a/b.png");
    EXPECT_EQ(body_for("openai", asked)["messages"].size(), 3U);
}

TEST(OpenAiHost, RefusesWhatItsChatIsNoPlaceFor) {
    const auto refusal = [](const call& asked) {
        const auto result = make_openai_chat_codec()->encode(asked, plain_provider(), "up");
        EXPECT_FALSE(result.has_value());
        return result.has_value() ? failure() : result.error();
    };
    call vectors;
    vectors.api = api::openai_embeddings;
    vectors.embedding.emplace();
    EXPECT_EQ(refusal(vectors).param, "input");
    call count;
    count.api = api::anthropic_count_tokens;
    EXPECT_EQ(refusal(count).status, 404);
    EXPECT_EQ(refusal(count).type, "not_found_error");
    call hosted_tool;
    hosted_tool.untranslatable = {"tools[0]"};
    EXPECT_EQ(refusal(hosted_tool).param, "tools[0]");
    EXPECT_EQ(refusal(hosted_tool).status, 400);
}

TEST(OpenAiHost, IsAskedForCompletionsAndEmbeddingsAtTheirOwnAddresses) {
    auto provider = plain_provider();
    provider.apis = {api::openai_chat, api::openai_completions, api::openai_embeddings};
    call text;
    text.api = api::openai_completions;
    text.body = R"({"model":"m","prompt":"a","stream":true})";
    const auto completion = make_openai_chat_codec()->encode(text, provider, "up");
    EXPECT_EQ(completion->url, "https://api.example.com/v1/completions");
    EXPECT_THAT(completion->body, HasSubstr("include_usage"));
    call vectors;
    vectors.api = api::openai_embeddings;
    vectors.body = R"({"model":"m","input":"a"})";
    vectors.stream = false;
    const auto embedding = make_openai_chat_codec()->encode(vectors, provider, "up");
    EXPECT_EQ(embedding->url, "https://api.example.com/v1/embeddings");
    EXPECT_EQ(embedding->body, R"({"model":"up","input":"a"})");
    EXPECT_THAT(embedding->headers, ::testing::Contains("Accept: application/json"));

    provider.apis = {api::openai_chat};
    text.request.messages = {said(role::user, {text_part{"a"}})};
    const auto chat = make_openai_chat_codec()->encode(text, provider, "up");
    EXPECT_EQ(chat->url, "https://api.example.com/v1/chat/completions");
    EXPECT_EQ(json::parse(chat->body)["messages"][0]["content"], "a");
}

}  // namespace
}  // namespace sluice::upstream::testing
