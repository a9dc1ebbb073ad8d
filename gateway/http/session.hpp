#pragma once

#include "gateway/http/connection.hpp"
#include "gateway/http/pressure.hpp"
#include "gateway/http/request_reader.hpp"
#include "gateway/http/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace sluice::gateway {

/// One client connection from accept to close: reads requests one after the other and has each
/// answered before the next. Owns the connection; lives on one worker, in its own coroutine.
class session {
 public:
    session(worker& worker, boost::asio::ip::tcp::socket socket, listener_role by);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    boost::asio::awaitable<void> run();

    /// Closes a connection that waits for a request to begin.
    void close_if_idle();
    void close();

 private:
    enum class received { request, refused, shed, timed_out, closed };

    boost::asio::awaitable<received> receive(request_reader& reader, request_share& share);
    boost::asio::awaitable<bool> send_continue();
    boost::asio::awaitable<void> refuse(request_reader& reader, upstream::failure reason);

    worker& worker_;
    connection connection_;
    std::optional<upstream::failure> shed_;  ///< why the request was, once it is
    bool idle_ = false;
    bool first_ = true;
};

/// Runs a session on the worker's loop; it owns itself until its connection closes. `by`: the
/// listener that the client came by.
void start_session(worker& worker, boost::asio::ip::tcp::socket socket, listener_role by);

}  // namespace sluice::gateway
