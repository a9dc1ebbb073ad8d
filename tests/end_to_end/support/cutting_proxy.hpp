#pragma once

#include "tests/end_to_end/support/socket.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <thread>

namespace sluice::end_to_end {

/// How one connection through the proxy ends: by the proxy, behind so many bytes of the answer, or
/// by itself.
struct connection_cut {
    std::size_t after_bytes = 0;
    bool by_reset = false;  ///< a RST, which may take what was on its way with it; else a FIN
    bool never = false;
};

/// A proxy for one server of this machine that cuts connections. Every connection asks `next_cut`
/// how it is to end, and runs on a thread of its own.
class cutting_proxy {
 public:
    cutting_proxy(std::uint16_t server, std::function<connection_cut()> next_cut);
    ~cutting_proxy();
    cutting_proxy(const cutting_proxy&) = delete;
    cutting_proxy& operator=(const cutting_proxy&) = delete;

    std::uint16_t port() const { return listener_.port; }
    /// How many connections it has cut.
    std::size_t cuts() const { return cuts_; }

 private:
    void accept_connections();
    void relay(unique_fd client, const connection_cut& cut);

    std::uint16_t server_;
    std::function<connection_cut()> next_cut_;
    loopback_listener listener_ = listen_loopback();
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> cuts_{0};
    std::list<std::thread> connections_;  ///< grown by the accepting thread only
    std::thread accepting_;
};

}  // namespace sluice::end_to_end
