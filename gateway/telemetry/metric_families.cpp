#include "gateway/telemetry/metric_families.hpp"

#include <prometheus/text_serializer.h>

namespace sluice::gateway {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily& family(
    metric_families& to, std::string_view name, std::string_view help, MetricType type
) {
    auto& made = to.emplace_back();
    made.name = name;
    made.help = help;
    made.type = type;
    return made;
}

double in_units(std::int64_t number, std::int64_t unit) {
    return static_cast<double>(number) / static_cast<double>(unit);
}

}  // namespace

MetricFamily& counter_family(metric_families& to, std::string_view name, std::string_view help) {
    return family(to, name, help, MetricType::Counter);
}

MetricFamily& gauge_family(metric_families& to, std::string_view name, std::string_view help) {
    return family(to, name, help, MetricType::Gauge);
}

MetricFamily& histogram_family(metric_families& to, std::string_view name, std::string_view help) {
    return family(to, name, help, MetricType::Histogram);
}

void add_sample(MetricFamily& to, metric_labels labels, double value) {
    auto& made = to.metric.emplace_back();
    made.label = std::move(labels);
    if (to.type == MetricType::Counter)
        made.counter.value = value;
    else
        made.gauge.value = value;
}

void add_histogram(
    MetricFamily& to, metric_labels labels, const histogram_view& of, std::int64_t unit
) {
    auto& made = to.metric.emplace_back();
    made.label = std::move(labels);
    made.histogram.sample_count = static_cast<std::uint64_t>(of.count());
    made.histogram.sample_sum = in_units(of.sum, unit);
    made.histogram.bucket.reserve(of.bounds.size());
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < of.bounds.size(); ++i) {
        below += static_cast<std::uint64_t>(of.counts[i]);
        made.histogram.bucket.push_back({below, in_units(of.bounds[i], unit)});
    }
}

void histogram_sums::append_to(MetricFamily& to, std::int64_t unit) const {
    for (const auto& [labels, sum] : by_labels_)
        add_histogram(to, labels, sum, unit);
}

std::string metrics_text(const metric_families& families) {
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sluice::gateway
