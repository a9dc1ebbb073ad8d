#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Lines of Prometheus' text format (version 0.0.4).
namespace sluice::gateway {

/// What a metric is; its samples follow. `type`: counter or gauge.
void declare_metric(
    std::string& out, std::string_view name, std::string_view type, std::string_view help
);

/// `labels`: empty, or in their braces.
void append_sample(
    std::string& out, std::string_view name, std::string_view labels, std::int64_t value
);
void append_sample(std::string& out, std::string_view name, std::string_view labels, double value);

/// `name="value"`, whatever bytes the value holds.
std::string metric_label(std::string_view name, std::string_view value);

}  // namespace sluice::gateway
