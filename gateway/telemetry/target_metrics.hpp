#pragma once

#include "gateway/telemetry/metric_families.hpp"
#include "gateway/telemetry/target_figures.hpp"

#include <vector>

namespace sluice::gateway {

/// How targets and routes fare: a series for each entry, so that the caller bounds their number.
void add_target_metrics(
    metric_families& to,
    const std::vector<target_figures>& targets,
    const std::vector<route_figures>& routes
);

}  // namespace sluice::gateway
