#pragma once

#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/poller.hpp"
#include "gateway/load/wire/target.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// Copies bytes between clients and one server and looks into none of them: the least that anything
/// in the way of a stream can cost. One recv and one send per arrival, one epoll registration per
/// socket. The end of one direction is passed on at once; a pair is closed when both directions
/// have ended, or with the first error.
///
/// Owns its sockets and runs on the calling thread.
class relay {
 public:
    /// `listener` is taken over.
    relay(gateway::load::descriptor listener, const gateway::load::endpoint& to);

    /// Copies until SIGTERM or SIGINT.
    void run();

 private:
    /// One socket and what is on its way to it.
    struct side {
        gateway::load::descriptor socket;
        std::uint32_t generation = 0;  // events may outlive a connection
        int other = -1;
        bool connected = true;
        bool ended = false;  // it sends nothing more
        std::string unsent;  // while it holds something, the other side is not read
    };

    void on_event(const epoll_event& event);
    void accept_all();
    void add_pair(gateway::load::descriptor client);
    side& side_of(int fd);
    void on_connected(side& server);
    void copy_from(side& from);
    void send_rest(side& to);
    void end_from(side& from);
    void close_pair(side& one);
    void watch(const side& one);
    std::uint64_t tag_of(const side& one) const;

    gateway::load::descriptor listener_;
    gateway::load::descriptor signals_;
    gateway::load::endpoint to_;
    gateway::load::poller events_;
    std::vector<side> sides_;  // by descriptor
    std::vector<char> buffer_;
    bool over_ = false;
};

}  // namespace sluice::bench
