#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

/// What begins, joins or stops a generation.
namespace sluice::gateway {

/// Begins the generation that was asked for and answers with its stream, or its document.
boost::asio::awaitable<bool> generate(
    request_scope& scope, const dialect& dialect, decoded_request decoded
);

boost::asio::awaitable<bool> answer_native_post(request_scope& scope);
/// `?prompt=` begins a stream; a `Last-Event-ID` joins one and never begins any.
boost::asio::awaitable<bool> answer_native_get(request_scope& scope);
boost::asio::awaitable<bool> answer_chat_completions(request_scope& scope);
boost::asio::awaitable<bool> answer_attach(request_scope& scope, const std::string& id);
boost::asio::awaitable<bool> answer_stop(request_scope& scope, const std::string& id);

}  // namespace sluice::gateway
