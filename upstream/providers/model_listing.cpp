#include "upstream/providers/model_listing.hpp"

namespace sluice::upstream {

std::optional<transfer_request> list_models_request(const provider_settings& provider) {
    if (provider.kind != provider_settings::protocol::openai || provider.client_key)
        return std::nullopt;
    transfer_request request;
    request.method = transfer_method::get;
    request.url = provider.base_url + "/models";
    request.headers.emplace_back("Accept: application/json");
    if (!provider.api_key.empty())
        request.headers.push_back("Authorization: Bearer " + provider.api_key);
    for (const auto& [name, value] : provider.headers)
        request.headers.push_back(name + ": " + value);
    request.connect_timeout = provider.connect_timeout;
    request.proxy = provider.proxy;
    request.ca_file = provider.ca_file;
    return request;
}

}  // namespace sluice::upstream
