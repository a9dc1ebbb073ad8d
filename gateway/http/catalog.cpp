#include "gateway/http/catalog.hpp"

#include "upstream/mock/model_state.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::gateway {

namespace {

upstream::route_table make_table(const configuration& settings) {
    std::vector<upstream::route_table::entry> entries;
    for (const auto& route : settings.models)
        entries.push_back({route.name, route.target.model});
    return upstream::route_table{std::move(entries)};
}

std::string choose_default(const configuration& settings) {
    if (!settings.server.default_model.empty()) return settings.server.default_model;
    const auto named =
        std::find_if(settings.models.begin(), settings.models.end(), [](const auto& route) {
            return !route.name.ends_with('*');
        });
    return named == settings.models.end() ? "mock" : named->name;
}

}  // namespace

catalog::catalog(const configuration& settings)
    : settings_(settings), table_(make_table(settings)), default_model_(choose_default(settings)) {
    for (const auto& entry : settings.providers) {
        upstream::provider made{entry.settings, entry.mock, entry.replay};
        if (made.is_mock())
            made.mock.shared = std::make_shared<upstream::mock::model_state>(
                made.mock, std::chrono::steady_clock::now()
            );
        providers_.push_back(std::make_shared<const upstream::provider>(std::move(made)));
    }
}

std::shared_ptr<const upstream::provider> catalog::provider_of(const model_route& route) const {
    const auto found =
        std::find_if(providers_.begin(), providers_.end(), [&](const auto& provider) {
            return provider->settings.name == route.target.provider;
        });
    return found == providers_.end() ? nullptr : *found;
}

std::vector<upstream::mock::named_state> catalog::mocks() const {
    std::vector<upstream::mock::named_state> found;
    for (const auto& route : settings_.models) {
        const auto provider = provider_of(route);
        if (!provider || !provider->is_mock()) continue;
        const bool known = std::ranges::any_of(found, [&](const auto& one) {
            return one.state == provider->mock.shared;
        });
        // One series for each: a second name for the same requests would count them twice in sums.
        if (!known) found.push_back({route.name, provider->mock.shared});
    }
    return found;
}

std::optional<catalog::destination> catalog::find(std::string_view model) const {
    auto match = table_.find(model);
    if (!match) return std::nullopt;
    const auto& route = settings_.models[match->index];
    auto provider = provider_of(route);
    if (!provider) return std::nullopt;
    return destination{&route, std::move(provider), std::move(match->model)};
}

}  // namespace sluice::gateway
