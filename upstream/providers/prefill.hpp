#pragma once

#include "upstream/providers/settings.hpp"

#include <string_view>

/// Who goes on with an answer that it is given the beginning of, as the assistant's last message.
/// Others answer anew.
namespace sluice::upstream {

/// Whether a provider does, as far as its kind tells. Of servers of one's own nothing is known: a
/// configuration may say so.
bool prefills_by_default(const provider_settings& provider);

/// Whether a model does, as far as its name tells, at a provider that does: Claude refuses it from
/// version 4.6 on, wherever it is served.
bool takes_prefill(std::string_view model);

}  // namespace sluice::upstream
