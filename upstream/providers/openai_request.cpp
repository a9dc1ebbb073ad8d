#include "upstream/providers/openai_request.hpp"

#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_host.hpp"
#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/translation.hpp"

namespace sluice::upstream {

namespace {

using kind = provider_settings::protocol;

std::string_view path_of(const provider_settings& provider, api api) {
    if (!speaks(provider, api)) return "/chat/completions";
    if (api == api::openai_completions) return "/completions";
    if (api == api::openai_embeddings) return "/embeddings";
    return "/chat/completions";
}

/// Azure's newer addresses (`.../openai/v1`) take the deployment as the model, as OpenAI does.
std::string url_of(const provider_settings& provider, api api, std::string_view model) {
    const bool deployments =
        provider.kind == kind::azure && !provider.base_url.ends_with("/openai/v1");
    auto url = provider.base_url;
    if (deployments) url += "/openai/deployments/" + percent_encode(model);
    url += path_of(provider, api);
    if (provider.kind == kind::azure && !provider.api_version.empty()) {
        url += "?api-version=" + percent_encode(provider.api_version);
    }
    return url;
}

void set_key(request_headers& headers, const provider_settings& provider, std::string_view key) {
    if (key.empty()) return;
    // A token of Entra (a JWT) passed on by the client is no Azure key.
    const bool token = provider.client_key && key.starts_with("eyJ");
    if (provider.kind == kind::azure && !token) {
        headers.set("api-key", key);
    } else {
        headers.set("Authorization", "Bearer " + std::string(key));
    }
}

/// Only streams lack it unless it is asked for.
bool asks_usage(const call& call, const provider_settings& provider) {
    return call.stream && call.api != api::openai_embeddings && provider.ask_usage &&
           openai_host_of(provider).stream_options;
}

}  // namespace

std::vector<std::string> openai_headers_of(
    const call& call, const provider_settings& provider, std::string_view key, bool document
) {
    static const std::vector<std::string> standard{
        "openai-beta", "openai-organization", "openai-project"};
    request_headers headers;
    headers.forward(call.headers, standard, provider.forward_headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", document ? "application/json" : "text/event-stream");
    if (!provider.organization.empty()) headers.set("OpenAI-Organization", provider.organization);
    set_key(headers, provider, key);
    headers.add_configured(provider.headers);
    return headers.lines();
}

boost::system::result<http_request, failure> make_openai_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    auto key = key_for(call, provider);
    if (!key) return std::move(key).error();
    http_request result;
    result.url = url_of(provider, call.api, model);
    const bool transparent = speaks(provider, call.api);
    const bool document = transparent && (!call.stream || call.api == api::openai_embeddings);
    result.headers = openai_headers_of(call, provider, *key, document);
    if (!transparent) {
        auto body = translate_openai_body(call, provider, model);
        if (!body) return std::move(body).error();
        result.body = std::move(body->text);
        result.dropped = std::move(body->dropped);
        return result;
    }
    auto body = splice_openai_body(call.body, model, asks_usage(call, provider));
    if (!body) {
        return rejected(400, "invalid_request_error", "the request body is not a JSON object");
    }
    result.body = std::move(*body);
    return result;
}

}  // namespace sluice::upstream
