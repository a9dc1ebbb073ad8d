#include "upstream/providers/make_codec.hpp"

#include "upstream/providers/anthropic.hpp"
#include "upstream/providers/bedrock.hpp"
#include "upstream/providers/cohere.hpp"
#include "upstream/providers/gemini.hpp"
#include "upstream/providers/ollama.hpp"
#include "upstream/providers/openai_chat.hpp"
#include "upstream/providers/openai_host.hpp"
#include "upstream/providers/openai_responses.hpp"
#include "upstream/providers/watsonx.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

using kind = provider_settings::protocol;
using time_point = protocol_row::time_point;

/// Whether an OpenAI-compatible server is configured to speak an API; chat, where nothing is said.
bool lists(const provider_settings& provider, api api) {
    if (provider.apis.empty()) return api == api::openai_chat;
    return std::ranges::find(provider.apis, api) != provider.apis.end();
}

/// What a call is translated to where its own API is not spoken: the first of the two listed.
bool translates_to_responses(const provider_settings& provider) {
    for (const auto each : provider.apis) {
        if (each == api::openai_chat) return false;
        if (each == api::openai_responses) return true;
    }
    return false;
}

std::unique_ptr<codec> make_openai(const provider_settings& provider, api api, time_point) {
    const bool responses =
        lists(provider, api) ? api == api::openai_responses : translates_to_responses(provider);
    return responses ? make_openai_responses_codec() : make_openai_chat_codec();
}

template <std::unique_ptr<codec> (*Make)()>
std::unique_ptr<codec> make_plain(const provider_settings&, api, time_point) {
    return Make();
}

std::unique_ptr<codec> make_signed(const provider_settings&, api, time_point now) {
    return make_bedrock_codec(now);
}

constexpr std::array anthropic_apis{api::anthropic_messages, api::anthropic_count_tokens};
constexpr std::array gemini_apis{api::gemini};
constexpr std::array ollama_apis{api::ollama_chat, api::ollama_generate};

constexpr std::array rows{
    protocol_row{kind::openai, "openai", "https://api.openai.com/v1", make_openai, {}},
    protocol_row{kind::azure, "azure", "", make_openai, {}},
    protocol_row{
        kind::anthropic,
        "anthropic",
        "https://api.anthropic.com",
        make_plain<make_anthropic_codec>,
        anthropic_apis},
    protocol_row{
        kind::gemini,
        "gemini",
        "https://generativelanguage.googleapis.com",
        make_plain<make_gemini_codec>,
        gemini_apis},
    protocol_row{
        kind::watsonx,
        "watsonx",
        "https://us-south.ml.cloud.ibm.com",
        make_plain<make_watsonx_codec>,
        {}},
    protocol_row{
        kind::ollama,
        "ollama",
        "http://127.0.0.1:11434",
        make_plain<make_ollama_codec>,
        ollama_apis},
    protocol_row{kind::bedrock, "bedrock", "", make_signed, {}},
    protocol_row{
        kind::cohere, "cohere", "https://api.cohere.com", make_plain<make_cohere_codec>, {}},
};

const protocol_row* row_of(kind protocol) {
    const auto found = std::ranges::find(rows, protocol, &protocol_row::kind);
    return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::span<const protocol_row> protocols() {
    return rows;
}

std::string_view vendor_of(const provider_settings& provider) {
    if (provider.kind == kind::mock) return "mock";
    if (provider.kind == kind::replay) return "replay";
    if (provider.host != nullptr) return provider.host->name;
    return row_of(provider.kind)->word;
}

bool speaks(const provider_settings& provider, api api) {
    const auto* row = row_of(provider.kind);
    if (row == nullptr) return false;
    if (row->make == make_openai) return lists(provider, api);
    return std::ranges::find(row->speaks, api) != row->speaks.end();
}

std::unique_ptr<codec> make_codec(const provider_settings& provider, api api, time_point now) {
    const auto* row = row_of(provider.kind);
    return row == nullptr ? nullptr : row->make(provider, api, now);
}

}  // namespace sluice::upstream
