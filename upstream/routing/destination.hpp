#pragma once

#include "upstream/routing/provider.hpp"
#include "upstream/routing/route_state.hpp"
#include "upstream/routing/rules.hpp"
#include "upstream/routing/target_health.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream {

/// One target that may answer a call.
struct candidate {
    std::shared_ptr<const upstream::provider> provider;
    std::string model;  ///< what the provider is asked for
    int weight = 1;
    int priority = 1;  ///< lower ones are asked first
    std::shared_ptr<target_health> health;
    bool named_by_client = false;  ///< the model is what a pattern matched

    std::string name() const { return provider->settings.name + "/" + model; }
};

/// Where one call may go, and what holds on the way. Never empty.
struct destination {
    std::vector<candidate> candidates;  ///< in the order of the configuration
    std::shared_ptr<const routing_rules> rules;
    std::shared_ptr<route_state> route;
    timeouts limits;
    std::optional<std::uint64_t> sticky;  ///< the same for requests that belong together

    /// Whether some candidate relays clients of this API in its own bytes, or all do.
    bool may_relay(api api) const;
    bool must_relay(api api) const;
};

}  // namespace sluice::upstream
