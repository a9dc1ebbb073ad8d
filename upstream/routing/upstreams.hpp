#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/settings.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/routing/attempts.hpp"
#include "upstream/source.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// A provider as configured: its protocol's settings, or the mock's.
struct provider {
    provider_settings settings;
    mock_settings mock;

    bool is_mock() const { return settings.kind == provider_settings::protocol::mock; }
    /// Whether a client of this API is relayed in the provider's own bytes.
    bool speaks(api api) const { return !is_mock() && api == api::openai_chat; }
};

/// Where one worker's generations begin: its transfers and its clocks.
/// Destroyed after every source that it began.
class upstreams {
 public:
    explicit upstreams(boost::asio::io_context& context)
        : context_(context), engine_(std::in_place, context) {}

    /// Begins a generation of `model` at `provider`, which outlives it, as does the listener.
    std::unique_ptr<source> begin(
        const provider& provider,
        std::string model,
        call call,
        const timeouts& limits,
        source_listener& listener
    );

    transfer_engine& transfers() { return *engine_; }

    /// Ends the transfers' part in the event loop; nothing may begin afterwards, nor be under way.
    void shut_down() { engine_.reset(); }

 private:
    boost::asio::io_context& context_;
    std::optional<transfer_engine> engine_;
};

}  // namespace sluice::upstream
