#include "upstream/providers/model_listing.hpp"

#include "upstream/providers/anthropic_request.hpp"
#include "upstream/providers/gemini_request.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/text.hpp"

#include <cstddef>

namespace sluice::upstream {

namespace {

using protocol = provider_settings::protocol;

constexpr std::size_t listed_max = 10'000;

/// Where a protocol lists its models, and where in the answer they stand.
struct listing {
    std::string_view path;
    const char* list;
    const char* name;
    std::string_view prefix = {};  ///< of each name, to be taken off
};

const listing* listing_of(protocol kind) {
    static constexpr listing openai{"/models", "data", "id"};
    static constexpr listing anthropic{"/models?limit=1000", "data", "id"};
    static constexpr listing gemini{"/models?pageSize=1000", "models", "name", "models/"};
    static constexpr listing ollama{"/api/tags", "models", "name"};
    static constexpr listing cohere{"/v1/models?page_size=1000", "models", "name"};
    static constexpr listing watsonx{
        "/ml/v1/foundation_model_specs?version=2024-10-10&limit=200", "resources", "model_id"};
    switch (kind) {
        case protocol::openai:
            return &openai;
        case protocol::anthropic:
            return &anthropic;
        case protocol::gemini:
            return &gemini;
        case protocol::ollama:
            return &ollama;
        case protocol::cohere:
            return &cohere;
        case protocol::watsonx:
            return &watsonx;
        case protocol::azure:
        case protocol::bedrock:
        case protocol::mock:
        case protocol::replay:
            break;
    }
    return nullptr;
}

std::string root_of(const provider_settings& provider) {
    if (provider.kind == protocol::anthropic) return anthropic_root(provider);
    return provider.kind == protocol::gemini ? gemini_root(provider) : provider.base_url;
}

void set_key(request_headers& headers, const provider_settings& provider) {
    const auto key = trim(provider.api_key);
    if (provider.kind == protocol::anthropic) {
        set_anthropic_key(headers, key);
        headers.set(
            "anthropic-version", provider.version.empty() ? "2023-06-01" : provider.version
        );
    } else if (provider.kind == protocol::gemini) {
        set_gemini_key(headers, provider, key);
    } else if (!key.empty() && provider.kind != protocol::watsonx) {
        // watsonx lists its models to everybody.
        headers.set("Authorization", "Bearer " + std::string(key));
    }
}

}  // namespace

std::optional<transfer_request> list_models_request(const provider_settings& provider) {
    const auto* listing = listing_of(provider.kind);
    if (listing == nullptr || provider.client_key) return {};
    request_headers headers;
    headers.set("Accept", "application/json");
    set_key(headers, provider);
    headers.add_configured(provider.headers);
    transfer_request request;
    request.method = transfer_method::get;
    request.url = root_of(provider) + std::string(listing->path);
    request.headers = headers.lines();
    request.connect_timeout = provider.connect_timeout;
    request.proxy = provider.proxy;
    request.ca_file = provider.ca_file;
    return request;
}

std::vector<std::string> listed_models_in(
    const provider_settings& provider, std::string_view body
) {
    std::vector<std::string> names;
    const auto* listing = listing_of(provider.kind);
    const auto answer = parse_json(body);
    const auto* list = listing == nullptr ? nullptr : find(answer, listing->list);
    if (list == nullptr || !list->is_array()) return names;
    for (const auto& model : *list) {
        auto name = find_text(model, listing->name);
        if (name.starts_with(listing->prefix)) name.remove_prefix(listing->prefix.size());
        if (!name.empty() && names.size() < listed_max) names.emplace_back(name);
    }
    return names;
}

}  // namespace sluice::upstream
