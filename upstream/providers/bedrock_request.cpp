#include "upstream/providers/bedrock_request.hpp"

#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/sigv4.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

constexpr std::string_view service = "bedrock";
constexpr std::string_view content_type = "application/json";

std::string base_url_of(const provider_settings& provider) {
    if (!provider.base_url.empty()) return provider.base_url;
    // China is a partition of its own.
    const std::string_view end = provider.region.starts_with("cn-") ? ".cn" : "";
    return "https://bedrock-runtime." + provider.region + ".amazonaws.com" + std::string(end);
}

/// An address taken apart.
struct url_parts {
    std::string_view host;  ///< with its port, unless that is the scheme's own
    std::string_view path;
};

url_parts parts_of(std::string_view url) {
    const auto scheme = url.substr(0, url.find("://"));
    const auto rest = url.substr(scheme.size() + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    auto host = rest.substr(0, slash);
    host.remove_prefix(host.rfind('@') + 1);
    const std::string_view own_port = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(own_port)) host.remove_suffix(own_port.size());
    return {host, rest.substr(slash)};
}

void sign(
    request_headers& headers,
    const http_request& request,
    const provider_settings& provider,
    std::chrono::system_clock::time_point now
) {
    const auto url = parts_of(request.url);
    aws_request signed_request;
    signed_request.method = "POST";
    signed_request.path = url.path;
    signed_request.headers = {
        {"host", std::string(url.host)}, {"content-type", std::string(content_type)}};
    signed_request.body = request.body;
    const aws_credentials credentials{
        provider.access_key_id, provider.secret_access_key, provider.session_token};
    const aws_scope scope{provider.region, service, now};
    for (const auto& [name, value] : sign_aws_request(signed_request, credentials, scope))
        headers.set(name, value);
}

}  // namespace

/// What the configuration adds goes in before the signature, whose headers nothing may replace.
boost::system::result<http_request, failure> make_bedrock_request(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    std::chrono::system_clock::time_point now
) {
    auto key = key_for(call, provider);
    if (!key) return std::move(key).error();
    auto request = translate_bedrock_body(call, provider, model);
    if (!request) return request;
    request->url = base_url_of(provider) + "/model/" + percent_encode(model) + "/converse-stream";
    request_headers headers;
    headers.forward(call.headers, {}, provider.forward_headers);
    headers.add_configured(provider.headers);
    headers.set("Content-Type", content_type);
    headers.set("Accept", "application/vnd.amazon.eventstream");
    if (!key->empty())
        headers.set("Authorization", "Bearer " + *key);
    else if (!provider.access_key_id.empty())
        sign(headers, *request, provider, now);
    request->headers = headers.lines();
    return request;
}

}  // namespace sluice::upstream
