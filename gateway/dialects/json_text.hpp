#pragma once

#include "upstream/json_members.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace sluice::gateway {

/// A frame is always valid JSON, whatever a provider sent.
using upstream::append_json_string;

/// Compact JSON text of a value, valid whatever bytes its strings hold.
template <class Json>
std::string dump_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sluice::gateway
