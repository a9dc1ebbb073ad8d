#pragma once

#include "gateway/telemetry/counters.hpp"
#include "gateway/telemetry/metric_families.hpp"

#include <vector>

namespace sluice::gateway {

/// The sums over all workers of what counts for all their streams together.
void add_worker_metrics(metric_families& to, const std::vector<const counters*>& workers);

}  // namespace sluice::gateway
