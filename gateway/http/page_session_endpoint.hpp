#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

/// The pages' own way in: they ask for a key once, and get a cookie for it that no script can read.
namespace sluice::gateway {

/// `GET /session`: whether keys are on, and whose key the request bears.
boost::asio::awaitable<bool> answer_session(request_scope& scope);
/// `POST /session`: a key, in a header or as `{"key": "..."}`, in exchange for the cookie.
boost::asio::awaitable<bool> begin_session(request_scope& scope);
/// `DELETE /session`: the browser forgets the cookie.
boost::asio::awaitable<bool> end_session(request_scope& scope);

}  // namespace sluice::gateway
