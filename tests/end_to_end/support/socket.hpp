#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

/// The end-to-end tests' own sockets: blocking in manner, every wait bounded by a deadline.
namespace sluice::end_to_end {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// How long anything may take before it counts as hung.
inline constexpr milliseconds patience{20'000};

/// Something that the test relies on did not happen. GoogleTest reports it as the test's failure.
class harness_error : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

/// Owns one file descriptor.
class unique_fd {
 public:
    unique_fd() = default;
    explicit unique_fd(int fd) : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept;
    ~unique_fd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    void reset();

 private:
    int fd_ = -1;
};

/// A moment by which something has to have happened.
class deadline {
 public:
    explicit deadline(milliseconds from_now) : at_(steady::now() + from_now) {}
    bool passed() const { return steady::now() >= at_; }
    /// What poll(2) takes: milliseconds left, rounded up.
    int left_ms() const;

 private:
    steady::time_point at_;
};

/// Waits until `events` of poll(2) hold for `fd`; false when the deadline came first.
bool wait_for(int fd, short events, const deadline& limit);

/// Connects to 127.0.0.1. `receive_bytes` bounds the receive buffer where it is not 0.
unique_fd connect_loopback(std::uint16_t port, int receive_bytes = 0);

struct loopback_listener {
    unique_fd fd;
    std::uint16_t port = 0;
};

/// Listens on a free port of 127.0.0.1.
loopback_listener listen_loopback(int backlog = 128);

/// Makes the kernel send a reset instead of an orderly end when `fd` is closed.
void reset_on_close(int fd);

/// Looks every few milliseconds, until `condition` holds or time is up. For what can't be waited
/// on.
template <class Condition>
bool eventually(Condition condition, milliseconds limit = patience);

void pause_between_looks();

template <class Condition>
bool eventually(Condition condition, milliseconds limit) {
    const deadline end{limit};
    while (!condition()) {
        if (end.passed()) return false;
        pause_between_looks();
    }
    return true;
}

}  // namespace sluice::end_to_end
