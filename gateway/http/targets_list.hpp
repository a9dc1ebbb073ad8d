#pragma once

#include "gateway/http/catalog.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/telemetry/target_figures.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace sluice::gateway {

/// How the models fare that were asked for, `upstream::health_table::models_max` of them at most.
/// Any thread.
std::vector<target_figures> known_targets(
    const catalog& models, std::chrono::steady_clock::time_point now
);
/// The same, for sums that never fall: how often their breakers have opened stands in entries of
/// its own, by what the configuration calls them, and counts those that made room for others.
std::vector<target_figures> counted_targets(
    const catalog& models, std::chrono::steady_clock::time_point now
);
/// How the routes fare, in the order of the configuration. Any thread.
std::vector<route_figures> known_routes(const catalog& models);

/// As many as `GET /v1/targets` tells.
inline constexpr std::size_t targets_max = 1000;

/// `{"targets": [...], "routes": [...], "total": N}`, in the order given. If there are more targets
/// than `most`, those that are left alone come first. `retry_in_ms` and `ttft_ms` stand where there
/// is something to tell.
nlohmann::ordered_json targets_object(
    std::vector<target_figures> targets,
    const std::vector<route_figures>& routes,
    std::size_t most = targets_max
);

/// The same of all that is known now, sorted by name; of targets that nobody has asked yet, too.
nlohmann::ordered_json targets_now(
    const catalog& models, std::chrono::steady_clock::time_point now
);

/// For operators: how each target fares.
boost::asio::awaitable<bool> answer_target_list(request_scope& scope);

}  // namespace sluice::gateway
