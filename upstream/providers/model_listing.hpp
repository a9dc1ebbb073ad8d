#pragma once

#include "upstream/providers/settings.hpp"
#include "upstream/transfer.hpp"

#include <optional>

namespace sluice::upstream {

/// How to ask a provider which models it has; nothing where its protocol cannot tell, or where only
/// the client's key could ask.
std::optional<transfer_request> list_models_request(const provider_settings& provider);

}  // namespace sluice::upstream
