#include "gateway/telemetry/genai_names.hpp"

#include "upstream/providers/make_codec.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

TEST(GenaiNames, CallProvidersAsTheConventionsDo) {
    EXPECT_EQ(genai::provider_of("openai"), "openai");
    EXPECT_EQ(genai::provider_of("azure"), "azure.ai.openai");
    EXPECT_EQ(genai::provider_of("bedrock"), "aws.bedrock");
    EXPECT_EQ(genai::provider_of("gemini-openai"), "gcp.gemini");
    EXPECT_EQ(genai::provider_of("mistral"), "mistral_ai");
    EXPECT_EQ(genai::provider_of("xai"), "x_ai");
}

TEST(GenaiNames, LeaveWhomTheConventionsDoNotKnowAsConfigured) {
    EXPECT_EQ(genai::provider_of("vllm"), "vllm");
    EXPECT_EQ(genai::provider_of("mock"), "mock");
    EXPECT_EQ(genai::provider_of(""), "");
}

/// A typing error in the table would leave a kind of provider under its own word.
TEST(GenaiNames, KnowEveryKindThatTheConventionsKnow) {
    for (const auto& row : upstream::protocols()) {
        const auto name = genai::provider_of(row.word);
        const bool own = row.word == "openai" || row.word == "anthropic" || row.word == "cohere" ||
                         row.word == "ollama";
        EXPECT_EQ(name == row.word, own) << row.word;
    }
}

TEST(GenaiNames, TellWhatIsAskedForByTheProtocolOfTheClient) {
    EXPECT_EQ(genai::operation_of(upstream::api::native), "chat");
    EXPECT_EQ(genai::operation_of(upstream::api::openai_responses), "chat");
    EXPECT_EQ(genai::operation_of(upstream::api::openai_completions), "text_completion");
    EXPECT_EQ(genai::operation_of(upstream::api::openai_embeddings), "embeddings");
    EXPECT_EQ(genai::operation_of(upstream::api::gemini), "generate_content");
}

TEST(GenaiNames, HaveUnderscoresForDotsInPrometheus) {
    EXPECT_EQ(genai::underscored(genai::operation_name), "gen_ai_operation_name");
}

}  // namespace
}  // namespace sluice::gateway::testing
