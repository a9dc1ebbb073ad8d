#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice::gateway {

/// For operators: `{"streams": [...], "total": N}`, the newest first, at most `?limit=` (1000) of
/// them.
boost::asio::awaitable<bool> answer_stream_list(request_scope& scope);

}  // namespace sluice::gateway
