#pragma once

#include <algorithm>
#include <string_view>

namespace sluice::gateway::load {

/// Names of HTTP header fields are the same in any case (RFC 9110, 5.1).
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace sluice::gateway::load
