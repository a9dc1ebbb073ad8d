#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Moments as they are written in a configuration; always UTC.
namespace sluice::gateway {

using instant = std::chrono::system_clock::time_point;

/// `2027-01-31T12:00:00Z`, or `2027-01-31` for the first moment of that day. From 1970 to 2199: the
/// clock's own count ends not long after. Nothing for days that no calendar has.
std::optional<instant> parse_instant(std::string_view text);

/// The same back; fractions of a second are cut off.
std::string format_instant(instant when);

}  // namespace sluice::gateway
