#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/recordings.hpp"
#include "upstream/mock/replay_settings.hpp"
#include "upstream/mock/settings.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/routing/rules.hpp"

namespace sluice::upstream {

/// A provider as configured: its protocol's settings, or the mock's, or a replay's.
struct provider {
    provider_settings settings;
    mock_settings mock;
    replay_settings replay = {};
    breaker_rules breaker = {};  ///< of each of its models
    /// Whether it goes on with an answer that it is given the beginning of.
    bool prefill = false;

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

}  // namespace sluice::upstream
