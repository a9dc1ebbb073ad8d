#pragma once

#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

/// The table of provider protocols, and which codec serves a call.
namespace sluice::upstream {

/// One protocol that providers speak. Mock and replay have no row: they are no providers.
struct protocol_row {
    using time_point = std::chrono::system_clock::time_point;

    provider_settings::protocol kind;
    std::string_view word;      ///< its kind in the configuration
    std::string_view base_url;  ///< empty: has to be configured
    std::unique_ptr<codec> (*make)(const provider_settings& provider, api api, time_point now);
    /// The client APIs that are relayed in the provider's own bytes; those of OpenAI's protocols
    /// are configured instead.
    std::span<const api> speaks;
};

std::span<const protocol_row> protocols();

/// Who serves it, in the configuration's words: the preset of a known host, else the kind.
std::string_view vendor_of(const provider_settings& provider);

/// Whether a client of this API is relayed by the provider in the provider's own bytes.
bool speaks(const provider_settings& provider, api api);

/// The codec for one attempt: of the client's own API where the provider speaks it, else the one
/// that translates. `now` goes into signed requests. Not for mocks and
/// replays.
std::unique_ptr<codec> make_codec(
    const provider_settings& provider, api api, protocol_row::time_point now
);

}  // namespace sluice::upstream
