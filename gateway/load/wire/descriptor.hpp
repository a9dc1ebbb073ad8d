#pragma once

#include <utility>

namespace sluice::gateway::load {

/// Owns a file descriptor and closes it. -1: none.
class descriptor {
 public:
    descriptor() = default;
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~descriptor() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

    /// Closes what is held and holds `fd` from now on.
    void reset(int fd = -1);

 private:
    int fd_ = -1;
};

/// Raises the soft limit of open descriptors to the hard one.
void raise_descriptor_limit();

/// Lets a write to a connection that is gone fail instead of ending the program.
void ignore_broken_pipes();

/// Blocks SIGTERM and SIGINT in this thread and those that it makes from now on.
void block_stop_signals();

/// A descriptor that becomes readable when SIGTERM or SIGINT comes; both are blocked from now on.
descriptor catch_stop_signals();
/// Takes one signal off such a descriptor; false: none has come.
bool take_signal(const descriptor& signals);

}  // namespace sluice::gateway::load
