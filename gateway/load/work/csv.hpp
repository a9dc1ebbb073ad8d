#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// More than any trace has.
inline constexpr std::size_t csv_cells_max = 256;

/// Cuts a line of comma-separated values (RFC 4180) into `cells`, without the quotes around them
/// and the white space around those that have none. Says what is wrong, "has ...", or nothing. Line
/// ends within cells are not known here.
std::string_view split_csv(std::string_view line, std::vector<std::string>& cells);

}  // namespace sluice::gateway::load
