#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace sluice::upstream::mock {

/// A value that a JSON schema accepts; the seed decides which.
///
/// Understood: type (one or several), const, enum, properties, required, additionalProperties,
/// minProperties, items, prefixItems, minItems, maxItems, uniqueItems, minLength, maxLength,
/// pattern (see sample_pattern), format, minimum, maximum, the exclusive ones, multipleOf, allOf,
/// anyOf, oneOf, $ref within the document, and true or false as a schema. The rest is not looked
/// at.
///
/// A schema is a stranger's: depth, size and work are bounded, and where nothing satisfies it, or
/// not within the bounds, the value is as near as it came. An empty schema gives a small object.
nlohmann::json make_instance(const nlohmann::json& schema, std::uint64_t seed);

/// Its JSON text.
std::string make_instance_text(const nlohmann::json& schema, std::uint64_t seed);

}  // namespace sluice::upstream::mock
