#pragma once

#include "gateway/http/catalog.hpp"
#include "gateway/http/worker.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

namespace sluice::gateway {

/// All that the gateway tells Prometheus. Reads what its workers count while they go on counting;
/// takes no lock that one of them waits for. Refers to both until it dies. Any thread's.
class metrics_collector final : public prometheus::Collectable {
 public:
    metrics_collector(const gateway_state& state, const catalog& models)
        : state_(state), models_(models) {}

    std::vector<prometheus::MetricFamily> Collect() const override;

 private:
    const gateway_state& state_;
    const catalog& models_;
};

}  // namespace sluice::gateway
