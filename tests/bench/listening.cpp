#include "tests/bench/listening.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace sluice::bench {

using gateway::load::descriptor;
using gateway::load::endpoint;
using gateway::load::target;

namespace {

constexpr int backlog = 4096;

}  // namespace

boost::system::result<endpoint, std::string> address_of(const std::string& where) {
    const std::size_t colon = where.rfind(':');
    if (colon == std::string::npos) return "'" + where + "' is not HOST:PORT";
    target to;
    to.host = where.substr(0, colon);
    to.port = where.substr(colon + 1);
    if (to.host.starts_with('[') && to.host.ends_with(']'))
        to.host = to.host.substr(1, to.host.size() - 2);
    return gateway::load::resolve(to);
}

boost::system::result<descriptor, std::string> listen_on(const std::string& where) {
    const auto at = address_of(where);
    if (!at) return at.error();
    descriptor listener{
        ::socket(at->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const int on = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto* address = reinterpret_cast<const sockaddr*>(&at->address);
    if (::bind(listener.get(), address, at->size) != 0 || ::listen(listener.get(), backlog) != 0)
        return "cannot listen on " + where + ": " + std::strerror(errno);
    return listener;
}

void announce(int listener) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    ::getnameinfo(
        reinterpret_cast<const sockaddr*>(&bound),
        size,
        host.data(),
        host.size(),
        port.data(),
        port.size(),
        NI_NUMERICHOST | NI_NUMERICSERV
    );
    const bool bracketed = bound.ss_family == AF_INET6;
    std::printf(
        "listening on http://%s%s%s:%s\n",
        bracketed ? "[" : "",
        host.data(),
        bracketed ? "]" : "",
        port.data()
    );
    std::fflush(stdout);
}

descriptor accept_from(int listener) {
    descriptor socket{::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    const int on = 1;
    if (socket) ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

}  // namespace sluice::bench
