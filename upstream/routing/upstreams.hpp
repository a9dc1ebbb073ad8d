#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/recordings.hpp"
#include "upstream/mock/replay_settings.hpp"
#include "upstream/mock/settings.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/routing/attempts.hpp"
#include "upstream/routing/iam_tokens.hpp"
#include "upstream/routing/recorder.hpp"
#include "upstream/routing/recording_folder.hpp"
#include "upstream/source.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::upstream {

/// A provider as configured: its protocol's settings, or the mock's, or a replay's.
struct provider {
    provider_settings settings;
    mock_settings mock;
    replay_settings replay = {};

    bool is_mock() const { return settings.kind == provider_settings::protocol::mock; }
    bool is_replay() const { return settings.kind == provider_settings::protocol::replay; }
    /// Whether a client of this API is relayed in the provider's own bytes.
    bool speaks(api api) const {
        if (is_replay()) return replay.recorded && replay.recorded->speaks(api);
        return upstream::speaks(settings, api);
    }
    /// Whether a prompt's tokens are estimated here, since the provider counts none.
    bool estimates(api asked) const {
        return asked == api::anthropic_count_tokens && !is_mock() && !speaks(asked);
    }
};

/// Where one worker's generations begin: its transfers and its clocks.
/// Destroyed after every source that it began.
class upstreams {
 public:
    /// With a folder, every exchange with a provider is recorded in it.
    explicit upstreams(
        boost::asio::io_context& context, std::shared_ptr<recording_folder> recordings = nullptr
    )
        : context_(context),
          engine_(std::in_place, context),
          tokens_(std::in_place, context, *engine_) {
        if (recordings) recorder_.emplace(context, std::move(recordings));
    }

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
    void shut_down() {
        recorder_.reset();
        tokens_.reset();
        engine_.reset();
    }

 private:
    std::unique_ptr<source> exchange_with(
        const provider_settings& provider,
        const call& call,
        const std::string& model,
        source_listener& events
    );

    boost::asio::io_context& context_;
    std::optional<transfer_engine> engine_;
    std::optional<token_cache> tokens_;
    std::optional<recorder> recorder_;
};

}  // namespace sluice::upstream
