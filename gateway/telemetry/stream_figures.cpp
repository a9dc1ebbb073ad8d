#include "gateway/telemetry/stream_figures.hpp"

#include "gateway/telemetry/latency_bounds.hpp"

#include <utility>

namespace sluice::gateway {

stream_series::stream_series(stream_labels labels)
    : time_to_first_token(added_latency_bounds),
      inter_token(added_latency_bounds),
      labels_(std::move(labels)) {}

stream_figures::stream_figures() = default;
stream_figures::~stream_figures() = default;

stream_series& stream_figures::series_of(const stream_labels& labels) {
    static stream_series one{labels};
    return one;
}

void stream_figures::note(const generation_record& /*record*/, stream_series* /*series*/) {}

histogram_view stream_figures::time_to_first_token() const {
    return {};
}

histogram_view stream_figures::inter_token() const {
    return {};
}

}  // namespace sluice::gateway
