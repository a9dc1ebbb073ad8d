#include "gateway/dialects/gemini_schema.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, const char*>, 8> renamed{{
    {"any_of", "anyOf"},
    {"min_items", "minItems"},
    {"max_items", "maxItems"},
    {"min_length", "minLength"},
    {"max_length", "maxLength"},
    {"min_properties", "minProperties"},
    {"max_properties", "maxProperties"},
    {"additional_properties", "additionalProperties"},
}};
constexpr std::array<std::string_view, 6> counts{
    "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"};
/// What only Gemini reads.
constexpr std::array<std::string_view, 3> left_out{
    "nullable", "propertyOrdering", "property_ordering"};

std::string name_of(const std::string& key) {
    for (const auto& [from, to] : renamed) {
        if (key == from) return to;
    }
    return key;
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

/// 64-bit numbers come as texts.
json count_of(const json& value) {
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    return problem == std::errc() && stop == end ? json(number) : value;
}

json members_of(const json& schemas) {
    if (!schemas.is_object()) return schemas;
    auto made = json::object();
    for (const auto& [name, schema] : schemas.items())
        made[name] = json_schema_of(schema);
    return made;
}

json elements_of(const json& schemas) {
    if (!schemas.is_array()) return json_schema_of(schemas);
    auto made = json::array();
    for (const auto& schema : schemas)
        made.push_back(json_schema_of(schema));
    return made;
}

json member_of(const std::string& name, const json& value) {
    if (name == "type") return value.is_string() ? json(lower(value.get<std::string>())) : value;
    if (std::ranges::find(counts, name) != counts.end()) return count_of(value);
    if (name == "properties" || name == "$defs" || name == "defs") return members_of(value);
    if (name == "items" || name == "anyOf" || name == "prefixItems") return elements_of(value);
    if (name == "additionalProperties" && value.is_object()) return json_schema_of(value);
    return value;
}

}  // namespace

json json_schema_of(const json& schema) {
    if (!schema.is_object()) return schema;
    auto made = json::object();
    for (const auto& [key, value] : schema.items()) {
        if (std::ranges::find(left_out, key) != left_out.end()) continue;
        const auto name = name_of(key);
        made[name] = member_of(name, value);
    }
    const auto nullable = schema.find("nullable");
    const auto type = made.find("type");
    if (nullable != schema.end() && *nullable == true && type != made.end() && type->is_string()) {
        *type = json::array({*type, "null"});
    }
    return made;
}

}  // namespace sluice::gateway
