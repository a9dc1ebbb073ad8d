#pragma once

#include "upstream/json_members.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::gateway {

/// A frame is always valid JSON, whatever a provider sent.
using upstream::append_json_string;

/// Compact JSON text of a value, valid whatever bytes its strings hold.
template <class Json>
std::string dump_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Appends the elements of one JSON array to another, which may be empty text still.
inline void append_json_array(std::string& to, std::string_view elements) {
    if (elements.size() <= 2) return;
    if (to.size() <= 2) {
        to = elements;
        return;
    }
    to.back() = ',';
    to += elements.substr(1);
}

}  // namespace sluice::gateway
