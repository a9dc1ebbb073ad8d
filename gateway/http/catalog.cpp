#include "gateway/http/catalog.hpp"

#include "upstream/mock/model_state.hpp"
#include "upstream/providers/prefill.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::gateway {

namespace {

upstream::route_table make_table(const configuration& settings) {
    std::vector<std::string> names;
    for (const auto& route : settings.models)
        names.push_back(route.name);
    return upstream::route_table{std::move(names)};
}

std::string choose_default(const configuration& settings) {
    if (!settings.server.default_model.empty()) return settings.server.default_model;
    const auto named =
        std::find_if(settings.models.begin(), settings.models.end(), [](const auto& route) {
            return !route.name.ends_with('*');
        });
    return named == settings.models.end() ? "mock" : named->name;
}

std::shared_ptr<const upstream::provider> make_provider(const provider_entry& entry) {
    upstream::provider made{entry.settings, entry.mock, entry.replay, entry.breaker};
    made.prefill = entry.prefill.value_or(upstream::prefills_by_default(entry.settings));
    if (made.is_mock()) {
        made.mock.shared = std::make_shared<upstream::mock::model_state>(
            made.mock, std::chrono::steady_clock::now()
        );
    }
    return std::make_shared<const upstream::provider>(std::move(made));
}

}  // namespace

catalog::catalog(const configuration& settings, const catalog* before)
    : settings_(settings),
      health_(before ? before->health_ : std::make_shared<upstream::health_table>()),
      table_(make_table(settings)),
      default_model_(choose_default(settings)) {
    for (const auto& entry : settings.providers)
        providers_.push_back(make_provider(entry));
    for (const auto& route : settings.models)
        plans_.push_back(plan_of(route, before));
}

/// Null where there is no such route, or its retries are counted by other rules now.
std::shared_ptr<upstream::route_state> catalog::known_state_of(const model_route& route) const {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        const auto& known = settings_.models[i];
        const auto& rules = known.policy.routing.retry;
        if (known.name == route.name && rules.budget == route.policy.routing.retry.budget)
            return plans_[i].state;
    }
    return nullptr;
}

catalog::route_plan catalog::plan_of(const model_route& route, const catalog* before) const {
    const auto& policy = route.policy;
    route_plan plan;
    plan.rules = std::make_shared<const upstream::routing_rules>(policy.routing);
    if (before) plan.state = before->known_state_of(route);
    if (!plan.state) plan.state = std::make_shared<upstream::route_state>(policy.routing.retry);
    plan.limits = {
        policy.connect_timeout,
        policy.first_token_timeout,
        policy.progress_timeout,
        policy.total_timeout};
    for (const auto& target : route.targets) {
        auto provider = provider_named(target.provider);
        if (!provider) continue;
        upstream::candidate made{
            std::move(provider), target.model, target.weight, target.priority, nullptr};
        if (made.model.find('*') == std::string::npos)
            made.health = health_->find(target.provider, target.model, made.provider->breaker);
        plan.targets.push_back(std::move(made));
    }
    return plan;
}

std::shared_ptr<const upstream::provider> catalog::provider_named(std::string_view name) const {
    const auto found = std::ranges::find_if(providers_, [&](const auto& provider) {
        return provider->settings.name == name;
    });
    return found == providers_.end() ? nullptr : *found;
}

std::vector<upstream::mock::named_state> catalog::mocks() const {
    std::vector<upstream::mock::named_state> found;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        for (const auto& target : plans_[i].targets) {
            if (!target.provider->is_mock()) continue;
            const auto& state = target.provider->mock.shared;
            const bool known =
                std::ranges::any_of(found, [&](const auto& one) { return one.state == state; });
            // One series for each: a second name for the same requests would count them twice in
            // sums.
            if (!known) found.push_back({settings_.models[i].name, state});
        }
    }
    return found;
}

std::optional<catalog::found_route> catalog::find(std::string_view model) const {
    const auto match = table_.find(model);
    if (!match) return std::nullopt;
    const auto& plan = plans_[match->index];
    if (plan.targets.empty()) return std::nullopt;
    upstream::destination to{plan.targets, plan.rules, plan.state, plan.limits, std::nullopt};
    for (auto& target : to.candidates) {
        if (target.health) continue;
        target.named_by_client = true;
        const auto pattern =
            std::exchange(target.model, upstream::fill_wildcard(target.model, match->rest));
        const auto& provider = *target.provider;
        target.health = health_->find(
            provider.settings.name,
            target.model,
            provider.breaker,
            std::chrono::steady_clock::now(),
            pattern
        );
    }
    return found_route{&settings_.models[match->index], std::move(to)};
}

}  // namespace sluice::gateway
