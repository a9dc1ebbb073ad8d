#pragma once

#include <string_view>

namespace sluice::gateway {

/// The program's version, as `sluice version` tells it.
std::string_view build_version();

}  // namespace sluice::gateway
