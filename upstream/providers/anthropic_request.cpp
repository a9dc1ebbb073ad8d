#include "upstream/providers/anthropic_request.hpp"

#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/translation.hpp"

namespace sluice::upstream {

namespace {

constexpr std::string_view usual_base_url = "https://api.anthropic.com";
constexpr std::string_view usual_version = "2023-06-01";
constexpr std::string_view files_beta = "files-api-2025-04-14";

std::string url_of(const provider_settings& provider, api api) {
    const auto url = anthropic_root(provider) + "/messages";
    return api == api::anthropic_count_tokens ? url + "/count_tokens" : url;
}

std::string betas_of(const header_list& client_headers, bool names_files) {
    std::string betas;
    for (const auto& [name, value] : client_headers) {
        if (name == "anthropic-beta" && !value.empty()) {
            betas.append(betas.empty() ? "" : ",").append(value);
        }
    }
    if (names_files) betas.append(betas.empty() ? "" : ",").append(files_beta);
    return betas;
}

std::vector<std::string> headers_of(
    const call& call, const provider_settings& provider, std::string_view key, bool names_files
) {
    const bool transparent = speaks(provider, call.api);
    std::vector<std::string> standard;
    if (transparent) standard.emplace_back("anthropic-version");
    request_headers headers;
    headers.set("anthropic-version", provider.version.empty() ? usual_version : provider.version);
    headers.forward(call.headers, standard, provider.forward_headers);
    if (const auto betas = betas_of(call.headers, names_files); !betas.empty()) {
        headers.set("anthropic-beta", betas);
    }
    headers.set("Content-Type", "application/json");
    const bool document = transparent && !call.stream;
    headers.set("Accept", document ? "application/json" : "text/event-stream");
    set_anthropic_key(headers, key);
    headers.add_configured(provider.headers);
    return headers.lines();
}

}  // namespace

std::string anthropic_root(const provider_settings& provider) {
    std::string url(provider.base_url.empty() ? usual_base_url : provider.base_url);
    while (url.ends_with('/'))
        url.pop_back();
    if (!url.ends_with("/v1")) url += "/v1";
    return url;
}

void set_anthropic_key(request_headers& headers, std::string_view key) {
    if (key.empty()) return;
    if (key.starts_with("sk-ant-oat")) {
        headers.set("Authorization", "Bearer " + std::string(key));
    } else {
        headers.set("x-api-key", key);
    }
}

boost::system::result<http_request, failure> make_anthropic_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    auto key = key_for(call, provider);
    if (!key) return std::move(key).error();
    http_request result;
    result.url = url_of(provider, call.api);
    bool names_files = false;
    if (speaks(provider, call.api)) {
        auto body = splice_openai_body(call.body, model, false);
        if (!body) {
            return rejected(400, "invalid_request_error", "the request body is not a JSON object");
        }
        result.body = std::move(*body);
    } else {
        auto body = translate_anthropic_body(call, provider, model);
        if (!body) return std::move(body).error();
        result.body = std::move(body->text);
        result.dropped = std::move(body->dropped);
        names_files = body->names_files;
    }
    result.headers = headers_of(call, provider, *key, names_files);
    return result;
}

}  // namespace sluice::upstream
