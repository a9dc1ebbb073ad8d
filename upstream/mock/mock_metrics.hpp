#pragma once

#include <memory>
#include <string>
#include <vector>

namespace sluice::upstream::mock {

class model_state;

/// A mock model under the name that its metrics are labelled with.
struct named_state {
    std::string model;
    std::shared_ptr<const model_state> state;
};

/// What the models do and have done, in Prometheus' text format and under the names that vLLM has
/// for it, so that rules for autoscaling can be tried. Empty: there are no models.
std::string mock_metrics_text(const std::vector<named_state>& models);

}  // namespace sluice::upstream::mock
