#pragma once

#include "gateway/telemetry/target_figures.hpp"

#include <string>
#include <vector>

namespace sluice::gateway {

/// How targets and routes fare, in Prometheus' text format (version 0.0.4): a series for each
/// entry, so that the caller bounds their number.
std::string target_metrics_text(
    const std::vector<target_figures>& targets, const std::vector<route_figures>& routes
);

}  // namespace sluice::gateway
