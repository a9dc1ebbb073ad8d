#pragma once

#include <string>

namespace sluice::gateway {

/// Asks the gateway at `url` for /livez. Returns the exit code: 0 if it answers that it is alive
/// within 5 s; else 1, and the reason on standard error.
int check_health(const std::string& url);

}  // namespace sluice::gateway
