#pragma once

#include "gateway/telemetry/counters.hpp"
#include "gateway/telemetry/metric_families.hpp"

#include <vector>

namespace sluice::gateway {

/// How streams fare by route, target and dialect, under Sluice's own names; and they and their
/// attempts under those of OpenTelemetry's GenAI conventions. The sums over all workers.
void add_stream_metrics(metric_families& to, const std::vector<const counters*>& workers);

}  // namespace sluice::gateway
