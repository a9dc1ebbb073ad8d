#include "upstream/providers/ollama_request.hpp"

#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/translation.hpp"

#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

std::string url_of(const provider_settings& provider, api api) {
    auto url = provider.base_url.empty() ? std::string(ollama_base_url) : provider.base_url;
    return url += api == api::ollama_generate ? "/api/generate" : "/api/chat";
}

std::vector<std::string> headers_of(
    const call& call, const provider_settings& provider, std::string_view key
) {
    const bool document = speaks(provider, call.api) && !call.stream;
    request_headers headers;
    headers.forward(call.headers, {}, provider.forward_headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", document ? "application/json" : "application/x-ndjson");
    // Ollama itself knows no keys; its cloud and the proxies before it do.
    if (!key.empty()) headers.set("Authorization", "Bearer " + std::string(key));
    headers.add_configured(provider.headers);
    return headers.lines();
}

}  // namespace

boost::system::result<http_request, failure> make_ollama_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    auto key = key_for(call, provider);
    if (!key) return std::move(key).error();
    http_request result;
    if (speaks(provider, call.api)) {
        auto body = splice_openai_body(call.body, model, false);
        if (!body) {
            return rejected(400, "invalid_request_error", "the request body is not a JSON object");
        }
        result.body = std::move(*body);
    } else {
        auto translated = translate_ollama_body(call, provider, model);
        if (!translated) return std::move(translated).error();
        result = std::move(*translated);
    }
    result.url = url_of(provider, call.api);
    result.headers = headers_of(call, provider, *key);
    return result;
}

}  // namespace sluice::upstream
