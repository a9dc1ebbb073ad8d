#include "upstream/mock/json_schema.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::upstream::mock {

using nlohmann::json;

bool work_budget::spend_copy(const json& value) {
    std::vector<const json*> open{&value};
    while (!open.empty()) {
        const json& next = *open.back();
        open.pop_back();
        const std::size_t bytes =
            next.is_string() ? next.get_ref<const std::string&>().size() : std::size_t{0};
        if (!spend(1 + bytes / 16 + next.size())) return false;
        if (!next.is_structured()) continue;
        for (const json& inner : next)
            open.push_back(&inner);
    }
    return true;
}

void type_set::add(json_type type) {
    bits_ |= 1U << static_cast<unsigned>(type);
    if (type == json_type::number) bits_ |= 1U << static_cast<unsigned>(json_type::integer);
}

type_set type_set::named_by(const json& type) {
    static constexpr auto names = std::to_array<std::pair<std::string_view, json_type>>({
        {"null", json_type::null},
        {"boolean", json_type::boolean},
        {"integer", json_type::integer},
        {"number", json_type::number},
        {"string", json_type::string},
        {"array", json_type::array},
        {"object", json_type::object},
    });
    if (!type.is_string() && !type.is_array()) return all();
    type_set set(0);
    const auto add_name = [&set](const json& name) {
        if (!name.is_string()) return;
        for (const auto& [known, value] : names) {
            if (name.get_ref<const std::string&>() == known) set.add(value);
        }
    };
    if (type.is_string()) add_name(type);
    for (std::size_t i = 0; type.is_array() && i < type.size() && i < 16; ++i)
        add_name(type[i]);
    return set;
}

type_set type_set::of(const json& value) {
    type_set set(0);
    if (value.is_null()) set.add(json_type::null);
    if (value.is_boolean()) set.add(json_type::boolean);
    if (value.is_string()) set.add(json_type::string);
    if (value.is_array()) set.add(json_type::array);
    if (value.is_object()) set.add(json_type::object);
    if (value.is_number()) {
        // A fraction is a number and nothing else; the bit of integer would make it pass for one.
        const double number = value.get<double>();
        const bool whole =
            value.is_number_integer() ||
            number ==
                static_cast<double>(static_cast<std::int64_t>(std::clamp(number, -9e15, 9e15)));
        if (whole) set.add(json_type::integer);
        set.bits_ |= 1U << static_cast<unsigned>(json_type::number);
    }
    return set;
}

const json* member(const json& value, std::string_view name) {
    if (!value.is_object()) return nullptr;
    const auto found = value.find(name);
    return found == value.end() ? nullptr : &*found;
}

namespace {

const json* step(const json& value, std::string token) {
    for (std::size_t at = token.find('~'); at != std::string::npos; at = token.find('~', at + 1)) {
        if (at + 1 < token.size() && token[at + 1] <= '1') {
            token.replace(at, 2, token[at + 1] == '1' ? "/" : "~");
        }
    }
    if (value.is_object()) return member(value, token);
    std::size_t index = 0;
    const char* const end = token.data() + token.size();
    const bool number = std::from_chars(token.data(), end, index).ptr == end && !token.empty();
    return value.is_array() && number && index < value.size() ? &value[index] : nullptr;
}

}  // namespace

const json* resolve(const json& document, std::string_view reference) {
    if (!reference.starts_with('#')) return nullptr;
    reference.remove_prefix(1);
    const json* at = &document;
    while (at != nullptr && !reference.empty()) {
        if (reference.front() != '/') return nullptr;
        reference.remove_prefix(1);
        const std::size_t size = std::min(reference.find('/'), reference.size());
        at = step(*at, std::string(reference.substr(0, size)));
        reference.remove_prefix(size);
    }
    return at;
}

void conjunction::add(const json& document, const json* schema, work_budget& budget) {
    std::vector<const json*> open{schema};
    while (!open.empty() && schemas_.size() < schemas_max && budget.spend(1)) {
        const json* next = open.back();
        open.pop_back();
        if (next == nullptr) continue;
        if (next->is_boolean() && !next->get<bool>()) impossible_ = true;
        const bool known = std::find(schemas_.begin(), schemas_.end(), next) != schemas_.end();
        if (!next->is_object() || known) continue;
        schemas_.push_back(next);
        for (const char* const keyword : {"anyOf", "oneOf"}) {
            const json* const choice = member(*next, keyword);
            if (choice == nullptr || !choice->is_array()) continue;
            if (choices_.size() < choices_max) choices_.push_back(choice);
        }
        if (const json* const all = member(*next, "allOf"); all != nullptr && all->is_array()) {
            // In reverse, for what is put last is looked at first.
            for (std::size_t i = std::min(all->size(), schemas_max); i-- > 0;) {
                open.push_back(&(*all)[i]);
            }
        }
        const json* const reference = member(*next, "$ref");
        if (reference != nullptr && reference->is_string()) {
            const auto& target = reference->get_ref<const std::string&>();
            if (budget.spend(target.size() / 16)) open.push_back(resolve(document, target));
        }
    }
}

const json* conjunction::take_choice() {
    return choices_taken_ < choices_.size() ? choices_[choices_taken_++] : nullptr;
}

const json* conjunction::find(std::string_view keyword) const {
    for (const json* const schema : schemas_) {
        if (const json* const found = member(*schema, keyword)) return found;
    }
    return nullptr;
}

type_set conjunction::types() const {
    type_set set = type_set::all();
    for (const json* const schema : schemas_) {
        if (const json* const type = member(*schema, "type")) set = set & type_set::named_by(*type);
    }
    return set;
}

std::optional<double> conjunction::highest(std::string_view keyword) const {
    std::optional<double> out;
    for (const json* const schema : schemas_) {
        const json* const value = member(*schema, keyword);
        if (value == nullptr || !value->is_number()) continue;
        out = std::max(out.value_or(value->get<double>()), value->get<double>());
    }
    return out;
}

std::optional<double> conjunction::lowest(std::string_view keyword) const {
    std::optional<double> out;
    for (const json* const schema : schemas_) {
        const json* const value = member(*schema, keyword);
        if (value == nullptr || !value->is_number()) continue;
        out = std::min(out.value_or(value->get<double>()), value->get<double>());
    }
    return out;
}

}  // namespace sluice::upstream::mock
