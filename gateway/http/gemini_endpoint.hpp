#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace sluice::gateway {

/// `POST /v1beta/models/{model}:{method}`: generateContent, and streamGenerateContent as events
/// (`alt=sse`) or as one JSON array. `what` is "{model}:{method}".
boost::asio::awaitable<bool> answer_gemini(request_scope& scope, const std::string& what);

}  // namespace sluice::gateway
