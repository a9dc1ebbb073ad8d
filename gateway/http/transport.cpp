#include "gateway/http/transport.hpp"

#include <boost/asio/socket_base.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <sys/socket.h>
#include <sys/uio.h>

namespace sluice::gateway {

namespace {

constexpr std::size_t pieces_max = 8;

transport::result system_result(ssize_t returned) {
    if (returned >= 0) return {transport::state::done, static_cast<std::size_t>(returned)};
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {again ? transport::state::would_block : transport::state::failed, 0};
}

}  // namespace

transport::transport(boost::asio::ip::tcp::socket socket, ssl_ctx_st* tls)
    : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    if (!tls) return;
    tls_ = make_tls_session(*tls, socket_.native_handle());
    // What was to be secret is not sent in the clear for want of memory.
    if (!tls_) socket_.close(ignored);
}

transport::result transport::read_some(std::span<char> into) {
    wants_write_ = false;
    if (tls_) {
        ERR_clear_error();
        const auto size = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
        return tls_result(SSL_read(tls_.get(), into.data(), size));
    }
    auto got = system_result(::recv(socket_.native_handle(), into.data(), into.size(), 0));
    if (got.state == state::done && got.bytes == 0) got.state = state::closed;
    return got;
}

transport::result transport::write_some(std::span<const std::string_view> pieces) {
    wants_write_ = true;
    if (tls_) {
        for (const auto piece : pieces) {
            if (piece.empty()) continue;
            ERR_clear_error();
            const auto size = static_cast<int>(std::min<std::size_t>(piece.size(), INT_MAX));
            return tls_result(SSL_write(tls_.get(), piece.data(), size));
        }
        return {};
    }
    std::array<iovec, pieces_max> vectors;
    std::size_t count = 0;
    for (const auto piece : pieces) {
        if (piece.empty() || count == pieces_max) continue;
        vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    if (count == 0) return {};
    // One piece, as nearly always, is cheaper without a message around it.
    if (count == 1) {
        const auto& piece = vectors.front();
        return system_result(
            ::send(socket_.native_handle(), piece.iov_base, piece.iov_len, MSG_NOSIGNAL)
        );
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    return system_result(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL));
}

transport::result transport::handshake() {
    if (!tls_) return {};
    ERR_clear_error();
    const int returned = SSL_do_handshake(tls_.get());
    if (returned == 1) return {};
    return tls_result(returned);
}

transport::result transport::tls_result(int returned) {
    if (returned > 0) return {state::done, static_cast<std::size_t>(returned)};
    switch (SSL_get_error(tls_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            wants_write_ = false;
            return {state::would_block, 0};
        case SSL_ERROR_WANT_WRITE:
            wants_write_ = true;
            return {state::would_block, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {state::closed, 0};
        default:
            return {state::failed, 0};
    }
}

void transport::shutdown_send() {
    if (tls_ && SSL_is_init_finished(tls_.get())) {
        ERR_clear_error();
        SSL_shutdown(tls_.get());
    }
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

void transport::reset() {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

}  // namespace sluice::gateway
