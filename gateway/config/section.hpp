#pragma once

#include "gateway/config/document.hpp"
#include "gateway/config/nearest.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The tables. A section is the list of the keys that one YAML map may have; the parser, the schema
/// and `describe` all walk the same list, so that none of them can know a key that another does
/// not.
namespace sluice::gateway {

using json = nlohmann::ordered_json;

/// One key of a map that fills a `T`.
template <class T>
struct field {
    std::string_view key;
    std::string_view doc;
    bool required = false;
    std::function<void(const node&, T&, problems&)> read;
    std::function<json(const T& defaults)> schema;
    std::function<json(const T&)> write;  ///< null where there is nothing to say; secrets masked
};

template <class T>
struct section {
    T defaults;
    std::vector<field<T>> fields;
    std::string where = {};  ///< ends 'unknown key ...': " for kind 'mock'"
    /// Rules between keys; runs after them.
    std::function<void(const node&, T&, problems&)> check = {};
};

/// `'key'`, or what an item of a list is called.
std::string subject(const node& value);

/// Reports what is not of the kind that is wanted ("a list", "a duration such as 75s"); an alias,
/// reported before, in silence.
bool is_kind(const node& value, node::type kind, std::string_view wanted, problems& problems);

void report_unknown_key(
    const node& child,
    const std::vector<std::string_view>& known,
    std::string_view where,
    problems& problems
);

template <class T>
void read_section(const node& map, const section<T>& table, T& into, problems& problems) {
    if (!is_kind(map, node::type::map, "a map of keys and values", problems)) return;
    for (const node& child : map.children) {
        const field<T>* known = nullptr;
        std::vector<std::string_view> keys;
        for (const field<T>& one : table.fields) {
            if (one.key == child.key) known = &one;
            keys.push_back(one.key);
        }
        if (known != nullptr) {
            known->read(child, into, problems);
        } else {
            report_unknown_key(child, keys, table.where, problems);
        }
    }
    for (const field<T>& one : table.fields) {
        if (one.required && map.find(one.key) == nullptr) {
            problems.add(map.at, "missing key " + in_quotes(one.key) + table.where);
        }
    }
    if (table.check) table.check(map, into, problems);
}

template <class T>
json schema_of(const section<T>& table) {
    json schema = {{"type", "object"}, {"additionalProperties", false}};
    json& properties = schema["properties"] = json::object();
    json required = json::array();
    for (const field<T>& one : table.fields) {
        json property = {{"description", one.doc}};
        property.update(one.schema(table.defaults));
        properties[std::string(one.key)] = std::move(property);
        if (one.required) required.push_back(one.key);
    }
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

template <class T>
json write_section(const section<T>& table, const T& from) {
    json out = json::object();
    for (const field<T>& one : table.fields) {
        json value = one.write(from);
        if (!value.is_null()) out[std::string(one.key)] = std::move(value);
    }
    return out.empty() ? json() : out;
}

/// A value type, such as those in values.hpp, may write a plain value of what is optional in a
/// struct.
template <class Type, class Value>
json write_value(const Type& type, const Value& value) {
    if constexpr (requires { type.write(value); }) {
        return type.write(value);
    } else {
        return value ? type.write(*value) : json();
    }
}

/// A key whose value goes to one place of the struct. `place` is a pointer to a member, or a
/// callable that takes the struct and returns a reference.
template <class T, class Place, class Type>
field<T> make_field(
    std::string_view key, std::string_view doc, Place place, Type type, bool required = false
) {
    field<T> made{key, doc, required, {}, {}, {}};
    made.read = [place, type](const node& value, T& into, problems& problems) {
        if (auto read = type.read(value, problems)) std::invoke(place, into) = std::move(*read);
    };
    made.schema = [place, type](const T& defaults) {
        json schema = type.schema();
        json value = write_value(type, std::invoke(place, defaults));
        if (!value.is_null()) schema["default"] = std::move(value);
        return schema;
    };
    made.write = [place, type](const T& from) {
        return write_value(type, std::invoke(place, from));
    };
    return made;
}

/// A key whose map fills more of the same struct.
template <class T>
field<T> make_group(std::string_view key, std::string_view doc, const section<T>& table) {
    field<T> made{key, doc, false, {}, {}, {}};
    made.read = [&table](const node& value, T& into, problems& problems) {
        read_section(value, table, into, problems);
    };
    made.schema = [&table](const T&) { return schema_of(table); };
    made.write = [&table](const T& from) { return write_section(table, from); };
    return made;
}

}  // namespace sluice::gateway
