#pragma once

#include <nlohmann/json.hpp>

namespace sluice::gateway {

/// Gemini's own schemas (a piece of OpenAPI 3.0: types in capitals, `nullable`, counts as texts) as
/// JSON Schema. A schema that is JSON Schema already stays as it is.
nlohmann::json json_schema_of(const nlohmann::json& schema);

}  // namespace sluice::gateway
