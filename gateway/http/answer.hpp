#pragma once

#include "gateway/http/connection.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/worker.hpp"
#include "upstream/generation.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice::gateway {

/// Answers one request: who may ask, then what was asked for. False: the connection is to be
/// closed.
boost::asio::awaitable<bool> answer(worker& worker, connection& client, http_request& request);

/// Answers a request that could not be read, in the words of its path's dialect.
boost::asio::awaitable<void> answer_refusal(
    worker& worker, connection& client, http_request& request, const upstream::failure& reason
);

}  // namespace sluice::gateway
