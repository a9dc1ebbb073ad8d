#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::gateway::load {

/// A conversation as the AI SDK's `useChat` keeps it: messages of parts, where the result of a tool
/// stands in the part of its call. A failure where it has no part for something.
boost::system::result<nlohmann::json, upstream::failure> ui_history(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
);

}  // namespace sluice::gateway::load
