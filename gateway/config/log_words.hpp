#pragma once

#include "gateway/config/configuration.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

/// What levels of the log are called. Pure.
namespace sluice::gateway {

inline constexpr std::array<std::pair<std::string_view, log_level>, 6> log_levels{{
    {"trace", log_level::trace},
    {"debug", log_level::debug},
    {"info", log_level::info},
    {"warn", log_level::warn},
    {"error", log_level::error},
    {"off", log_level::off},
}};

constexpr std::string_view to_string(log_level level) {
    for (const auto& [word, value] : log_levels) {
        if (value == level) return word;
    }
    return "";
}

constexpr std::optional<log_level> parse_log_level(std::string_view text) {
    for (const auto& [word, value] : log_levels) {
        if (word == text) return value;
    }
    return std::nullopt;
}

}  // namespace sluice::gateway
