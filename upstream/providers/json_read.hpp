#pragma once

#include "upstream/json_members.hpp"
#include "upstream/providers/text.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// Reading JSON whose types nobody has checked: what is not there, or not of the kind that was
/// asked for, is simply absent.
namespace sluice::upstream {

/// No provider nests so deep; copying and writing JSON recurse.
inline constexpr std::size_t provider_json_depth_max = 128;

/// Parses what a provider sent; mostly it is JSON as it is, only what is not gets mended first.
/// Discarded where it is no JSON or nested too deep.
inline nlohmann::json parse_json(std::string_view text) {
    using nlohmann::json;
    if (nested_deeper_than(text, provider_json_depth_max)) return json(json::value_t::discarded);
    auto parsed = json::parse(text, nullptr, false);
    if (!parsed.is_discarded()) return parsed;
    return json::parse(repair_json(text), nullptr, false);
}

inline const nlohmann::json* find(const nlohmann::json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

inline std::string_view text_of(const nlohmann::json* value) {
    if (value == nullptr || !value->is_string()) return {};
    return value->get_ref<const std::string&>();
}

inline std::string_view find_text(const nlohmann::json& object, const char* key) {
    return text_of(find(object, key));
}

/// A number that is a count: an integer, or a floating-point number in the range of one.
inline std::optional<std::int64_t> count_of(const nlohmann::json* value) {
    constexpr double exact_max = 9007199254740992.0;  // 2^53
    if (value == nullptr) return {};
    if (value->is_number_unsigned()) {
        const auto number = value->get<std::uint64_t>();
        if (number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return {};
        return static_cast<std::int64_t>(number);
    }
    if (!value->is_number_float()) return {};
    const auto number = value->get<double>();
    if (!(number >= 0 && number <= exact_max)) return {};
    return static_cast<std::int64_t>(number);
}

inline std::optional<std::int64_t> find_count(const nlohmann::json& object, const char* key) {
    return count_of(find(object, key));
}

/// As JavaScript sees it, which is how the official clients decide whether there is an `error`.
inline bool is_truthy(const nlohmann::json* value) {
    if (value == nullptr || value->is_null()) return false;
    if (value->is_boolean()) return value->get<bool>();
    if (value->is_number()) return value->get<double>() != 0;
    if (value->is_string()) return !value->get_ref<const std::string&>().empty();
    return true;
}

}  // namespace sluice::upstream
