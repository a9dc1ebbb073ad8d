#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

struct watsonx_body {
    std::string text;                  ///< JSON
    std::vector<std::string> dropped;  ///< fields that only tune, by the client's names
};

/// The body of a chat request, or why watsonx.ai can't carry the call.
boost::system::result<watsonx_body, failure> translate_watsonx_body(
    const call& call, const provider_settings& provider, std::string_view model
);

/// Of a model written `deployment/ID` the id; empty where it is none.
std::string_view watsonx_deployment(std::string_view model);

}  // namespace sluice::upstream
