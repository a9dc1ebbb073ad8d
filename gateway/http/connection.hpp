#pragma once

#include "gateway/http/listener_role.hpp"
#include "gateway/http/transport.hpp"
#include "upstream/alarm.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// A transport that a coroutine can wait on, with one watchdog for all of its deadlines.
/// Owned by one session; lives on one worker.
class connection {
 public:
    using clock = std::chrono::steady_clock;
    enum class wait_result { ready, timed_out, cancelled };

    connection(
        boost::asio::ip::tcp::socket socket,
        ssl_ctx_st* tls,
        listener_role by = listener_role::everybody
    );

    /// Whom the listener that it came by is for.
    listener_role came_by() const { return came_by_; }

    /// Waits until the socket can be read, at most until `deadline`.
    boost::asio::awaitable<wait_result> readable(clock::time_point deadline);

    /// The TLS handshake, where there is one. False if it failed or took too long.
    boost::asio::awaitable<bool> handshake(clock::time_point deadline);

    /// Writes all of it. False if the client is gone or took nothing for `stall`.
    boost::asio::awaitable<bool> write_all(std::string_view bytes, std::chrono::milliseconds stall);

    /// Ends the sending side, discards what still comes (256 KiB, 2 s at most) and closes, so that
    /// the client gets the answer instead of a reset.
    boost::asio::awaitable<void> linger();

    /// Makes a pending wait end with `cancelled`.
    void cancel();
    void close();

    gateway::transport& transport() { return transport_; }
    std::string& input() { return input_; }

    static constexpr std::size_t fill_bytes_max = 16 << 10;

    /// Reads what is there into input(), up to `bytes_max` more (and to fill_bytes_max).
    transport::result fill(std::size_t bytes_max);

    /// While an answer is made: takes in what the client sends ahead. False once the client is
    /// gone, or sends more than 64 KiB: not to read on would be not to see it leave.
    bool take_ahead();

 private:
    boost::asio::awaitable<wait_result> wait(bool for_write, clock::time_point deadline);
    void watch(clock::time_point deadline);
    void arm_watchdog();
    void on_watchdog();

    gateway::transport transport_;
    listener_role came_by_;
    upstream::alarm watchdog_;
    clock::time_point deadline_ = clock::time_point::max();
    clock::time_point armed_for_ = clock::time_point::max();
    bool expired_ = false;
    bool waiting_ = false;
    std::string input_;
};

}  // namespace sluice::gateway
