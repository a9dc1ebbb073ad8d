#pragma once

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string_view>

namespace sluice::upstream {

/// Of a JSON object, valid but perhaps large and hostile, the members with these names. Of a member
/// above 64 KiB only that it is there: true.
nlohmann::json outline_of(std::string_view object, std::initializer_list<const char*> names);

}  // namespace sluice::upstream
