#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/store/demand.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// Whose bounds they are, and which there are. Pure.
namespace sluice::gateway {

/// What the store and the ledger call it.
inline std::string account_of(const client_key& key) {
    return "key " + key.id;
}
inline std::string account_of(const model_route& route) {
    return "model " + route.name;
}

/// Calls `tell(demand::kind, std::int64_t limit)` for each bound that is configured.
template <class Tell>
void each_bound(const usage_limits& limits, const Tell& tell) {
    using kind = demand::kind;
    const auto name = [&](kind of, const std::optional<std::int64_t>& limit) {
        if (limit) tell(of, *limit);
    };
    name(kind::requests, limits.requests_per_minute);
    name(kind::streams, limits.concurrent_streams);
    name(kind::tokens, limits.tokens_per_minute);
    name(kind::day_cost, limits.cost_per_day);
    name(kind::month_cost, limits.cost_per_month);
}

}  // namespace sluice::gateway
