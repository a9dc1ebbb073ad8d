#include "tests/end_to_end/support/cutting_proxy.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace sluice::end_to_end {

namespace {

constexpr milliseconds look_interval{20};

/// False where the other side takes no more.
bool pass_on(int to, const char* bytes, std::size_t size) {
    while (size > 0) {
        if (!wait_for(to, POLLOUT, deadline{patience})) return false;
        const auto sent = ::send(to, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

cutting_proxy::cutting_proxy(std::uint16_t server, std::function<connection_cut()> next_cut)
    : server_(server),
      next_cut_(std::move(next_cut)),
      accepting_([this] { accept_connections(); }) {}

cutting_proxy::~cutting_proxy() {
    stopping_ = true;
    accepting_.join();
    for (auto& connection : connections_)
        connection.join();
}

void cutting_proxy::accept_connections() {
    while (!stopping_) {
        if (!wait_for(listener_.fd.get(), POLLIN, deadline{look_interval})) continue;
        unique_fd client{::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!client) continue;
        connections_.emplace_back([this, client = std::move(client), cut = next_cut_()]() mutable {
            relay(std::move(client), cut);
        });
    }
}

void cutting_proxy::relay(unique_fd client, const connection_cut& cut) {
    auto server = connect_loopback(server_);
    std::array<char, 4096> bytes;
    std::size_t passed = 0;
    while (!stopping_) {
        std::array<pollfd, 2> both{
            pollfd{client.get(), POLLIN, 0}, pollfd{server.get(), POLLIN, 0}};
        if (::poll(both.data(), both.size(), static_cast<int>(look_interval.count())) <= 0)
            continue;
        if (both[0].revents != 0) {
            const auto got = ::recv(client.get(), bytes.data(), bytes.size(), 0);
            if (got <= 0) return;
            if (!pass_on(server.get(), bytes.data(), static_cast<std::size_t>(got))) return;
        }
        if (both[1].revents == 0) continue;
        const auto room =
            cut.never ? bytes.size() : std::min(bytes.size(), cut.after_bytes - passed);
        const auto got = ::recv(server.get(), bytes.data(), room, 0);
        if (got <= 0) return;
        if (!pass_on(client.get(), bytes.data(), static_cast<std::size_t>(got))) return;
        passed += static_cast<std::size_t>(got);
        if (cut.never || passed < cut.after_bytes) continue;
        ++cuts_;
        if (cut.by_reset) reset_on_close(client.get());
        return;
    }
}

}  // namespace sluice::end_to_end
