#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

struct gemini_body {
    std::string text;
    std::vector<std::string> dropped;  ///< fields that were left out, by the client's names
};

/// A request in Gemini's words, or why this target can't carry it.
boost::system::result<gemini_body, failure> translate_gemini_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
