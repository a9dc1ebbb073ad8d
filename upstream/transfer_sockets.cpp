#include "upstream/transfer_sockets.hpp"

#include <curl/curl.h>

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>

namespace sluice::upstream {

namespace {

/// One turn's share; what is ready beyond it comes in the next, after the loop's other work.
constexpr int events_per_turn_max = 256;

int open_epoll() {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
    return fd;
}

std::uint32_t events_of(int what) {
    switch (what) {
        case CURL_POLL_IN:
            return EPOLLIN;
        case CURL_POLL_OUT:
            return EPOLLOUT;
        case CURL_POLL_INOUT:
            return EPOLLIN | EPOLLOUT;
        default:
            return 0;
    }
}

bool control(int epoll, int operation, int fd, std::uint32_t events, std::uint32_t generation) {
    epoll_event event{};
    // Edge-triggered while reading: libcurl reads once, polls the socket, and where something is
    // left comes back by its timer. So the kernel need not look at the socket again in the next
    // turn.
    event.events = events == EPOLLIN ? EPOLLIN | EPOLLET : events;
    event.data.u64 = std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
    return epoll_ctl(epoll, operation, fd, &event) == 0;
}

/// A token is a segment, and a connection that only reads acknowledges each one as it is read,
/// which costs as much as half of the reading. This says that every second will do; a segment that
/// stays alone is acknowledged after 40 ms, and the kernel then goes back to its usual way.
///
/// A server with Nagle's algorithm sends the next small piece when the one before is acknowledged:
/// the 40 ms are its once per request. So it is not done while an answer begins.
void acknowledge_together(int fd) {
    const int off = 0;
    // Fails, and does not matter, for what is no TCP socket (libcurl's resolver has a pair).
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
}

/// By then an answer is a stream of tokens, and not a short one.
constexpr std::uint32_t arrivals_of_a_stream = 16;

}  // namespace

transfer_sockets::transfer_sockets(boost::asio::io_context& context)
    : readiness_(context.get_executor(), open_epoll()) {}

bool transfer_sockets::watch(int fd, int what) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= registrations_.size()) registrations_.resize(index + 1);
    auto& entry = registrations_[index];
    entry.wanted = events_of(what);
    if (entry.wanted != 0) return enter(fd, entry);
    // Between two requests a connection is silent, so that it can stay where it is; should it be
    // heard of, it is taken out. One that waits to be writable would be heard of at once.
    if (entry.registered != 0 && entry.registered != EPOLLIN) forget(fd, entry);
    return true;
}

bool transfer_sockets::enter(int fd, registration& entry) {
    const int epoll = readiness_.native_handle();
    const bool registered = entry.registered != 0;
    entry.registered = entry.wanted;
    entry.generation = ++generation_;
    entry.arrivals = 0;
    if (registered && control(epoll, EPOLL_CTL_MOD, fd, entry.wanted, entry.generation))
        return true;
    // New, or its number was closed and used again without libcurl having said so.
    if (registered && errno != ENOENT) return false;
    return control(epoll, EPOLL_CTL_ADD, fd, entry.wanted, entry.generation);
}

void transfer_sockets::forget(int fd, registration& entry) {
    // May fail: a socket that was closed has left by itself.
    control(readiness_.native_handle(), EPOLL_CTL_DEL, fd, 0, 0);
    entry.registered = 0;
}

const std::vector<transfer_sockets::ready>& transfer_sockets::poll() {
    std::array<epoll_event, events_per_turn_max> events;
    const int count = epoll_wait(readiness_.native_handle(), events.data(), events_per_turn_max, 0);
    ready_.clear();
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const int fd = static_cast<int>(event.data.u64 & 0xffffffff);
        auto& entry = registrations_[static_cast<std::size_t>(fd)];
        if (entry.wanted == 0) {
            forget(fd, entry);
            continue;
        }
        if (++entry.arrivals == arrivals_of_a_stream) acknowledge_together(fd);
        const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
        ready_.push_back({fd, generation, bits_of(entry, event.events)});
    }
    return ready_;
}

int transfer_sockets::bits_of(const registration& entry, std::uint32_t events) const {
    // An error or a hang-up makes both ways ready: libcurl then reads what is left and learns the
    // reason. CURL_CSELECT_ERR would make it give up without reading.
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) events |= entry.wanted;
    return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

bool transfer_sockets::current(const ready& found) const {
    const auto& entry = registrations_[static_cast<std::size_t>(found.fd)];
    return entry.wanted != 0 && entry.generation == found.generation;
}

}  // namespace sluice::upstream
