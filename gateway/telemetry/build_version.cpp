#include "gateway/telemetry/build_version.hpp"

namespace sluice::gateway {

std::string_view build_version() {
    return SLUICE_VERSION;
}

}  // namespace sluice::gateway
