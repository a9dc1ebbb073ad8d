#pragma once

#include "gateway/load/wire/descriptor.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <sys/epoll.h>

namespace sluice::gateway::load {

/// CLOCK_MONOTONIC in nanoseconds: the clock that tokens are stamped with, the same in all
/// processes of one machine.
std::int64_t now_ns();

/// Waits for descriptors and for one point in time. Level-triggered. Owned by one thread; the
/// descriptors belong to others, and leave by being closed.
class poller {
 public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    /// Throws std::system_error where the system gives no epoll descriptor.
    poller();

    /// `tag` comes back with each event. False: errno says why.
    bool add(int fd, std::uint32_t events, std::uint64_t tag);
    bool change(int fd, std::uint32_t events, std::uint64_t tag);
    void remove(int fd);

    /// What is ready, or nothing once `due_ns` (of `now_ns`) has come. Valid until the next call.
    std::span<const epoll_event> wait(std::int64_t due_ns = never);

 private:
    descriptor epoll_;
    std::array<epoll_event, 256> events_{};
};

}  // namespace sluice::gateway::load
