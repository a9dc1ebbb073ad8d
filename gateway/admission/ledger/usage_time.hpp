#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// Reads `2026-01-31`, which is midnight, or `2026-01-31T12:30`, with `:SS`, `.fff` and `Z` or
/// `+HH:MM` behind it where wanted; UTC where no zone is said. Unix milliseconds; nothing where it
/// is no such time.
std::optional<std::int64_t> parse_usage_time(std::string_view text);

}  // namespace sluice::gateway
