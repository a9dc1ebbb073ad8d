#pragma once

#include "gateway/config/configuration.hpp"
#include "upstream/mock/mock_metrics.hpp"
#include "upstream/routing/destination.hpp"
#include "upstream/routing/health_table.hpp"
#include "upstream/routing/route_table.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What the configuration's models and providers come to: a model name in, targets out. Immutable,
/// but for what requests find out about targets; shared by all workers.
class catalog {
 public:
    struct found_route {
        const model_route* route;
        upstream::destination to;
    };

    /// `settings` outlives this. `before` is the one that this takes the place of, or null: what
    /// requests have found out about its targets and routes holds on.
    explicit catalog(const configuration& settings, const catalog* before = nullptr);

    std::optional<found_route> find(std::string_view model) const;
    /// What a request without a model gets: server.default_model, else the first that is no
    /// pattern.
    const std::string& default_model() const { return default_model_; }
    const std::vector<model_route>& routes() const { return settings_.models; }
    /// Null: there is none of that name.
    std::shared_ptr<const upstream::provider> provider_named(std::string_view name) const;
    /// What each mock provider does, under the name of the first route that leads to it.
    std::vector<upstream::mock::named_state> mocks() const;

    const upstream::health_table& health() const { return *health_; }
    /// What the requests of a route share; `route` counts as in routes().
    const std::shared_ptr<upstream::route_state>& state_of(std::size_t route) const {
        return plans_[route].state;
    }

 private:
    /// What of a route is the same for all of its requests.
    struct route_plan {
        std::shared_ptr<const upstream::routing_rules> rules;
        std::shared_ptr<upstream::route_state> state;
        upstream::timeouts limits;
        std::vector<upstream::candidate>
            targets;  ///< models may hold a `*`, and have no health then
    };
    route_plan plan_of(const model_route& route, const catalog* before) const;
    std::shared_ptr<upstream::route_state> known_state_of(const model_route& route) const;

    const configuration& settings_;
    std::vector<std::shared_ptr<const upstream::provider>> providers_;
    std::shared_ptr<upstream::health_table> health_;
    upstream::route_table table_;
    std::vector<route_plan> plans_;
    std::string default_model_;
};

}  // namespace sluice::gateway
