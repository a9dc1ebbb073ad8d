#include "gateway/config/headers_value.hpp"

#include "gateway/config/references.hpp"
#include "gateway/config/rules.hpp"
#include "gateway/config/values.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr text_value masked{check_anything, {}, text_value::use::masked};

bool has(const upstream::header_list& headers, const std::string& name) {
    return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
        return lower_case(header.first) == lower_case(name);
    });
}

}  // namespace

std::optional<upstream::header_list> headers_value::read(const node& value, problems& problems)
    const {
    if (!is_kind(value, node::type::map, "a map of names and values", problems)) {
        return std::nullopt;
    }
    upstream::header_list headers;
    for (const node& child : value.children) {
        std::string name = child.key;
        complaint wrong = check_header_name(name);
        if (!wrong && has(headers, name)) wrong = "stands here twice: case does not count";
        if (wrong) problems.add(child.key_at, in_quotes(name) + " " + *wrong);
        auto text = masked.read(child, problems);
        // `Bearer ${TOKEN}` gives nothing away.
        const bool literal = text && !has_references(child.text);
        if (literal && holds_a_credential(name)) report_open_secret(child, problems);
        if (!wrong && text) headers.emplace_back(std::move(name), std::move(*text));
    }
    return headers;
}

json headers_value::schema() const {
    return {
        {"type", "object"},
        {"propertyNames", {{"pattern", "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"}}},
        {"additionalProperties", masked.schema()}};
}

json headers_value::write(const upstream::header_list& headers) const {
    json out;
    for (const auto& [name, value] : headers)
        out[name] = "***";
    return out;
}

}  // namespace sluice::gateway
