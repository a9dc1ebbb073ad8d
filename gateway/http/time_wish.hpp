#pragma once

#include "gateway/http/message.hpp"
#include "upstream/generation.hpp"
#include "upstream/routing/rules.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>

namespace sluice::gateway {

/// `X-Sluice-Timeout`: how long the client gives the whole answer, as `30s`, `1500ms` or in plain
/// seconds. Nothing: it does not say. An error names the header.
boost::system::result<std::optional<std::chrono::milliseconds>, upstream::failure> asked_time(
    const http_request& request
);

/// Clocks that a client lowers to what it gives; it raises none.
void lower(upstream::timeouts& limits, std::chrono::milliseconds given);

}  // namespace sluice::gateway
