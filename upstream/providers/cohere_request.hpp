#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// The request for a streamed chat at Cohere.
boost::system::result<http_request, failure> make_cohere_request(
    const call& call, const provider_settings& provider, std::string_view model
);

struct cohere_body {
    std::string text;                  ///< JSON
    std::vector<std::string> dropped;  ///< fields that only tune, by the client's names
};

/// Its body, or why Cohere can't carry the call.
boost::system::result<cohere_body, failure> translate_cohere_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
