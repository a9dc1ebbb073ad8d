#include "upstream/providers/openai_request.hpp"

#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/text.hpp"

namespace sluice::upstream {

namespace {

using kind = provider_settings::protocol;

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved = "-._~";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || unreserved.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain) {
            out += c;
        } else {
            (out += '%') += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
    return out;
}

/// Azure's newer addresses (`.../openai/v1`) take the deployment as the model, as OpenAI does.
std::string url_of(const provider_settings& provider, std::string_view model) {
    const bool deployments =
        provider.kind == kind::azure && !provider.base_url.ends_with("/openai/v1");
    auto url = provider.base_url;
    if (deployments) url += "/openai/deployments/" + percent_encode(model);
    url += "/chat/completions";
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

std::vector<std::string> headers_of(
    const call& call, const provider_settings& provider, std::string_view key
) {
    static const std::vector<std::string> standard{
        "openai-beta", "openai-organization", "openai-project", "traceparent"};
    const bool document = call.api == api::openai_chat && !call.stream;
    request_headers headers;
    headers.forward(call.headers, standard, provider.forward_headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", document ? "application/json" : "text/event-stream");
    if (!provider.organization.empty()) headers.set("OpenAI-Organization", provider.organization);
    set_key(headers, provider, key);
    headers.add_configured(provider.headers);
    return headers.lines();
}

failure rejected(int status, std::string type, std::string message) {
    failure result;
    result.outcome = outcome::rejected;
    result.status = status;
    result.type = std::move(type);
    result.message = std::move(message);
    return result;
}

}  // namespace

boost::system::result<http_request, failure> make_openai_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    const auto key = provider.client_key ? client_key_of(call.headers) : trim(provider.api_key);
    if (provider.client_key && key.empty()) {
        return rejected(
            401,
            "authentication_error",
            "this model is asked with your own key: send it as 'Authorization: Bearer KEY'"
        );
    }
    http_request result;
    result.url = url_of(provider, model);
    result.headers = headers_of(call, provider, key);
    if (call.api != api::openai_chat) {
        result.body = translate_openai_body(call.request, provider, model);
        return result;
    }
    auto body = splice_openai_body(call.body, model, call.stream && provider.ask_usage);
    if (!body) {
        return rejected(400, "invalid_request_error", "the request body is not a JSON object");
    }
    result.body = std::move(*body);
    return result;
}

}  // namespace sluice::upstream
