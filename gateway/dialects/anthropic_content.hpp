#pragma once

#include "gateway/dialects/json_input.hpp"
#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway {

/// Decodes the messages and the system's words of Anthropic's Messages API. The first problem is in
/// `problem`; the paths of what no other protocol knows are added to `untranslatable`.
void decode_anthropic_messages(
    const nlohmann::json& body,
    upstream::request& request,
    std::vector<std::string>& untranslatable,
    std::optional<upstream::failure>& problem
);

}  // namespace sluice::gateway
