#include "upstream/providers/watsonx_request.hpp"

#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"
#include "upstream/providers/watsonx_body.hpp"

#include <string>

namespace sluice::upstream {

namespace {

constexpr std::string_view version_default = "2025-10-25";

std::string url_of(const provider_settings& provider, std::string_view model) {
    auto url = provider.base_url + "/ml/v1/";
    if (const auto deployment = watsonx_deployment(model); !deployment.empty()) {
        url += "deployments/" + percent_encode(deployment) + "/";
    }
    const auto version = provider.version.empty() ? version_default : provider.version;
    return url + "text/chat_stream?version=" + percent_encode(version);
}

std::vector<std::string> headers_of(
    const call& call, const provider_settings& provider, std::string_view token
) {
    request_headers headers;
    headers.forward(call.headers, {}, provider.forward_headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", "text/event-stream");
    if (!token.empty()) headers.set("Authorization", "Bearer " + std::string(token));
    headers.add_configured(provider.headers);
    return headers.lines();
}

/// The key itself is of no use here: it has been exchanged for a token.
boost::system::result<std::string, failure> token_for(
    const call& call, const provider_settings& provider
) {
    if (provider.client_key) return key_for(call, provider);
    return std::string(trim(provider.bearer_token));
}

}  // namespace

boost::system::result<http_request, failure> make_watsonx_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    auto token = token_for(call, provider);
    if (!token) return std::move(token).error();
    auto body = translate_watsonx_body(call, provider, model);
    if (!body) return std::move(body).error();
    http_request result;
    result.url = url_of(provider, model);
    result.headers = headers_of(call, provider, *token);
    result.body = std::move(body->text);
    result.dropped = std::move(body->dropped);
    return result;
}

}  // namespace sluice::upstream
