#pragma once

#include "gateway/http/tls.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace sluice::gateway {

/// A client's connection as bytes: plain TCP, or TLS on the same socket. Nothing here blocks; who
/// needs to wait does so on the socket. Owned by one session, on one worker.
class transport {
 public:
    enum class state {
        done,  ///< `bytes` were moved
        would_block,
        closed,  ///< the peer has ended its side
        failed,  ///< reset, or a broken TLS record
    };
    struct result {
        transport::state state = state::done;
        std::size_t bytes = 0;
    };

    /// `tls` is null for plain connections, and outlives this.
    transport(boost::asio::ip::tcp::socket socket, ssl_ctx_st* tls);

    result read_some(std::span<char> into);
    /// Writes from the pieces in order, with one system call where the connection is plain.
    result write_some(std::span<const std::string_view> pieces);

    /// After would_block: which readiness lets the operation go on. TLS may need the other one.
    bool wants_write() const { return wants_write_; }

    /// Completes the TLS handshake as far as it goes now; `done` at once where there is none.
    result handshake();

    /// Says goodbye (TLS close_notify) and ends the sending side.
    void shutdown_send();
    /// Ends the connection so that the peer sees a reset.
    void reset();

    boost::asio::ip::tcp::socket& socket() { return socket_; }
    bool is_tls() const { return tls_ != nullptr; }

 private:
    result tls_result(int returned);

    boost::asio::ip::tcp::socket socket_;
    tls_session tls_;
    bool wants_write_ = false;
};

}  // namespace sluice::gateway
