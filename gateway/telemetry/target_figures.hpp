#pragma once

#include "gateway/config/configuration.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// How targets and routes fare, in plain figures for those who watch. Pure.
namespace sluice::gateway {

/// Whether requests go to a target; from best to worst.
enum class target_state {
    closed,     ///< all do
    half_open,  ///< one at a time, to see whether it is well again
    open        ///< none do
};
std::string_view to_string(target_state state);

struct target_figures {
    std::string provider;
    std::string model;  ///< as the provider is asked for it, or a pattern with a `*`
    target_state state = target_state::closed;
    std::chrono::milliseconds retry_in{0};  ///< until it is tried again, unless closed
    std::int64_t outstanding = 0;           ///< attempts under way
    std::chrono::microseconds ttft{0};      ///< recent time to first token; zero: not known
    std::int64_t attempts = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;  ///< by fault of the target
    std::int64_t opened = 0;  ///< how often it has begun to be left alone
};

struct route_figures {
    std::string model;  ///< the route's name, perhaps a pattern
    std::int64_t retries = 0;
    std::int64_t fallbacks = 0;
    std::int64_t budget_spent = 0;
    std::int64_t hedges = 0;
    std::int64_t hedges_won = 0;
    std::int64_t continuations = 0;
    std::int64_t discarded_tokens = 0;
};

/// The known targets, and those of the routes that nobody has asked yet; a pattern is one of these
/// as long as no known model is behind it. Sorted by name.
std::vector<target_figures> with_unasked(
    std::vector<target_figures> known, const std::vector<model_route>& routes
);

/// One entry for each target of the routes, however many models clients name behind a pattern:
/// these share its entry, with the sums of their figures, and the worst state and time to first
/// token among them. What no route leads to any more counts for its provider's `*`. Sorted by name.
std::vector<target_figures> by_configured_name(
    const std::vector<target_figures>& known, const std::vector<model_route>& routes
);

}  // namespace sluice::gateway
