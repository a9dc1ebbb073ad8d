#pragma once

#include "upstream/providers/codec.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <string_view>

namespace sluice::upstream {

/// The HTTP request for ConverseStream, signed unless the provider has a key, or why this provider
/// can't be asked for it.
boost::system::result<http_request, failure> make_bedrock_request(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    std::chrono::system_clock::time_point now
);

/// The body of a Converse request, as `http_request` holds it with its dropped fields. A failure
/// where this model can't carry the request.
boost::system::result<http_request, failure> translate_bedrock_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
