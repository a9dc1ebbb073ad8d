#include "upstream/providers/prefill.hpp"

#include "upstream/providers/anthropic_model.hpp"
#include "upstream/providers/openai_host.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

/// The Responses API goes on with nothing; what is translated to it is by the first that is listed.
bool is_asked_by_chat(const provider_settings& provider) {
    const auto first = std::ranges::find_if(provider.apis, [](api each) {
        return each == api::openai_chat || each == api::openai_responses;
    });
    return first == provider.apis.end() || *first == api::openai_chat;
}

}  // namespace

bool prefills_by_default(const provider_settings& provider) {
    using kind = provider_settings::protocol;
    switch (provider.kind) {
        case kind::anthropic:
        case kind::ollama:
        case kind::mock:
            return true;
        case kind::openai:
            return openai_host_of(provider).prefills && is_asked_by_chat(provider);
        case kind::azure:
        case kind::gemini:
        case kind::watsonx:
        case kind::bedrock:
        case kind::cohere:
        case kind::replay:
            break;
    }
    return false;
}

bool takes_prefill(std::string_view model) {
    return anthropic_model_of(model).prefills;
}

}  // namespace sluice::upstream
