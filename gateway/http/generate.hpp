#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

/// What begins a generation. A reconnect to the same URL, which says what was the last event that
/// it saw, joins the stream that it had instead.
namespace sluice::gateway {

/// Begins the generation that was asked for and answers with its stream, or its document.
/// `conversation`: the name of the chat that it belongs to, by which it can be found; empty: none.
boost::asio::awaitable<bool> generate(
    request_scope& scope,
    const dialect& dialect,
    decoded_request decoded,
    std::string conversation = {}
);

boost::asio::awaitable<bool> answer_native_post(request_scope& scope);
/// `?prompt=` begins a stream.
boost::asio::awaitable<bool> answer_native_get(request_scope& scope);
/// A request in a client dialect of its own.
boost::asio::awaitable<bool> answer_dialect(
    request_scope& scope, const dialect& dialect, const said_in_path& path = {}
);

}  // namespace sluice::gateway
