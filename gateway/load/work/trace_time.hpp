#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::gateway::load {

/// No trace is longer, and none is from later than that since 1970. In nanoseconds it leaves room
/// in 64 bits.
inline constexpr double trace_time_s_max = 4e9;

/// `2023-11-16 18:17:03.9799600`, with `T` or a blank, any number of digits of a second, and
/// perhaps `Z` or `+00:00`: nanoseconds since 1970, where no zone is said in whichever zone.
std::optional<std::int64_t> parse_date_time(std::string_view text);

/// Seconds, with or without a fraction, in nanoseconds.
std::optional<std::int64_t> parse_seconds(std::string_view text);

/// The same of a number. Nothing: it is negative, no number or too large.
std::optional<std::int64_t> nanoseconds_of(double seconds);

}  // namespace sluice::gateway::load
