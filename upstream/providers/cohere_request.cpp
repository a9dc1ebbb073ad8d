#include "upstream/providers/cohere_request.hpp"

#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/translation.hpp"

namespace sluice::upstream {

namespace {

std::vector<std::string> headers_of(
    const call& call, const provider_settings& provider, std::string_view key
) {
    request_headers headers;
    headers.forward(call.headers, {}, provider.forward_headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", "text/event-stream");
    if (!key.empty()) headers.set("Authorization", "Bearer " + std::string(key));
    headers.add_configured(provider.headers);
    return headers.lines();
}

}  // namespace

boost::system::result<http_request, failure> make_cohere_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    auto key = key_for(call, provider);
    if (!key) return std::move(key).error();
    auto body = translate_cohere_body(call, provider, model);
    if (!body) return std::move(body).error();
    http_request result;
    result.url = provider.base_url + "/v2/chat";
    result.headers = headers_of(call, provider, *key);
    result.body = std::move(body->text);
    result.dropped = std::move(body->dropped);
    return result;
}

}  // namespace sluice::upstream
