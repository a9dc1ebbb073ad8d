#pragma once

#include "gateway/config/configuration.hpp"

namespace sluice::gateway {

/// Lets lines of this level and above into the process's log from now on. Any thread, while others
/// log; the format is what set_up_log made it.
void set_log_level(log_level level);

/// The level that counts now.
log_level present_log_level();

}  // namespace sluice::gateway
