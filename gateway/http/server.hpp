#pragma once

#include "gateway/config/configuration.hpp"

#include <memory>
#include <string>

namespace sluice::gateway {

/// Serves until it is told to stop (SIGTERM, SIGINT), then drains. Returns the process's exit code;
/// a failure to start is told on standard error.
int serve(std::shared_ptr<const configuration> settings);

}  // namespace sluice::gateway
