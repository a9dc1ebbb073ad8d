#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

/// For operators: how much is logged, `{"level": "info"}`.
namespace sluice::gateway {

boost::asio::awaitable<bool> answer_log(request_scope& scope);

/// Changes it, until the next reload says what the file says. The log tells who did.
boost::asio::awaitable<bool> change_log(request_scope& scope);

}  // namespace sluice::gateway
