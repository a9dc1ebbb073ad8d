#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace sluice::gateway::doctor {

/// A member of what may be no object, and may not have it: null then.
inline const nlohmann::json* member(const nlohmann::json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

/// A member that is a text; empty: there is none.
inline std::string text_member(const nlohmann::json& object, const char* name) {
    const auto* text = member(object, name);
    return text != nullptr && text->is_string() ? text->get<std::string>() : std::string();
}

}  // namespace sluice::gateway::doctor
