#include "upstream/transfer_sockets.hpp"

#include <curl/curl.h>

#include <array>
#include <cerrno>
#include <sys/epoll.h>
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
            // Taken out altogether: epoll reports a hang-up even where no event is asked for, again
            // and again, and a paused transfer would not read it.
            return 0;
    }
}

bool control(int epoll, int operation, int fd, std::uint32_t events, std::uint32_t generation) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
    return epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

transfer_sockets::transfer_sockets(boost::asio::io_context& context)
    : readiness_(context.get_executor(), open_epoll()) {}

bool transfer_sockets::watch(int fd, int what) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= registrations_.size()) registrations_.resize(index + 1);
    return change(fd, registrations_[index], events_of(what));
}

bool transfer_sockets::change(int fd, registration& entry, std::uint32_t events) {
    const int epoll = readiness_.native_handle();
    const bool registered = entry.events != 0;
    entry.events = events;
    if (events == 0) {
        // May fail: a socket that was closed has left by itself.
        if (registered) control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
        return true;
    }
    if (registered && control(epoll, EPOLL_CTL_MOD, fd, events, entry.generation)) return true;
    // New, or its number was closed and used again without libcurl having said so.
    if (registered && errno != ENOENT) return false;
    entry.generation = ++generation_;
    return control(epoll, EPOLL_CTL_ADD, fd, events, entry.generation);
}

const std::vector<transfer_sockets::ready>& transfer_sockets::poll() {
    std::array<epoll_event, events_per_turn_max> events;
    const int count = epoll_wait(readiness_.native_handle(), events.data(), events_per_turn_max, 0);
    ready_.clear();
    for (int i = 0; i < count; ++i) {
        const auto data = events[static_cast<std::size_t>(i)].data.u64;
        const int fd = static_cast<int>(data & 0xffffffff);
        const auto bits = bits_of(fd, events[static_cast<std::size_t>(i)].events);
        ready_.push_back({fd, static_cast<std::uint32_t>(data >> 32), bits});
    }
    return ready_;
}

int transfer_sockets::bits_of(int fd, std::uint32_t events) const {
    // An error or a hang-up makes both ways ready: libcurl then reads what is left and learns the
    // reason. CURL_CSELECT_ERR would make it give up without reading.
    const auto wanted = registrations_[static_cast<std::size_t>(fd)].events;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) events |= wanted;
    return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

bool transfer_sockets::current(const ready& found) const {
    const auto& entry = registrations_[static_cast<std::size_t>(found.fd)];
    return entry.events != 0 && entry.generation == found.generation;
}

}  // namespace sluice::upstream
