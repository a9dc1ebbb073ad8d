#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::gateway {

/// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD: a frame is always
/// valid JSON, whatever a provider sent. Never holds CR or LF.
inline void append_json_string(std::string& out, std::string_view text) {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Compact JSON text of a value, valid whatever bytes its strings hold.
template <class Json>
std::string dump_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sluice::gateway
