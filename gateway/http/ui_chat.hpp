#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

/// The chats of the AI SDK's `useChat`: a message begins a stream that outlives its connection, and
/// whoever mounts the chat again takes it up.
namespace sluice::gateway {

/// `POST /v1/ui/chat`. Ends what still runs in the same chat: a chat has one answer at a time.
boost::asio::awaitable<bool> answer_ui_post(request_scope& scope);

/// `GET /v1/ui/chat/{chat}/stream`: the chat's stream from its beginning, or 204 where there is
/// none that goes on or whose end nobody has seen.
boost::asio::awaitable<bool> answer_ui_resume(request_scope& scope, const std::string& chat);

/// `DELETE /v1/ui/chat/{chat}/stream`: ends it. 204, whether there was one or not.
boost::asio::awaitable<bool> answer_ui_stop(request_scope& scope, const std::string& chat);

}  // namespace sluice::gateway
