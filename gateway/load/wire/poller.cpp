#include "gateway/load/wire/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace sluice::gateway::load {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

}  // namespace

std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * ns_per_s + now.tv_nsec;
}

poller::poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

bool poller::add(int fd, std::uint32_t events, std::uint64_t tag) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool poller::change(int fd, std::uint32_t events, std::uint64_t tag) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

void poller::remove(int fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const epoll_event> poller::wait(std::int64_t due_ns) {
    timespec left{};
    timespec* limit = nullptr;
    if (due_ns != never) {
        const std::int64_t ns = std::max<std::int64_t>(due_ns - now_ns(), 0);
        left.tv_sec = ns / ns_per_s;
        left.tv_nsec = ns % ns_per_s;
        limit = &left;
    }
    // The limit of epoll_wait counts milliseconds, which is too coarse for paced tokens.
    const int ready = ::epoll_pwait2(
        epoll_.get(), events_.data(), static_cast<int>(events_.size()), limit, nullptr
    );
    return {events_.data(), static_cast<std::size_t>(std::max(ready, 0))};
}

}  // namespace sluice::gateway::load
