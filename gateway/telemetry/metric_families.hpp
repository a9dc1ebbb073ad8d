#pragma once

#include "gateway/telemetry/histogram.hpp"

#include <cstdint>
#include <map>
#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a scrape is made of, as prometheus-cpp writes it.
namespace sluice::gateway {

using metric_families = std::vector<prometheus::MetricFamily>;
using metric_labels = std::vector<prometheus::ClientMetric::Label>;

/// Each appends a family without samples; what is returned is good until the next one.
prometheus::MetricFamily& counter_family(
    metric_families& to, std::string_view name, std::string_view help
);
prometheus::MetricFamily& gauge_family(
    metric_families& to, std::string_view name, std::string_view help
);
prometheus::MetricFamily& histogram_family(
    metric_families& to, std::string_view name, std::string_view help
);

/// To a counter or a gauge. Whole numbers stay exact up to 2^53.
void add_sample(prometheus::MetricFamily& to, metric_labels labels, double value);
inline void add_sample(prometheus::MetricFamily& to, metric_labels labels, std::int64_t value) {
    add_sample(to, std::move(labels), static_cast<double>(value));
}

/// `unit`: how many of the histogram's numbers are one of the family's, as ns_per_s.
void add_histogram(
    prometheus::MetricFamily& to, metric_labels labels, const histogram_view& of, std::int64_t unit
);

/// Histograms with the same bounds, those of the same labels together.
class histogram_sums {
 public:
    void add(metric_labels labels, const histogram_view& more) {
        by_labels_[std::move(labels)].add(more);
    }
    /// As samples of `to`, see add_histogram.
    void append_to(prometheus::MetricFamily& to, std::int64_t unit) const;

 private:
    std::map<metric_labels, histogram_view> by_labels_;
};

/// In Prometheus' text format (version 0.0.4).
std::string metrics_text(const metric_families& families);

}  // namespace sluice::gateway
