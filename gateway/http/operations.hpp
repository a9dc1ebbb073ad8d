#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

/// What answers without generating anything: probes and metrics.
namespace sluice::gateway {

boost::asio::awaitable<bool> answer_live(request_scope& scope);
/// 503 while the gateway drains, and before it sheds for want of memory.
boost::asio::awaitable<bool> answer_ready(request_scope& scope);
boost::asio::awaitable<bool> answer_metrics(request_scope& scope);

}  // namespace sluice::gateway
