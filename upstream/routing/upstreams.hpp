#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/destination.hpp"
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

    /// Begins a generation, at whichever of its targets. The listener outlives it.
    std::unique_ptr<source> begin(destination to, call call, source_listener& listener);

    transfer_engine& transfers() { return *engine_; }

    /// Ends the transfers' part in the event loop; nothing may begin afterwards, nor be under way.
    void shut_down() {
        recorder_.reset();
        tokens_.reset();
        engine_.reset();
    }

 private:
    std::unique_ptr<source> attempt(const candidate& target, call& call, source_listener& events);
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
