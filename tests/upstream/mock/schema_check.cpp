#include "tests/upstream/mock/schema_check.hpp"

#include <algorithm>
#include <cmath>
#include <regex>

namespace sluice::test {
namespace {

using nlohmann::json;

bool is_type(const std::string& name, const json& value) {
    if (name == "integer") {
        return value.is_number() && std::floor(value.get<double>()) == value.get<double>();
    }
    if (name == "number") return value.is_number();
    return name == value.type_name();
}

bool valid_type(const json& schema, const json& value) {
    if (!schema.contains("type")) return true;
    const json& type = schema["type"];
    if (type.is_string()) return is_type(type, value);
    return std::any_of(type.begin(), type.end(), [&](const json& one) {
        return is_type(one, value);
    });
}

bool valid_number(const json& schema, const json& value) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>()) return false;
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) return false;
    if (schema.contains("exclusiveMinimum") && number <= schema["exclusiveMinimum"].get<double>()) {
        return false;
    }
    if (schema.contains("exclusiveMaximum") && number >= schema["exclusiveMaximum"].get<double>()) {
        return false;
    }
    if (!schema.contains("multipleOf")) return true;
    const double times = number / schema["multipleOf"].get<double>();
    return std::abs(times - std::round(times)) < 1e-9;
}

bool valid_string(const json& schema, const std::string& text) {
    const auto length = std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    });
    if (length < schema.value("minLength", 0)) return false;
    if (length > schema.value("maxLength", 1'000'000)) return false;
    if (!schema.contains("pattern")) return true;
    return std::regex_search(text, std::regex(schema["pattern"].get<std::string>()));
}

}  // namespace

bool matches_whole(const std::string& text, const std::string& pattern) {
    return std::regex_match(text, std::regex(pattern));
}

bool schema_check::valid(const json& schema, const json& value) const {
    if (schema.is_boolean()) return schema.get<bool>();
    if (!valid_type(schema, value) || !valid_combination(schema, value)) return false;
    if (schema.contains("const") && schema["const"] != value) return false;
    if (schema.contains("enum")) {
        const json& all = schema["enum"];
        if (std::find(all.begin(), all.end(), value) == all.end()) return false;
    }
    if (value.is_number()) return valid_number(schema, value);
    if (value.is_string()) return valid_string(schema, value);
    if (value.is_array()) return valid_array(schema, value);
    return !value.is_object() || valid_object(schema, value);
}

bool schema_check::valid_combination(const json& schema, const json& value) const {
    const auto count = [&](const char* keyword) {
        const json& all = schema[keyword];
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const json& one) {
            return valid(one, value);
        }));
    };
    if (schema.contains("$ref")) {
        const json::json_pointer target(schema["$ref"].get<std::string>().substr(1));
        if (!valid(document_.at(target), value)) return false;
    }
    if (schema.contains("allOf") && count("allOf") != schema["allOf"].size()) return false;
    if (schema.contains("anyOf") && count("anyOf") == 0) return false;
    return !schema.contains("oneOf") || count("oneOf") == 1;
}

bool schema_check::valid_object(const json& schema, const json& value) const {
    for (const json& name : schema.value("required", json::array())) {
        if (!value.contains(name.get<std::string>())) return false;
    }
    if (value.size() < schema.value("minProperties", std::size_t{0})) return false;
    if (value.size() > schema.value("maxProperties", std::size_t{1000})) return false;
    const json properties = schema.value("properties", json::object());
    const json rest = schema.value("additionalProperties", json(true));
    return std::all_of(value.items().begin(), value.items().end(), [&](const auto& member) {
        const auto own = properties.find(member.key());
        return valid(own == properties.end() ? rest : *own, member.value());
    });
}

bool schema_check::valid_array(const json& schema, const json& value) const {
    if (value.size() < schema.value("minItems", std::size_t{0})) return false;
    if (value.size() > schema.value("maxItems", std::size_t{1'000'000})) return false;
    json list = schema.value("prefixItems", json::array());
    json rest = schema.value("items", json(true));
    if (rest.is_array()) {
        list = rest;
        rest = schema.value("additionalItems", json(true));
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (!valid(i < list.size() ? list[i] : rest, value[i])) return false;
        if (!schema.value("uniqueItems", false)) continue;
        if (std::count(value.begin(), value.end(), value[i]) != 1) return false;
    }
    return true;
}

}  // namespace sluice::test
