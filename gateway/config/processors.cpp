#include "gateway/config/processors.hpp"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <string>

namespace sluice::gateway {

namespace {

unsigned affinity() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

/// `cpu.max` of cgroup v2: "QUOTA PERIOD", or "max PERIOD". A share of a processor counts as one.
unsigned quota(unsigned otherwise) {
    std::ifstream file{"/sys/fs/cgroup/cpu.max"};
    std::string share;
    double period = 0;
    if (!(file >> share >> period) || share == "max" || period <= 0) return otherwise;
    const double processors = std::strtod(share.c_str(), nullptr) / period;
    return static_cast<unsigned>(std::max(1.0, processors));
}

}  // namespace

unsigned usable_processors() {
    const auto all = affinity();
    return std::min(all, quota(all));
}

}  // namespace sluice::gateway
