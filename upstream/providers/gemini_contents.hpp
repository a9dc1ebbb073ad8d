#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::upstream {

/// A conversation in Gemini's words.
struct gemini_conversation {
    nlohmann::json contents;  ///< turns of user and model, the first of the user
    nlohmann::json system;    ///< the parts of the systemInstruction; empty: none
};

/// Fails where a part of a message has no form there.
boost::system::result<gemini_conversation, failure> gemini_contents(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
