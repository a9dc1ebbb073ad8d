#pragma once

#include "gateway/http/catalog.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/telemetry/target_figures.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::gateway {

/// How the models fare that were asked for, `upstream::health_table::models_max` of them at most.
/// Any thread.
std::vector<target_figures> known_targets(
    const catalog& models, std::chrono::steady_clock::time_point now
);
/// How the routes fare, in the order of the configuration. Any thread.
std::vector<route_figures> known_routes(const catalog& models);

/// `{"targets": [...], "routes": [...]}`, in the order given. `retry_in_ms` and `ttft_ms` stand
/// where there is something to tell.
std::string targets_body(
    const std::vector<target_figures>& targets, const std::vector<route_figures>& routes
);

/// For operators: how each target fares, sorted by name; those that nobody has asked yet too.
boost::asio::awaitable<bool> answer_target_list(request_scope& scope);

}  // namespace sluice::gateway
