#pragma once

#include "upstream/providers/codec.hpp"
#include "upstream/providers/provider_headers.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// The provider's address with `/v1`, whether it is configured with that or without.
std::string anthropic_root(const provider_settings& provider);
/// Sends the key as its kind wants: keys in `x-api-key`, OAuth tokens as a bearer.
void set_anthropic_key(request_headers& headers, std::string_view key);

/// The HTTP request for a message or for a count of tokens, or why this provider can't be asked.
boost::system::result<http_request, failure> make_anthropic_request(
    const call& call, const provider_settings& provider, std::string_view model
);

/// The body for a request that came in another dialect; always streamed.
struct anthropic_body {
    std::string text;
    std::vector<std::string> dropped;  ///< by the client's names
    bool names_files = false;          ///< of the provider's own store, which is a beta
};
/// A failure where the model can't carry the request.
boost::system::result<anthropic_body, failure> translate_anthropic_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
