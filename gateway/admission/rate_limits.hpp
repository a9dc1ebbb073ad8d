#pragma once

#include "gateway/store/demand.hpp"
#include "upstream/generation.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

/// How limits are told to clients. Pure.
namespace sluice::gateway {

/// What the configuration calls it: `requests_per_minute`.
std::string_view name_of(demand::kind of);

/// `requests_per_minute of key team-a`.
std::string describe_bound(const demand& bound);

/// What a client is told whose demand cannot be met: a 429 with the time after which it can.
upstream::failure refuse_demand(const demand& refused, const limit_verdict& verdict);

/// Whose names the headers of limits have.
enum class limit_headers {
    openai,    ///< `x-ratelimit-remaining-requests`
    anthropic  ///< `anthropic-ratelimit-requests-remaining`
};

/// How the tightest bounds of requests and of tokens stand, in the headers that clients read. Costs
/// and places among streams have none.
upstream::header_list rate_limit_headers(
    const std::vector<demand>& demands,
    const std::vector<standing>& standings,
    limit_headers names,
    std::chrono::system_clock::time_point now
);

}  // namespace sluice::gateway
