#include "gateway/load/wire/channel.hpp"

#include "gateway/load/wire/source_addresses.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace sluice::gateway::load {

namespace {

std::string tls_error() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    return std::string("TLS: ") + (reason ? reason : "the connection broke");
}

bool is_address(const std::string& host) {
    in6_addr any{};
    return ::inet_pton(AF_INET, host.c_str(), &any) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

/// The name that the certificate must bear, and by which the server finds it.
bool name_server(SSL* session, const std::string& host) {
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
    return SSL_set_tlsext_host_name(session, host.c_str()) == 1 &&
           SSL_set1_host(session, host.c_str()) == 1;
}

}  // namespace

void channel_deleter::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

void channel_deleter::operator()(ssl_st* session) const {
    SSL_free(session);
}

boost::system::result<client_tls, std::string> make_client_tls(bool insecure) {
    client_tls context{SSL_CTX_new(TLS_client_method())};
    if (!context) return tls_error();
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(
        context.get(),
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    SSL_CTX_set_verify(context.get(), insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    if (!insecure && SSL_CTX_set_default_verify_paths(context.get()) != 1) return tls_error();
    return context;
}

bool channel::connect(const route& way) {
    close();
    const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    socket_.reset(::socket(way.to.address.ss_family, type, 0));
    if (!socket_) return failed_by_errno("socket").status == io::ok;
    const int on = 1;
    ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (way.receive_buffer_bytes > 0) {
        const int size = way.receive_buffer_bytes;
        ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    if (way.from != nullptr && !bind_source(fd(), *way.from))
        return failed_by_errno("bind").status == io::ok;
    if (way.tls != nullptr) {
        session_.reset(SSL_new(way.tls));
        if (!session_ || SSL_set_fd(session_.get(), fd()) != 1 ||
            !name_server(session_.get(), way.host))
            return fail(tls_error()) == io::ok;
        SSL_set_connect_state(session_.get());
    }
    waits_to_write_ = true;
    const auto* address = reinterpret_cast<const sockaddr*>(&way.to.address);
    if (::connect(fd(), address, way.to.size) == 0 || errno == EINPROGRESS) return true;
    return failed_by_errno("connect").status == io::ok;
}

io channel::finish_connecting() {
    if (!connected_) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            error_ = error;
            return fail(std::string("connect: ") + std::strerror(error));
        }
        connected_ = true;
        waits_to_write_ = false;
    }
    if (!session_) return io::ok;
    return judge(SSL_do_handshake(session_.get()));
}

void channel::close() {
    session_.reset();
    socket_.reset();
    connected_ = false;
    waits_to_write_ = false;
    problem_.clear();
    error_ = 0;
}

channel::progress channel::send(std::string_view bytes) {
    if (session_) {
        std::size_t size = 0;
        const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &size);
        return {judge(result), size};
    }
    const auto sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {io::ok, static_cast<std::size_t>(sent)};
    waits_to_write_ = true;
    return failed_by_errno("send");
}

channel::progress channel::receive(std::span<char> into) {
    if (session_) {
        std::size_t size = 0;
        const int result = SSL_read_ex(session_.get(), into.data(), into.size(), &size);
        return {judge(result), size};
    }
    const auto got = ::recv(fd(), into.data(), into.size(), 0);
    if (got > 0) return {io::ok, static_cast<std::size_t>(got)};
    if (got == 0) return {io::closed, 0};
    waits_to_write_ = false;
    return failed_by_errno("recv");
}

io channel::fail(std::string problem) {
    problem_ = std::move(problem);
    return io::failed;
}

channel::progress channel::failed_by_errno(const char* what) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {io::wait, 0};
    error_ = errno;
    return {fail(std::string(what) + ": " + std::strerror(error_)), 0};
}

io channel::judge(int result) {
    if (result == 1) return io::ok;
    switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            waits_to_write_ = false;
            return io::wait;
        case SSL_ERROR_WANT_WRITE:
            waits_to_write_ = true;
            return io::wait;
        case SSL_ERROR_ZERO_RETURN:
            return io::closed;
        default:
            return fail(tls_error());
    }
}

}  // namespace sluice::gateway::load
