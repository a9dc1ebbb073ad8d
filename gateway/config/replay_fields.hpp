#pragma once

#include "gateway/config/provider_fields.hpp"

#include <vector>

/// Keys of a provider that plays recordings.
namespace sluice::gateway {

/// `path` and `speed`.
std::vector<provider_field> replay_fields();

/// Reads the recordings, so that what is wrong with them is told with the configuration.
void check_replay(const node& value, provider_entry& entry, problems& problems);

}  // namespace sluice::gateway
