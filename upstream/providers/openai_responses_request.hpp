#pragma once

#include "upstream/providers/codec.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::upstream {

/// Whether a call goes up in its own bytes.
bool is_responses_relay(const call& call, const provider_settings& provider);

/// The HTTP request for a response, or why this provider cannot be asked for it.
boost::system::result<http_request, failure> make_responses_request(
    const call& call, const provider_settings& provider, std::string_view model
);

/// The conversation as `input` items, put into `body` with its `instructions`. A failure where a
/// part has no place there.
boost::system::result<void, failure> put_responses_input(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    nlohmann::json& body
);

/// The body for a request that came in another dialect.
struct responses_body {
    nlohmann::json json;
    std::vector<std::string> dropped;  ///< by the client's names
};
/// Always streamed, never stored. A failure where the API can't carry the request.
boost::system::result<responses_body, failure> translate_responses_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
