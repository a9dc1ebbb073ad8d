#include "tests/upstream/anthropic_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using namespace anthropic;
using nlohmann::json;
using ::testing::ElementsAre;

json thinking_of(const request& asked, std::string_view model) {
    return translated(asked, model).body.value("thinking", json());
}

TEST(AnthropicThinking, IsABudgetForOlderModels) {
    auto asked = asking();
    asked.reasoning.effort = "medium";
    asked.temperature = 0.2;
    const auto made = translated(asked, "claude-sonnet-4-5");
    EXPECT_EQ(made.body["thinking"], json::parse(R"({"type":"enabled","budget_tokens":8192})"));
    EXPECT_EQ(made.body["max_tokens"], 32000 + 8192);
    EXPECT_FALSE(made.body.contains("temperature"));
    EXPECT_THAT(made.dropped, ElementsAre("temperature"));
    asked.reasoning.budget = 3000;
    EXPECT_EQ(thinking_of(asked, "claude-sonnet-4-5")["budget_tokens"], 3000);
    EXPECT_EQ(thinking_of(asked, "claude-sonnet-4-6")["budget_tokens"], 3000);
}

TEST(AnthropicThinking, LeavesRoomForTheAnswer) {
    auto asked = asking();
    asked.reasoning.effort = "high";
    asked.max_tokens = 4000;
    EXPECT_EQ(thinking_of(asked, "claude-sonnet-4-5")["budget_tokens"], 2000);
    asked.reasoning.budget = 9000;
    EXPECT_EQ(thinking_of(asked, "claude-sonnet-4-5")["budget_tokens"], 3999);
    asked.max_tokens = 1024;  // the API wants as much for thoughts alone
    const auto made = translated(asked, "claude-sonnet-4-5");
    EXPECT_FALSE(made.body.contains("thinking"));
    EXPECT_THAT(made.dropped, ElementsAre("reasoning_effort"));
}

TEST(AnthropicThinking, IsAnEffortForNewerModels) {
    auto asked = asking();
    asked.reasoning.effort = "xhigh";
    const auto newest = translated(asked, "claude-opus-4-7").body;
    EXPECT_EQ(newest["thinking"], json({{"type", "adaptive"}, {"display", "summarized"}}));
    EXPECT_EQ(newest["output_config"]["effort"], "xhigh");
    EXPECT_EQ(translated(asked, "claude-opus-4-6").body["output_config"]["effort"], "high");
    asked.reasoning.effort = "minimal";
    asked.reasoning.visible = false;
    const auto hidden = translated(asked, "claude-sonnet-5").body;
    EXPECT_EQ(hidden["thinking"]["display"], "omitted");
    EXPECT_EQ(hidden["output_config"]["effort"], "low");
    asked.reasoning = {};
    asked.reasoning.budget = 10000;
    EXPECT_EQ(translated(asked, "claude-opus-4-7").body["output_config"]["effort"], "high");
}

TEST(AnthropicThinking, IsTurnedOffWhereThatIsWished) {
    auto asked = asking();
    asked.reasoning.effort = "none";
    EXPECT_EQ(thinking_of(asked, "claude-sonnet-4-5"), json({{"type", "disabled"}}));
    EXPECT_EQ(thinking_of(asked, "claude-3-5-haiku"), json());
    EXPECT_EQ(thinking_of(asking(), "claude-sonnet-4-5"), json());
}

TEST(AnthropicThinking, GivesWayToAForcedCall) {
    auto asked = asking();
    asked.reasoning.effort = "high";
    asked.tools = {{"f", "", nullptr, {}}};
    asked.tool_choice = tool_choice{tool_choice::mode::required, ""};
    const auto made = translated(asked);
    EXPECT_FALSE(made.body.contains("thinking"));
    EXPECT_THAT(made.dropped, ElementsAre("reasoning_effort"));
}

TEST(AnthropicThinking, PausesWhereItsEarlierThoughtsAreLost) {
    auto asked = asking({said(role::user, "a"), called({{"c1", "f", "{}"}}), result_of("c1", "1")});
    asked.reasoning.effort = "high";
    EXPECT_FALSE(translated(asked, "claude-sonnet-4-5").body.contains("thinking"));
    EXPECT_TRUE(translated(asked, "claude-opus-4-7").body.contains("thinking"));
    asked.messages[1].content.emplace_back(reasoning_part{
        "hm",
        reasoning_state{
            reasoning_state::origin::anthropic, reasoning_state::form::signature, "sig"}});
    EXPECT_TRUE(translated(asked, "claude-sonnet-4-5").body.contains("thinking"));
}

}  // namespace
}  // namespace sluice::upstream::testing
