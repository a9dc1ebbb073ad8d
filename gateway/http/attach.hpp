#pragma once

#include "gateway/http/position.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/streams/stream_id.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

/// What joins or stops a stream that was begun before.
namespace sluice::gateway {

/// Sends the stream from a position on: frames as they were and as they come, or, where the client
/// asks for JSON, what there is of them (a long poll).
boost::asio::awaitable<bool> answer_attach(request_scope& scope, const std::string& id);

/// The same for a reconnect to the URL that began a stream: the position names it.
boost::asio::awaitable<bool> answer_resume(request_scope& scope, stream_position position);

/// Sends the whole stream, past and to come, to who has not had it; 204 where its end was seen, or
/// where its beginning is gone.
boost::asio::awaitable<bool> answer_unseen(request_scope& scope, const std::string& id);

/// Ends the generation; every reader sees the same end. 204 however often it is asked.
boost::asio::awaitable<bool> answer_stop(request_scope& scope, const std::string& id);

/// 204, or why there is nothing to attach to; 410 tells what is held still.
boost::asio::awaitable<bool> respond_unattached(request_scope& scope, attach_decision decision);

}  // namespace sluice::gateway
