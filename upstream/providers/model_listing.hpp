#pragma once

#include "upstream/providers/settings.hpp"
#include "upstream/transfer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// How to ask a provider which models it has; nothing where its protocol cannot tell, or where only
/// the client's key could ask.
std::optional<transfer_request> list_models_request(const provider_settings& provider);

/// The models in its answer, by the names that requests give them. None where it is no such list.
std::vector<std::string> listed_models_in(const provider_settings& provider, std::string_view body);

}  // namespace sluice::upstream
