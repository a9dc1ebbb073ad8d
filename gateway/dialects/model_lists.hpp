#pragma once

#include <string>
#include <vector>

/// The models that can be asked for, in the words of the client dialects that list them.
namespace sluice::gateway {

struct listed_model {
    std::string name;   ///< as clients ask for it
    std::string owner;  ///< the provider's name in the configuration
};

/// `GET /v1/models`, as OpenAI has it.
std::string openai_model_list(const std::vector<listed_model>& models);
/// `GET /v1/models/{id}`.
std::string openai_model(const listed_model& model);

/// The same, as Anthropic has it; always the only page.
std::string anthropic_model_list(const std::vector<listed_model>& models);
std::string anthropic_model(const listed_model& model);

/// `GET /api/tags`, as Ollama has it.
std::string ollama_tags(const std::vector<listed_model>& models);

}  // namespace sluice::gateway
