#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/providers/translation.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::upstream {

/// A request's parameters as a generationConfig. Fails where one has no form there; what only tunes
/// is noted in `dropped`.
boost::system::result<nlohmann::json, failure> gemini_config(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    dropped_fields& dropped
);

}  // namespace sluice::upstream
