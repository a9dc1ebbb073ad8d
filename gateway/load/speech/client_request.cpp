#include "gateway/load/speech/client_request.hpp"

#include "upstream/providers/openai_host.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/translation.hpp"

#include <limits>
#include <utility>

namespace sluice::gateway::load {

namespace {

/// Sluice as a host of chat completions: it takes all there is. Usage it always tells.
constexpr upstream::openai_host sluice_host{
    .name = "sluice",
    .base_url = {},
    .domain = {},
    .reasoning = upstream::openai_host::thinking::effort,
    .history = upstream::openai_host::thoughts::details,
    .stops_max = std::numeric_limits<int>::max(),
    .developer_role = true,
    .wide_effort = true,
    .stream_options = false,
    .file_urls = true,
    .call_signatures = true,
    .top_k = true,
    .metadata = true,
};

}  // namespace

upstream::http_request post_to(
    std::string_view path, const upstream::call& call, const upstream::provider_settings& server
) {
    constexpr std::string_view version = "/v1";
    std::string_view root = server.base_url;
    while (root.ends_with('/'))
        root.remove_suffix(1);
    if (root.ends_with(version)) root.remove_suffix(version.size());
    auto settings = server;
    settings.kind = upstream::provider_settings::protocol::openai;
    upstream::http_request request;
    request.url = std::string(root).append(path);
    request.headers = upstream::openai_headers_of(call, settings, server.api_key, false);
    return request;
}

boost::system::result<std::string, upstream::failure> chat_body(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
) {
    auto settings = server;
    settings.kind = upstream::provider_settings::protocol::openai;
    settings.host = &sluice_host;
    auto body = upstream::translate_openai_body(call, settings, model);
    if (!body) return std::move(body).error();
    if (!model.empty()) return std::move(body->text);
    auto bare = nlohmann::json::parse(body->text);
    bare.erase("model");
    return upstream::dump_body(bare);
}

upstream::provider_errors errors_of(const upstream::provider_settings& server) {
    auto settings = server;
    settings.client_key = true;
    return {settings, server.api_key};
}

}  // namespace sluice::gateway::load
