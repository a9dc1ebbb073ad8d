#pragma once

#include <nlohmann/json.hpp>

namespace sluice::upstream {

/// Structured outputs of Claude want it said of every object in a schema that it has no other
/// members than the named ones. What the schema itself says of them stays as it is.
void forbid_more_properties(nlohmann::json& schema);

}  // namespace sluice::upstream
