#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/connection.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/worker.hpp"
#include "gateway/telemetry/access_log.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::gateway {

/// One request while it is being answered. The session's coroutine keeps it alive until the answer
/// has ended; then its destructor writes the one line of the access log, and tells its span where
/// no stream does.
struct request_scope {
    request_scope(gateway::worker& on, connection& from, http_request& asked);
    ~request_scope();
    request_scope(const request_scope&) = delete;
    request_scope& operator=(const request_scope&) = delete;

    const configuration& settings() const { return *serving->settings; }

    gateway::worker& worker;
    connection& client;
    http_request& request;
    std::shared_ptr<const snapshot> serving;  ///< as it was when the request came
    const gateway::dialect* dialect;          ///< in whose words errors are told
    asker who;                                ///< who asks, once that was judged
    const client_key* key = nullptr;          ///< the key that was shown; null: none
    bool changes_state = false;               ///< it begins or ends something, or would if it could
    access_record record;
    std::optional<generation_timing> timing;  ///< of the generation that was begun for it
    /// Null: it has none, or it is the stream's that was begun for it, see trace_of.hpp.
    std::unique_ptr<request_trace> trace;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

/// Whether the connection may serve another request after this one.
bool keeps_alive(const request_scope& scope);

/// Headers of every answer: request id, CORS, Server-Timing, and Connection where it closes.
upstream::header_list common_headers(const request_scope& scope, bool keep_alive);

/// Lets go of what is no longer asked once an answer's head is made, and would otherwise be held as
/// long as its stream lasts.
void forget_headers(request_scope& scope);

/// Sends a whole answer. False: the connection is to be closed.
boost::asio::awaitable<bool> respond(request_scope& scope, http_response response);

/// Puts an error into an answer, in a dialect's words.
void describe_error(
    const dialect& dialect, const upstream::failure& reason, http_response& response
);

/// Sends an error in the scope's dialect, with Retry-After where the failure has one.
boost::asio::awaitable<bool> respond_error(
    request_scope& scope, upstream::failure reason, upstream::header_list more = {}
);

}  // namespace sluice::gateway
