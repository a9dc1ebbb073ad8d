#include "gateway/telemetry/traces/attribute_list.hpp"

#include "upstream/json_members.hpp"

#include <charconv>
#include <cmath>

namespace sluice::gateway {

/// Names are of our own tables: nothing in them needs an escape.
void attribute_list::begin(std::string_view name, std::string_view kind) {
    if (!members_.empty()) members_ += ',';
    members_.append(R"({"key":")").append(name).append(R"(","value":{")");
    members_.append(kind).append("\":");
}

void attribute_list::text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    begin(name, "stringValue");
    upstream::append_json_string(members_, value);
    members_ += "}}";
}

/// 64 bits are a string in the JSON of protocol buffers.
void attribute_list::integer(std::string_view name, std::optional<std::int64_t> value) {
    if (!value) return;
    begin(name, "intValue");
    members_.append(1, '"').append(std::to_string(*value)).append("\"}}");
}

void attribute_list::real(std::string_view name, std::optional<double> value) {
    if (!value || !std::isfinite(*value)) return;
    begin(name, "doubleValue");
    char digits[32];
    members_.append(digits, std::to_chars(digits, digits + sizeof digits, *value).ptr);
    members_ += "}}";
}

void attribute_list::flag(std::string_view name, bool value) {
    begin(name, "boolValue");
    members_.append(value ? "true" : "false").append("}}");
}

void attribute_list::texts(std::string_view name, std::span<const std::string> values) {
    if (values.empty()) return;
    begin(name, "arrayValue");
    members_ += R"({"values":[)";
    bool first = true;
    for (const auto& value : values) {
        if (!first) members_ += ',';
        first = false;
        members_ += R"({"stringValue":)";
        upstream::append_json_string(members_, value);
        members_ += '}';
    }
    members_ += "]}}}";
}

}  // namespace sluice::gateway
