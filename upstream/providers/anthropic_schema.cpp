#include "upstream/providers/anthropic_schema.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr int schema_depth_max = 64;  // as deep as the dialects let a request nest

bool describes_object(const json& schema) {
    const auto type = schema.find("type");
    if (type == schema.end()) return false;
    if (!type->is_array()) return *type == "object";
    return std::find(type->begin(), type->end(), json("object")) != type->end();
}

void forbid_more_properties(json& schema, int depth) {
    if (depth > schema_depth_max || !schema.is_structured()) return;
    if (schema.is_object() && describes_object(schema)) {
        schema.emplace("additionalProperties", false);
    }
    for (auto& member : schema)
        forbid_more_properties(member, depth + 1);
}

}  // namespace

void forbid_more_properties(json& schema) {
    forbid_more_properties(schema, 0);
}

}  // namespace sluice::upstream
