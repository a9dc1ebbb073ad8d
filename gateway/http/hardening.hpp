#pragma once

#include <string>

namespace sluice::gateway {

/// Keeps what is in this process's memory in it: no core dumps, and no other process of the same
/// user reads its memory or attaches a debugger to it. From then on `/proc/PID` belongs to root, so
/// that of the process itself only root sees the descriptors. For the server, before it starts
/// threads; false where the kernel refused. Lasts until the process ends or runs another program.
bool forbid_core_dumps();

/// Overwrites a secret, up to the whole of its capacity, in a way that no compiler leaves out, and
/// empties the string. Copies made elsewhere are not its concern.
void wipe(std::string& secret);

}  // namespace sluice::gateway
