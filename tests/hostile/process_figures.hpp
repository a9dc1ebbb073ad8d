#pragma once

#include "tests/end_to_end/support/gateway_process.hpp"

#include <cstddef>
#include <sys/types.h>

/// What the kernel tells of a running gateway. Linux only.
namespace sluice::hostile {

/// The process that was started with that gateway's folder: a child of this one. A harness_error
/// where there is none.
pid_t process_of(const end_to_end::gateway_process& gateway);

/// How many descriptors are open; 0 where only root may look, as the gateway has it.
std::size_t open_descriptors(pid_t process);
/// The most that was ever resident, in bytes.
std::size_t peak_resident_bytes(pid_t process);
std::size_t resident_bytes(pid_t process);
/// Processor time used so far, of all its threads, in milliseconds.
std::size_t processor_ms(pid_t process);

}  // namespace sluice::hostile
