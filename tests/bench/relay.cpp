#include "tests/bench/relay.hpp"

#include "tests/bench/listening.hpp"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace sluice::bench {

using gateway::load::descriptor;

namespace {

constexpr std::uint64_t listener_tag = ~std::uint64_t{0};
constexpr std::uint64_t signal_tag = listener_tag - 1;

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

}  // namespace

relay::relay(descriptor listener, const gateway::load::endpoint& to)
    : listener_(std::move(listener)),
      signals_(gateway::load::catch_stop_signals()),
      to_(to),
      buffer_(std::size_t{64} << 10) {
    events_.add(listener_.get(), EPOLLIN, listener_tag);
    events_.add(signals_.get(), EPOLLIN, signal_tag);
}

void relay::run() {
    while (!over_) {
        for (const auto& event : events_.wait())
            on_event(event);
    }
}

void relay::on_event(const epoll_event& event) {
    const std::uint64_t tag = event.data.u64;
    if (tag == listener_tag) return accept_all();
    if (tag == signal_tag) {
        over_ = true;
        return;
    }
    side& one = sides_[static_cast<std::uint32_t>(tag)];
    if (one.generation != tag >> 32) return;
    if ((event.events & EPOLLERR) != 0) return close_pair(one);
    if (!one.connected) return on_connected(one);
    const std::uint32_t generation = one.generation;
    if ((event.events & EPOLLOUT) != 0) send_rest(one);
    if (one.generation != generation) return;
    if ((event.events & EPOLLIN) != 0) return copy_from(one);
    // Both directions of this socket are down, and nothing is left to read.
    if ((event.events & EPOLLHUP) != 0) close_pair(one);
}

void relay::accept_all() {
    while (auto client = accept_from(listener_.get()))
        add_pair(std::move(client));
}

void relay::add_pair(descriptor client) {
    descriptor server{
        ::socket(to_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!server) return;
    const int on = 1;
    ::setsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* address = reinterpret_cast<const sockaddr*>(&to_.address);
    if (::connect(server.get(), address, to_.size) != 0 && errno != EINPROGRESS) return;
    const auto most = static_cast<std::size_t>(std::max(client.get(), server.get()));
    if (most >= sides_.size()) sides_.resize(most + 1);
    side& near = side_of(client.get());
    side& far = side_of(server.get());
    near.other = server.get();
    far.other = client.get();
    far.connected = false;
    near.socket = std::move(client);
    far.socket = std::move(server);
    // The client is looked at only once there is somebody to pass its bytes to.
    events_.add(far.socket.get(), EPOLLOUT, tag_of(far));
}

relay::side& relay::side_of(int fd) {
    return sides_[static_cast<std::size_t>(fd)];
}

void relay::on_connected(side& server) {
    server.connected = true;
    side& client = side_of(server.other);
    watch(server);
    events_.add(client.socket.get(), EPOLLIN, tag_of(client));
}

void relay::copy_from(side& from) {
    const auto got = ::recv(from.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (got == 0) return end_from(from);
    if (got < 0) return would_block() ? void() : close_pair(from);
    const auto size = static_cast<std::size_t>(got);
    side& to = side_of(from.other);
    const auto sent = ::send(to.socket.get(), buffer_.data(), size, MSG_NOSIGNAL);
    if (sent < 0 && !would_block()) return close_pair(from);
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (taken == size) return;
    to.unsent.assign(buffer_.data() + taken, size - taken);
    watch(to);
    watch(from);
}

void relay::send_rest(side& to) {
    const auto sent = ::send(to.socket.get(), to.unsent.data(), to.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && !would_block()) return close_pair(to);
    to.unsent.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    if (!to.unsent.empty()) return;
    to.unsent = {};
    watch(to);
    watch(side_of(to.other));
}

void relay::end_from(side& from) {
    from.ended = true;
    side& to = side_of(from.other);
    if (to.ended) return close_pair(from);
    ::shutdown(to.socket.get(), SHUT_WR);
    watch(from);
}

void relay::close_pair(side& one) {
    side& other = side_of(one.other);
    for (side* closed : {&one, &other}) {
        ++closed->generation;
        closed->socket.reset();
        closed->connected = true;
        closed->ended = false;
        closed->unsent = {};
    }
}

/// A side is read unless it has ended, or the other one has not yet taken what came before.
void relay::watch(const side& one) {
    const bool reads = !one.ended && side_of(one.other).unsent.empty();
    std::uint32_t events = 0;
    if (reads) events |= EPOLLIN;
    if (!one.unsent.empty()) events |= EPOLLOUT;
    events_.change(one.socket.get(), events, tag_of(one));
}

std::uint64_t relay::tag_of(const side& one) const {
    return std::uint64_t{one.generation} << 32 | static_cast<std::uint32_t>(one.socket.get());
}

}  // namespace sluice::bench
