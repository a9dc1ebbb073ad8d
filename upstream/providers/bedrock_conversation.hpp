#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// A conversation in Converse's words, or why it can't be said in them.
struct bedrock_conversation {
    nlohmann::json messages = nlohmann::json::array();
    nlohmann::json system = nlohmann::json::array();
    std::set<std::string> tools_called;  ///< names; their definitions have to go up as well
    bool lost_thoughts = false;  ///< the open turn calls tools without the thoughts before them
    std::string_view why = {};   ///< begins with a verb: "takes no ..."; empty: nothing is wrong
};

/// Roles alternate, beginning with the user's: neighbours of one role become one message, results
/// of tools are the user's, and system messages go to the front. `claude`: signed thoughts of
/// Anthropic's go back to it.
bedrock_conversation tell_bedrock(const std::vector<message>& messages, bool claude);

}  // namespace sluice::upstream
