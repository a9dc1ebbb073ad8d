#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Quantities as people read them. Pure.
namespace sluice::gateway::load {

/// Three digits and a unit: "850 ns", "12.3 us", "1.20 s"; "-" below zero.
std::string time_text(std::int64_t ns);
/// "1,234,567".
std::string count_text(std::uint64_t count);
/// "0.25", "12.5", "1,234".
std::string number_text(double number);
/// "99.42 %"; never rounded up to 100 %.
std::string share_text(double share);
/// "12.5 MB", in powers of a thousand.
std::string bytes_text(double bytes);
/// "1 stream", "3 streams".
std::string counted(std::uint64_t count, std::string_view noun);

/// Without the control characters that would move a terminal's cursor or break a table: foreign
/// text goes through it.
std::string printable(std::string_view text);

}  // namespace sluice::gateway::load
