#pragma once

#include "gateway/telemetry/metric_families.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// What the kernel says of a process that runs.
struct process_status {
    std::uint64_t start_ticks = 0;  ///< when it started, in clock ticks since the machine did
    std::int64_t resident_pages = 0;
};

/// From the text of /proc/self/stat. The program's name in it may hold anything. Nothing: it is
/// no such text.
std::optional<process_status> read_process_status(std::string_view stat);

/// What the process takes of its machine, under the names that Prometheus' own clients have for it,
/// its version, and what is not a figure of some worker. Any thread's; some tens of microseconds.
void add_process_metrics(metric_families& to);

}  // namespace sluice::gateway
