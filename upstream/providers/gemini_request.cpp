#include "upstream/providers/gemini_request.hpp"

#include "upstream/providers/gemini_translate.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

constexpr std::string_view default_base_url = "https://generativelanguage.googleapis.com";

bool is_versioned(std::string_view base_url) {
    const auto scheme = base_url.find("://");
    const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
    return base_url.find("/v1", host) != std::string_view::npos;
}

/// `models/gemini-3-pro` for a plain name; tuned models bring their own collection.
std::string path_of(std::string_view model) {
    constexpr std::string_view plain = "models/";
    if (model.starts_with(plain)) model.remove_prefix(plain.size());
    std::string path;
    for (const std::string_view other : {"tunedModels/", "endpoints/"}) {
        if (!model.starts_with(other)) continue;
        path = other;
        model.remove_prefix(other.size());
    }
    if (path.empty()) path = plain;
    return path + percent_encode(model);
}

std::string url_of(const provider_settings& provider, std::string_view model, bool document) {
    const auto url = gemini_root(provider) + "/" + path_of(model);
    return url + (document ? ":generateContent" : ":streamGenerateContent?alt=sse");
}

std::vector<std::string> headers_of(
    const call& call, const provider_settings& provider, std::string_view key, bool document
) {
    request_headers headers;
    headers.forward(call.headers, {}, provider.forward_headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", document ? "application/json" : "text/event-stream");
    set_gemini_key(headers, provider, key);
    headers.add_configured(provider.headers);
    return headers.lines();
}

}  // namespace

std::string gemini_root(const provider_settings& provider) {
    std::string url{provider.base_url.empty() ? default_base_url : provider.base_url};
    if (!is_versioned(url)) url += "/v1beta";
    return url;
}

void set_gemini_key(
    request_headers& headers, const provider_settings& provider, std::string_view key
) {
    constexpr std::string_view access_token = "ya29.";
    const auto token = trim(provider.bearer_token);
    if (!token.empty()) {
        headers.set("Authorization", "Bearer " + std::string(token));
    } else if (key.starts_with(access_token)) {
        headers.set("Authorization", "Bearer " + std::string(key));
    } else if (!key.empty()) {
        headers.set("x-goog-api-key", key);
    }
}

boost::system::result<http_request, failure> make_gemini_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    std::string key;
    if (trim(provider.bearer_token).empty()) {
        auto found = key_for(call, provider);
        if (!found) return std::move(found).error();
        key = std::move(*found);
    }
    const bool transparent = speaks(provider, call.api);
    const bool document = transparent && !call.stream;
    http_request result;
    result.url = url_of(provider, model, document);
    result.headers = headers_of(call, provider, key, document);
    if (transparent) {
        result.body = call.body;
        return result;
    }
    auto body = translate_gemini_body(call, provider, model);
    if (!body) return std::move(body).error();
    result.body = std::move(body->text);
    result.dropped = std::move(body->dropped);
    return result;
}

}  // namespace sluice::upstream
