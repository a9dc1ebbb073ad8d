#pragma once

#include "tests/end_to_end/support/socket.hpp"
#include "tests/faults/conversation.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace sluice::faults {

/// What a provider has seen so far.
struct sightings {
    std::size_t connections = 0;
    std::size_t closed = 0;  ///< of them, over
    std::size_t questions = 0;
    std::map<std::string, std::size_t> by_model;
    std::map<std::string, std::set<std::string>> headers;  ///< values by name, as they were sent
};

/// A provider that speaks OpenAI's chat completions and Anthropic's messages, and misbehaves on
/// command: the model that it is asked for names the fault (`fault` or `fault/extra`). Without one
/// (`none`) it says the known answer, and goes on where a conversation's last answer broke off.
///
/// Every connection has a thread of its own.
class faulty_provider {
 public:
    /// On a free port of an IPv4 address of this host.
    explicit faulty_provider(std::string address = "127.0.0.1");
    ~faulty_provider();
    faulty_provider(const faulty_provider&) = delete;
    faulty_provider& operator=(const faulty_provider&) = delete;

    std::uint16_t port() const { return port_; }
    sightings seen() const;

    /// Refuses new connections and resets those that there are, or takes them again.
    void shut();
    void open();

 private:
    void accept_connections();
    void serve(end_to_end::unique_fd socket);
    void converse(conversation& talk);
    void note(const question& asked);

    std::string address_;
    end_to_end::unique_fd listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> shut_{false};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool listening_ = true;  ///< guarded, as all that follows
    std::set<int> sockets_;  ///< of live connections
    std::size_t live_ = 0;   ///< threads
    sightings seen_;
    std::thread accepting_;
};

/// What answers on an address without ever talking HTTP.
class odd_door {
 public:
    enum class manner {
        closed,  ///< nobody listens
        deaf,    ///< a full backlog: connecting never ends
        resets,  ///< takes connections and resets them at once
        ends     ///< takes connections and ends them at once
    };

    explicit odd_door(manner how);
    ~odd_door();
    odd_door(const odd_door&) = delete;
    odd_door& operator=(const odd_door&) = delete;

    std::uint16_t port() const { return port_; }
    /// Connections taken.
    std::size_t visits() const { return visits_; }

 private:
    void bind_free_port();
    void fill_backlog();
    void turn_away();

    manner how_;
    end_to_end::unique_fd socket_;
    std::uint16_t port_ = 0;
    std::set<int> fillers_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> visits_{0};
    std::thread accepting_;
};

}  // namespace sluice::faults
