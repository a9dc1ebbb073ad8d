#include "gateway/telemetry/genai_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::gateway::genai {

namespace {

using word_pair = std::pair<std::string_view, std::string_view>;

/// Ours, and the conventions', where the two differ.
constexpr std::array providers{
    word_pair{"azure", "azure.ai.openai"},
    word_pair{"bedrock", "aws.bedrock"},
    word_pair{"gemini", "gcp.gemini"},
    word_pair{"gemini-openai", "gcp.gemini"},
    word_pair{"mistral", "mistral_ai"},
    word_pair{"moonshot", "moonshot_ai"},
    word_pair{"ollama-openai", "ollama"},
    word_pair{"watsonx", "ibm.watsonx.ai"},
    word_pair{"xai", "x_ai"},
};

}  // namespace

std::string_view operation_of(upstream::api api) {
    switch (api) {
        case upstream::api::openai_embeddings:
            return "embeddings";
        case upstream::api::openai_completions:
        case upstream::api::ollama_generate:
            return "text_completion";
        case upstream::api::anthropic_count_tokens:
            return "count_tokens";
        case upstream::api::gemini:
            return "generate_content";
        default:
            return "chat";
    }
}

std::string_view provider_of(std::string_view vendor) {
    const auto found = std::ranges::find(providers, vendor, &word_pair::first);
    return found == providers.end() ? vendor : found->second;
}

std::string underscored(std::string_view name) {
    std::string out(name);
    std::ranges::replace(out, '.', '_');
    return out;
}

}  // namespace sluice::gateway::genai
