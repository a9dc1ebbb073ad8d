#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <optional>
#include <string_view>

/// What protocols, APIs and hosts are called in a recording.
namespace sluice::upstream {

std::string_view recorded_api(api value);
std::optional<api> recorded_api_named(std::string_view word);

/// Empty where the kind is no provider's.
std::string_view recorded_kind(provider_settings::protocol kind);
std::optional<provider_settings::protocol> recorded_kind_named(std::string_view word);

/// Empty where there is none.
std::string_view recorded_host(const openai_host* host);

/// Whether a provider that speaks the client's API answers with one document.
bool is_document_of(api client, bool stream);

}  // namespace sluice::upstream
