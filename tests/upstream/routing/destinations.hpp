#pragma once

#include "upstream/routing/destination.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Destinations of tests.
namespace sluice::upstream::testing {

inline candidate candidate_of(
    std::shared_ptr<const upstream::provider> provider, std::string model, int priority = 1
) {
    candidate made{std::move(provider), std::move(model), 1, priority, nullptr};
    made.health = std::make_shared<target_health>(made.provider->breaker);
    return made;
}

inline destination destination_of(
    std::vector<candidate> candidates, routing_rules rules = {}, timeouts limits = {}
) {
    auto state = std::make_shared<route_state>(rules.retry);
    auto shared = std::make_shared<const routing_rules>(std::move(rules));
    return {std::move(candidates), std::move(shared), std::move(state), limits, std::nullopt};
}

/// The one provider, asked once.
inline destination only(const upstream::provider& provider, std::string model) {
    routing_rules rules;
    rules.retry.attempts = 1;
    auto shared = std::make_shared<const upstream::provider>(provider);
    return destination_of({candidate_of(std::move(shared), std::move(model))}, rules);
}

inline destination only_mock() {
    upstream::provider provider;
    provider.settings.name = "mock";
    provider.settings.kind = provider_settings::protocol::mock;
    return only(provider, "mock");
}

}  // namespace sluice::upstream::testing
