#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

namespace sluice::gateway {

/// Usage in the words of chat completions. What is not known is zero, as clients expect the fields.
nlohmann::ordered_json chat_usage(const upstream::usage& usage);

}  // namespace sluice::gateway
