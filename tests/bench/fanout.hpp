#pragma once

#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/poller.hpp"
#include "tests/bench/provider/frames.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// Sends one stream to many readers: the least that a broadcast can cost. A token is written and
/// stamped once, and sent with one send() to each.
///
/// A line `TOKENS RATE` on standard input begins a broadcast to all whose request has come by then.
/// Afterwards their connections may ask for the next one.
///
/// Owns its connections and runs on the calling thread.
class fanout {
 public:
    /// `listener` is taken over.
    explicit fanout(gateway::load::descriptor listener);

    /// Serves until SIGTERM or SIGINT.
    void run();

 private:
    struct reader {
        gateway::load::descriptor socket;
        std::uint32_t generation = 0;  // events may outlive a connection
        bool attached = false;         // has the head of its answer, and not the end
        std::string request;           // as far as it has come
        std::string unsent;            // what the socket did not take; a broadcast at most
    };

    void on_event(const epoll_event& event);
    void accept_all();
    void receive(reader& one);
    void read_input();
    void begin(std::uint64_t tokens, double rate);
    std::int64_t due_ns() const;
    void send_due();
    void send_to_all();
    void send_end();
    void transmit(reader& one, std::string_view bytes);
    void send_rest(reader& one);
    void drop(reader& one);
    std::uint64_t tag_of(const reader& one) const;

    gateway::load::descriptor listener_;
    gateway::load::descriptor signals_;
    gateway::load::poller events_;
    std::vector<reader> readers_;  // by descriptor
    std::vector<char> buffer_;
    std::string input_;  // a line as far as it has come
    frames wire_;
    std::string out_;
    std::uint64_t tokens_ = 0;  // of the present broadcast; 0: there is none
    std::uint64_t next_token_ = 0;
    double period_ns_ = 0;
    std::int64_t begun_ns_ = 0;
    bool over_ = false;
};

}  // namespace sluice::bench
