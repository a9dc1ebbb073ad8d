#include "upstream/providers/gemini_partial_args.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// An index is not to be trusted with memory: arrays grow from their beginning.
constexpr std::size_t gap_max = 16;
constexpr std::size_t members_max = 1024;  // of one object, which is searched from its beginning
constexpr std::size_t part_cost = 64;      // what even the smallest part takes

ordered_json* member(ordered_json* node, std::string_view key) {
    if (node->is_null()) *node = ordered_json::object();
    if (!node->is_object() || key.empty()) return nullptr;
    if (node->size() >= members_max && !node->contains(std::string(key))) return nullptr;
    return &(*node)[std::string(key)];
}

ordered_json* element(ordered_json* node, std::string_view digits) {
    std::size_t index = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, index);
    if (problem != std::errc() || stop != end) return nullptr;
    if (node->is_null()) *node = ordered_json::array();
    if (!node->is_array() || index > node->size() + gap_max) return nullptr;
    return &(*node)[index];
}

bool is_quote(char c) {
    return c == '\'' || c == '"';
}

}  // namespace

bool gemini_partial_args::add(const json& parts) {
    if (!parts.is_array()) return true;
    for (const auto& part : parts) {
        if (!add_part(part)) return false;
    }
    return true;
}

bool gemini_partial_args::add_part(const json& part) {
    const auto path = find_text(part, "jsonPath");
    const auto text = find_text(part, "stringValue");
    bytes_ += path.size() + text.size() + part_cost;
    if (bytes_ > bytes_max) return false;
    auto* node = at(path);
    if (node == nullptr) return false;
    if (find(part, "stringValue") != nullptr) {
        if (node->is_null()) *node = "";
        if (!node->is_string()) return false;
        node->get_ref<std::string&>() += text;
    } else if (const auto* number = find(part, "numberValue"); number && number->is_number()) {
        *node = *number;
    } else if (const auto* flag = find(part, "boolValue"); flag && flag->is_boolean()) {
        *node = *flag;
    }
    return true;
}

ordered_json* gemini_partial_args::at(std::string_view path) {
    if (!path.starts_with('$')) return nullptr;
    path.remove_prefix(1);
    auto* node = &made_;
    for (std::size_t depth = 0; !path.empty() && node != nullptr; ++depth) {
        if (depth == provider_json_depth_max) return nullptr;
        node = step_into(node, path);
    }
    return node == &made_ ? nullptr : node;
}

/// `.key`, `[0]` or `['key']`, which is taken off the path.
ordered_json* gemini_partial_args::step_into(ordered_json* node, std::string_view& path) {
    if (path.front() == '.') {
        const auto end = std::min(path.find_first_of(".[", 1), path.size());
        const auto key = path.substr(1, end - 1);
        path.remove_prefix(end);
        return member(node, key);
    }
    if (path.front() != '[' || path.size() < 3) return nullptr;
    const bool quoted = is_quote(path[1]);
    const char closing[]{path[1], ']', '\0'};
    const auto end = quoted ? path.find(closing, 2) : path.find(']');
    if (end == std::string_view::npos) return nullptr;
    const auto inner = quoted ? path.substr(2, end - 2) : path.substr(1, end - 1);
    path.remove_prefix(end + (quoted ? 2 : 1));
    return quoted ? member(node, inner) : element(node, inner);
}

std::string gemini_partial_args::text() const {
    return made_.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sluice::upstream
