#pragma once

#include "tests/end_to_end/support/socket.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace sluice::faults {

/// A network namespace of this process's own, with a second one behind a pair of virtual Ethernet
/// devices, where a child process plays the faulty provider. Packets between the two can be
/// dropped.
///
/// Made before this process has any other thread; it stays in its namespace for good.
class far_side {
 public:
    /// Nothing in `obstacle()`: all is there.
    far_side();
    ~far_side();
    far_side(const far_side&) = delete;
    far_side& operator=(const far_side&) = delete;

    /// Why namespaces can't be had here, for people.
    const std::string& obstacle() const { return obstacle_; }

    /// Where the provider listens.
    static constexpr const char* address = "10.213.99.2";
    std::uint16_t port() const { return port_; }

    /// Every packet is dropped on its way, in both directions, without a word to anybody.
    void drop();
    void heal();

 private:
    void build();
    void run_child(int commands, int replies);
    void command(char what);

    std::string obstacle_;
    pid_t child_ = -1;
    end_to_end::unique_fd commands_;
    end_to_end::unique_fd replies_;
    std::uint16_t port_ = 0;
};

}  // namespace sluice::faults
