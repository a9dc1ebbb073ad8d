#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

namespace sluice::gateway {

/// The streams of all workers, as that one comes by them.
boost::asio::awaitable<listed_streams> list_streams(worker& on, stream_wish wish);

/// `{"streams": [...], "total": N}`.
nlohmann::ordered_json streams_object(const listed_streams& streams);

/// For operators: `{"streams": [...], "total": N}`, the newest first, at most `?limit=` (1000) of
/// them.
boost::asio::awaitable<bool> answer_stream_list(request_scope& scope);

}  // namespace sluice::gateway
