#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/http/reload.hpp"

#include <memory>

namespace sluice::gateway {

/// Serves until it is told to stop (SIGTERM, SIGINT), then drains. On SIGHUP it asks `again` for
/// the configuration; one that is whole counts from then on for all that begins. Without `again`
/// there is nothing to reload. Returns the process's exit code; a failure to start is told on
/// standard error.
int serve(std::shared_ptr<const configuration> settings, configuration_loader again);

}  // namespace sluice::gateway
