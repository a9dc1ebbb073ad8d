#pragma once

#include "gateway/doctor/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::doctor {

/// Who may stand between a client and a gateway.
enum class proxy {
    unknown,  ///< HAProxy and AWS's load balancers leave no mark
    nginx,
    caddy,
    haproxy,
    envoy,
    varnish,
    cloudflare,
    cloudfront,
    alb,
    google,
    front_door,
    app_gateway,
};

/// What there is something to set against.
enum class trouble { buffering, compression, resume, leaving, idle, http2, unreachable };

std::string_view to_string(proxy who);
std::string_view to_string(trouble what);

/// Who is known by the heads of these answers, each once.
std::vector<proxy> proxies_in(const std::vector<const reply*>& answers);

/// What an operator sets there against it, line by line; empty: nothing is known.
std::string_view remedy(proxy who, trouble what);

}  // namespace sluice::gateway::doctor
