#pragma once

#include "gateway/load/report/outcome.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

/// A run as JSON, of which the JSON report and the page are made.
namespace sluice::gateway::load {

inline constexpr std::string_view report_format = "sluice-load-report";
/// Grows when a field changes its meaning or goes away; new ones may come without.
inline constexpr int report_format_version = 1;

/// The percentiles that reports name.
inline constexpr std::array<std::pair<std::string_view, double>, 6> report_percentiles{{
    {"p50", 0.5},
    {"p90", 0.9},
    {"p95", 0.95},
    {"p99", 0.99},
    {"p99_9", 0.999},
    {"p99_99", 0.9999},
}};

/// All but histograms in full and the series of seconds.
nlohmann::ordered_json document_of(const run_outcome& run);

/// Bytes of a server that are no UTF-8 become replacement characters.
std::string json_text(const nlohmann::ordered_json& document, int indent);

}  // namespace sluice::gateway::load
