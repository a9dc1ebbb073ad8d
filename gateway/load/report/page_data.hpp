#pragma once

#include "gateway/load/report/outcome.hpp"

#include <nlohmann/json.hpp>

namespace sluice::gateway::load {

/// What the HTML report draws: the run's document, and curves, bars and series of a bounded number
/// of points, however long the run was and however many streams it had.
nlohmann::ordered_json page_data_of(const run_outcome& run);

}  // namespace sluice::gateway::load
