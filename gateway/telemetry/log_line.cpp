#include "gateway/telemetry/log_line.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::gateway {

namespace {

/// Needs no quotes among `name=value` pairs.
bool is_bare(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        return letter || digit || std::string_view("-_./:*").find(c) != std::string_view::npos;
    });
}

/// Stands in a JSON string as it is.
bool is_plain(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
    });
}

}  // namespace

void log_line::begin(std::string_view name) {
    if (!text_.empty()) text_ += json_ ? ',' : ' ';
    if (json_) {
        text_.append(1, '"').append(name).append("\":");
    } else {
        text_.append(name).append(1, '=');
    }
}

void log_line::put(std::string_view name, std::string_view value) {
    using nlohmann::json;
    begin(name);
    if (!json_ && is_bare(value)) {
        text_ += value;
    } else if (is_plain(value)) {
        text_.append(1, '"').append(value).append(1, '"');
    } else {
        text_ += json(value).dump(-1, ' ', true, json::error_handler_t::replace);
    }
}

}  // namespace sluice::gateway
