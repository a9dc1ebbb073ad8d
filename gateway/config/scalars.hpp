#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The written forms of numbers, durations and sizes. Decimal only: `010` is nothing, not 8.
namespace sluice::gateway {

/// `75s`: whole numbers of ms, s, m or h.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that loses nothing.
std::string format_duration(std::chrono::milliseconds duration);

/// `32KiB`: whole numbers of B, KiB, MiB or GiB.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

std::optional<std::uint64_t> parse_integer(std::string_view text);

/// `12` or `12.5`; neither signs nor exponents.
std::optional<double> parse_number(std::string_view text);

/// `12.5%` as 0.125.
std::optional<double> parse_percent(std::string_view text);
/// Loses nothing: it is read as the same number again.
std::string format_percent(double part);

/// `true` or `false`, and no other word for them.
std::optional<bool> parse_flag(std::string_view text);

}  // namespace sluice::gateway
