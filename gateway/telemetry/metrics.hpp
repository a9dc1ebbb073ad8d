#pragma once

#include "gateway/telemetry/counters.hpp"

#include <string>
#include <vector>

namespace sluice::gateway {

/// The sums over all workers in Prometheus' text format (version 0.0.4).
std::string metrics_text(const std::vector<const counters*>& workers);

}  // namespace sluice::gateway
