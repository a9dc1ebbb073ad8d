#pragma once

#include "gateway/config/configuration.hpp"
#include "upstream/mock/mock_metrics.hpp"
#include "upstream/routing/route_table.hpp"
#include "upstream/routing/upstreams.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What the configuration's models and providers come to: a model name in, a target out. Immutable;
/// shared by all workers.
class catalog {
 public:
    struct destination {
        const model_route* route;
        std::shared_ptr<const upstream::provider> provider;
        std::string model;  ///< what the provider is asked for
    };

    /// `settings` outlives this.
    explicit catalog(const configuration& settings);

    std::optional<destination> find(std::string_view model) const;
    /// What a request without a model gets: server.default_model, else the first that is no
    /// pattern.
    const std::string& default_model() const { return default_model_; }
    const std::vector<model_route>& routes() const { return settings_.models; }
    std::shared_ptr<const upstream::provider> provider_of(const model_route& route) const;
    /// What each mock provider does, under the name of the first route that leads to it.
    std::vector<upstream::mock::named_state> mocks() const;

 private:
    const configuration& settings_;
    std::vector<std::shared_ptr<const upstream::provider>> providers_;
    upstream::route_table table_;
    std::string default_model_;
};

}  // namespace sluice::gateway
