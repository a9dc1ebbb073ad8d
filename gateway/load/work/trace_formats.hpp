#pragma once

#include "gateway/load/work/trace_reader.hpp"

#include <memory>
#include <string_view>

namespace sluice::gateway::load {

/// The format whose columns a line of CSV names, in whichever order; null: none's.
std::unique_ptr<trace_format> csv_format_of(std::string_view header);

/// Mooncake's, one JSON object per line.
std::unique_ptr<trace_format> make_mooncake_format();

}  // namespace sluice::gateway::load
