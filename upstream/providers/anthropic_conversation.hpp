#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// A conversation in the form of the Messages API: the system's words apart, then turns that
/// alternate and begin with the user's.
struct anthropic_conversation {
    std::string system;
    nlohmann::json turns = nlohmann::json::array();
    std::string_view why;      ///< why it can't be told: "takes no ..."; empty: it can
    bool names_files = false;  ///< of the provider's own store
    /// Calls of the last answer were just answered, and that answer holds no thoughts that the
    /// provider would know again. It refuses to think on behind it.
    bool lost_thoughts = false;
};

anthropic_conversation tell_anthropic(const std::vector<message>& messages);

}  // namespace sluice::upstream
