#pragma once

namespace sluice::gateway {

/// How many processors this process may use: its affinity mask and its cgroup's CPU quota count.
/// At least 1.
unsigned usable_processors();

}  // namespace sluice::gateway
