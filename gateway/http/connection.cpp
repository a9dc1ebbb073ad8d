#include "gateway/http/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

constexpr std::size_t ahead_bytes_at_once = 4096;
constexpr std::size_t ahead_bytes_max = 64 << 10;

constexpr std::size_t linger_bytes_max = 256 << 10;
constexpr std::chrono::seconds linger_time{2};

/// A plain function: in the coroutine's frame the room would be held for as long as it lasts, by
/// each of the thousands of connections that a refused crowd leaves behind.
transport::result discard_some(transport& from) {
    std::array<char, 16 << 10> waste;
    return from.read_some(waste);
}

}  // namespace

connection::connection(asio::ip::tcp::socket socket, ssl_ctx_st* tls, listener_role by)
    : transport_(std::move(socket), tls),
      came_by_(by),
      watchdog_(transport_.socket().get_executor()) {}

asio::awaitable<connection::wait_result> connection::readable(clock::time_point deadline) {
    co_return co_await wait(false, deadline);
}

asio::awaitable<connection::wait_result> connection::wait(
    bool for_write, clock::time_point deadline
) {
    using socket_base = asio::ip::tcp::socket;
    watch(deadline);
    boost::system::error_code error;
    const auto what = for_write ? socket_base::wait_write : socket_base::wait_read;
    waiting_ = true;
    co_await transport_.socket().async_wait(what, asio::redirect_error(asio::use_awaitable, error));
    waiting_ = false;
    deadline_ = clock::time_point::max();
    if (expired_) co_return wait_result::timed_out;
    co_return error ? wait_result::cancelled : wait_result::ready;
}

/// The timer is only touched when it would fire too late; a later deadline is seen when it fires.
void connection::watch(clock::time_point deadline) {
    expired_ = false;
    deadline_ = deadline;
    if (deadline < armed_for_) {
        armed_for_ = deadline;
        arm_watchdog();
    }
}

void connection::arm_watchdog() {
    watchdog_.set(armed_for_, [this] { on_watchdog(); });
}

void connection::on_watchdog() {
    armed_for_ = clock::time_point::max();
    if (deadline_ == clock::time_point::max()) return;
    if (clock::now() < deadline_) {
        armed_for_ = deadline_;
        arm_watchdog();
    } else if (waiting_) {
        expired_ = true;
        cancel();
    }
}

bool connection::take_ahead() {
    const auto got = fill(ahead_bytes_at_once);
    const bool gone =
        got.state == transport::state::closed || got.state == transport::state::failed;
    return !gone && input_.size() < ahead_bytes_max;
}

void connection::cancel() {
    boost::system::error_code ignored;
    transport_.socket().cancel(ignored);
}

void connection::close() {
    boost::system::error_code ignored;
    transport_.socket().close(ignored);
}

asio::awaitable<bool> connection::handshake(clock::time_point deadline) {
    for (;;) {
        const auto result = transport_.handshake();
        if (result.state == transport::state::done) co_return true;
        if (result.state != transport::state::would_block) co_return false;
        const auto waited = co_await wait(transport_.wants_write(), deadline);
        if (waited != wait_result::ready) co_return false;
    }
}

asio::awaitable<bool> connection::write_all(
    std::string_view bytes, std::chrono::milliseconds stall
) {
    while (!bytes.empty()) {
        const std::array<std::string_view, 1> pieces{bytes};
        const auto result = transport_.write_some(pieces);
        bytes.remove_prefix(result.bytes);
        if (result.state == transport::state::done) continue;
        if (result.state != transport::state::would_block) co_return false;
        const auto waited = co_await wait(transport_.wants_write(), clock::now() + stall);
        if (waited != wait_result::ready) co_return false;
    }
    co_return true;
}

transport::result connection::fill(std::size_t bytes_max) {
    // One for all connections of the worker: each keeps only what came for it.
    thread_local std::array<char, fill_bytes_max> space;
    const auto result =
        transport_.read_some(std::span{space}.first(std::min(bytes_max, fill_bytes_max)));
    input_.append(space.data(), result.bytes);
    // Keys come this way, and the next one who reads may be long in coming.
    OPENSSL_cleanse(space.data(), result.bytes);
    return result;
}

asio::awaitable<void> connection::linger() {
    if (!transport_.socket().is_open()) co_return;
    transport_.shutdown_send();
    const auto deadline = clock::now() + linger_time;
    for (std::size_t discarded = 0; discarded < linger_bytes_max;) {
        const auto result = discard_some(transport_);
        discarded += result.bytes;
        if (result.state == transport::state::done) continue;
        if (result.state != transport::state::would_block) break;
        const auto waited = co_await wait(false, deadline);
        if (waited != wait_result::ready) break;
    }
    close();
}

}  // namespace sluice::gateway
