#include "gateway/dialects/model_lists.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;

const std::vector<listed_model> models{{"chat", "openai"}, {"a \"b\"", "up"}};

TEST(ModelLists, OfOpenaiHaveEveryFieldThatItsClientsRead) {
    const auto list = json::parse(openai_model_list(models));
    EXPECT_EQ(list.at("object"), "list");
    ASSERT_EQ(list.at("data").size(), 2U);
    const json entry{{"id", "chat"}, {"object", "model"}, {"created", 0}, {"owned_by", "openai"}};
    EXPECT_EQ(list.at("data")[0], entry);
    EXPECT_EQ(json::parse(openai_model(models[0])), entry);
    EXPECT_EQ(json::parse(openai_model_list({})).at("data"), json::array());
}

TEST(ModelLists, OfAnthropicAreOnePage) {
    const auto list = json::parse(anthropic_model_list(models));
    EXPECT_EQ(list.at("has_more"), false);
    EXPECT_EQ(list.at("first_id"), "chat");
    EXPECT_EQ(list.at("last_id"), "a \"b\"");
    EXPECT_EQ(list.at("data")[1].at("display_name"), "a \"b\"");
    EXPECT_EQ(json::parse(anthropic_model_list({})).at("first_id"), nullptr);
}

TEST(ModelLists, OfOllamaNameModelsTwice) {
    const auto list = json::parse(ollama_tags(models));
    EXPECT_EQ(list.at("models")[0].at("name"), "chat");
    EXPECT_EQ(list.at("models")[0].at("model"), "chat");
    EXPECT_TRUE(list.at("models")[0].at("details").is_object());
}

}  // namespace
}  // namespace sluice::gateway::testing
