#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice::gateway {

/// The gateway's own figures as an event stream without end: one unnamed event at once and one each
/// `?every=` (1 s; 100 ms to 60 s, with sections 250 ms at least), and behind it one for each
/// section that `?include=` names (targets, keys, streams). A worker has `live_feeds::feeds_max`.
boost::asio::awaitable<bool> answer_live_events(request_scope& scope);

}  // namespace sluice::gateway
