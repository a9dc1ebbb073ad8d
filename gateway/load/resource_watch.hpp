#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace sluice::gateway::load {

/// CPU time that the calling thread has used, in seconds.
double thread_cpu_s();

/// What a process has used.
struct process_usage {
    double cpu_s = 0;                ///< of all its threads, in user and kernel mode
    std::uint64_t memory_bytes = 0;  ///< resident
};

/// Nothing: there is no such process, or it cannot be looked at.
std::optional<process_usage> usage_of(pid_t process);

/// What `/proc/PID/stat` says. Pure. The kernel counts in ticks and pages.
std::optional<process_usage> parse_process_stat(
    std::string_view text, double ticks_per_s, std::uint64_t page_bytes
);

/// CPU time between two looks, as a share of one core. Pure; owned by one thread.
class cpu_meter {
 public:
    /// `cpu_s` and `now_ns` of the same moment. 0 at the first look, and when no time has passed.
    double share(double cpu_s, std::int64_t now_ns);

 private:
    bool looked_ = false;
    double cpu_s_ = 0;
    std::int64_t at_ns_ = 0;
};

}  // namespace sluice::gateway::load
