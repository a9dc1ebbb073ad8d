// Calls that give a model the beginning of its own answer.
#include "upstream/providers/prefill.hpp"

#include "tests/upstream/anthropic_requests.hpp"
#include "tests/upstream/bedrock_run.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_host.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using kind = provider_settings::protocol;

provider_settings hosted(std::string_view name) {
    auto provider = plain_provider();
    provider.host = find_openai_host(name);
    EXPECT_NE(provider.host, nullptr) << name;
    return provider;
}

call begun(std::string_view text, bool prefilled = true) {
    call asked;
    asked.request.messages = {
        anthropic::said(role::user, "Go."), anthropic::said(role::assistant, std::string(text))};
    asked.request.prefilled = prefilled;
    return asked;
}

json body_at(const provider_settings& provider, const call& asked, std::string_view model = "m") {
    const auto made = make_codec(provider, asked.api, {})->encode(asked, provider, model);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? json::parse(made->body) : json();
}

TEST(Prefill, IsSaidToServersThatFillInTemplates) {
    for (const auto& provider : {plain_provider(), hosted("vllm")}) {
        const auto body = body_at(provider, begun("Once "));
        EXPECT_TRUE(body.value("continue_final_message", false));
        EXPECT_FALSE(body.value("add_generation_prompt", true));
        EXPECT_EQ(body["messages"].back(), json({{"role", "assistant"}, {"content", "Once "}}));
    }
}

TEST(Prefill, IsMarkedInTheMessageWhereTheHostWantsIt) {
    for (const auto* name : {"mistral", "deepseek"}) {
        SCOPED_TRACE(name);
        const auto body = body_at(hosted(name), begun("Once "));
        EXPECT_TRUE(body["messages"].back().value("prefix", false));
        EXPECT_EQ(body["messages"].back()["content"], "Once ");
        EXPECT_FALSE(body["messages"].front().contains("prefix"));
        EXPECT_FALSE(body.contains("continue_final_message"));
    }
}

TEST(Prefill, TellsOtherHostsNothingThatTheyMayNotKnow) {
    for (const auto* name : {"openai", "groq", "openrouter", "llamacpp", "ollama-openai"}) {
        SCOPED_TRACE(name);
        EXPECT_EQ(
            body_at(hosted(name), begun("Once")), body_at(hosted(name), begun("Once", false))
        );
    }
}

TEST(Prefill, IsSaidOnlyOfACallThatIsOne) {
    const auto own_words = body_at(plain_provider(), begun("Once", false));
    EXPECT_FALSE(own_words.contains("continue_final_message"));
    EXPECT_FALSE(own_words.contains("add_generation_prompt"));
    EXPECT_FALSE(
        body_at(hosted("mistral"), begun("Once", false))["messages"].back().contains("prefix")
    );
    auto ends_with_user = begun("Once");
    ends_with_user.request.messages.push_back(anthropic::said(role::user, "On."));
    EXPECT_FALSE(body_at(plain_provider(), ends_with_user).contains("continue_final_message"));
    EXPECT_FALSE(body_at(hosted("mistral"), ends_with_user)["messages"].back().contains("prefix"));
}

TEST(Prefill, LosesItsTrailingWhiteSpaceWhereClaudeRefusesIt) {
    const auto claude = anthropic::translated(begun("Once \n").request, "claude-sonnet-4-5");
    EXPECT_EQ(claude.body["messages"].back()["content"][0]["text"], "Once");
    const auto bedrock =
        body_at(bedrock_provider(), begun("Once \n"), "anthropic.claude-sonnet-4-5-20250929-v1:0");
    EXPECT_EQ(bedrock["messages"].back()["content"][0]["text"], "Once");
}

TEST(Prefill, LeavesNoRoomForThoughtsOfClaude) {
    auto asked = begun("Once");
    asked.request.reasoning.effort = "high";
    const auto told = anthropic::translated(asked.request, "claude-sonnet-4-5");
    EXPECT_FALSE(told.body.contains("thinking"));
    EXPECT_EQ(told.dropped, std::vector<std::string>{"reasoning_effort"});
}

TEST(Prefill, IsLeftToOthersByModelsThatRefuseIt) {
    const auto refused = anthropic::refused(begun("Once").request, "claude-opus-4-6");
    EXPECT_EQ(refused.remedy, remedy::skip);
    EXPECT_EQ(refused.param, "messages");
    const auto at_bedrock =
        make_codec(bedrock_provider(), api::native, {})
            ->encode(begun("Once"), bedrock_provider(), "anthropic.claude-opus-4-6-v1");
    ASSERT_FALSE(at_bedrock);
    EXPECT_EQ(at_bedrock.error().remedy, remedy::skip);
    // What a client itself puts there is for the service to judge.
    EXPECT_EQ(
        anthropic::translated(begun("Once", false).request, "claude-opus-4-6")
            .body["messages"]
            .size(),
        2U
    );
}

TEST(Prefill, IsTheWayOfSomeProvidersUnlessConfiguredOtherwise) {
    const auto prefills = [](kind protocol) {
        provider_settings provider;
        provider.kind = protocol;
        return prefills_by_default(provider);
    };
    for (const auto each : {kind::anthropic, kind::ollama, kind::mock})
        EXPECT_TRUE(prefills(each));
    for (const auto each :
         {kind::openai,
          kind::azure,
          kind::gemini,
          kind::watsonx,
          kind::bedrock,
          kind::cohere,
          kind::replay})
        EXPECT_FALSE(prefills(each));
    for (const auto& host : openai_hosts()) {
        const bool known = host.name == "mistral" || host.name == "openrouter";
        EXPECT_EQ(prefills_by_default(hosted(host.name)), known) << host.name;
    }
    auto by_address = plain_provider();
    by_address.base_url = "https://openrouter.ai/api/v1";
    EXPECT_TRUE(prefills_by_default(by_address));
    by_address.apis = {api::openai_responses, api::openai_chat};
    EXPECT_FALSE(prefills_by_default(by_address)) << "calls are translated to Responses";
}

TEST(Prefill, IsTakenByAllModelsButClaudeSinceItRefuses) {
    for (const auto* model :
         {"gpt-4o", "llama3.2", "claude-3-haiku-20240307", "anthropic/claude-sonnet-4.5", "mock"})
        EXPECT_TRUE(takes_prefill(model)) << model;
    for (const auto* model :
         {"claude-opus-4-6", "anthropic/claude-sonnet-4.6", "claude-opus-5", "claude-next"})
        EXPECT_FALSE(takes_prefill(model)) << model;
}

}  // namespace
}  // namespace sluice::upstream::testing
