#include "gateway/http/targets_list.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/http/authorize.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;
using std::chrono::ceil;
using std::chrono::milliseconds;

target_state state_of(upstream::breaker::state state) {
    switch (state) {
        case upstream::breaker::state::closed:
            return target_state::closed;
        case upstream::breaker::state::half_open:
            return target_state::half_open;
        case upstream::breaker::state::open:
            break;
    }
    return target_state::open;
}

target_figures figures_of(
    const upstream::health_table::entry& target, std::chrono::steady_clock::time_point now
) {
    const auto standing = target.health->look(now);
    const auto told = target.health->told();
    target_figures made;
    made.provider = target.provider;
    made.model = target.model;
    made.state = state_of(standing.state);
    if (made.state != target_state::closed)
        made.retry_in = std::max(ceil<milliseconds>(standing.back - now), milliseconds{0});
    made.outstanding = standing.outstanding;
    made.ttft = standing.ttft;
    made.attempts = told.attempts;
    made.completed = told.completed;
    made.failed = told.failed;
    made.opened = told.opened;
    return made;
}

json describe(const target_figures& target) {
    json object{
        {"provider", target.provider}, {"model", target.model}, {"state", to_string(target.state)}};
    if (target.state != target_state::closed) object["retry_in_ms"] = target.retry_in.count();
    object["outstanding"] = target.outstanding;
    // Known times are no zeros, however short.
    if (target.ttft.count() > 0) object["ttft_ms"] = ceil<milliseconds>(target.ttft).count();
    object["attempts"] = target.attempts;
    object["completed"] = target.completed;
    object["failed"] = target.failed;
    object["opened"] = target.opened;
    return object;
}

json describe(const route_figures& route) {
    return {
        {"model", route.model},
        {"retries", route.retries},
        {"fallbacks", route.fallbacks},
        {"budget_spent", route.budget_spent},
        {"hedges", route.hedges},
        {"hedges_won", route.hedges_won},
        {"continuations", route.continuations},
        {"discarded_tokens", route.discarded_tokens},
    };
}

}  // namespace

std::vector<target_figures> known_targets(
    const catalog& models, std::chrono::steady_clock::time_point now
) {
    std::vector<target_figures> all;
    for (const auto& target : models.health().all())
        all.push_back(figures_of(target, now));
    return all;
}

std::vector<target_figures> counted_targets(
    const catalog& models, std::chrono::steady_clock::time_point now
) {
    auto all = known_targets(models, now);
    for (auto& target : all)
        target.opened = 0;
    for (const auto& [name, opened] : models.health().opened()) {
        auto& counted = all.emplace_back();
        counted.provider = name.first;
        counted.model = name.second;
        counted.opened = opened;
    }
    return all;
}

std::vector<route_figures> known_routes(const catalog& models) {
    std::vector<route_figures> all;
    for (std::size_t i = 0; i < models.routes().size(); ++i) {
        const auto& state = *models.state_of(i);
        route_figures made;
        made.model = models.routes()[i].name;
        made.retries = state.retries;
        made.fallbacks = state.fallbacks;
        made.budget_spent = state.budget_spent;
        made.hedges = state.hedges;
        made.hedges_won = state.hedges_won;
        made.continuations = state.continuations;
        made.discarded_tokens = state.discarded_tokens;
        all.push_back(std::move(made));
    }
    return all;
}

json targets_object(
    std::vector<target_figures> targets, const std::vector<route_figures>& routes, std::size_t most
) {
    json body{{"targets", json::array()}, {"routes", json::array()}, {"total", targets.size()}};
    if (targets.size() > most) {
        std::ranges::stable_partition(targets, [](const target_figures& target) {
            return target.state != target_state::closed;
        });
        targets.resize(most);
    }
    for (const auto& target : targets)
        body["targets"].push_back(describe(target));
    for (const auto& route : routes)
        body["routes"].push_back(describe(route));
    return body;
}

json targets_now(const catalog& models, std::chrono::steady_clock::time_point now) {
    auto known = with_unasked(known_targets(models, now), models.routes());
    return targets_object(std::move(known), known_routes(models));
}

asio::awaitable<bool> answer_target_list(request_scope& scope) {
    http_response response;
    response.headers = {{"Cache-Control", "no-store"}};
    response.body =
        dump_json(targets_now(scope.serving->catalog, std::chrono::steady_clock::now()));
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
