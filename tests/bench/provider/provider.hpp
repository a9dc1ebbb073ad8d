#pragma once

#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/poller.hpp"
#include "tests/bench/provider/frames.hpp"
#include "tests/bench/provider/order.hpp"
#include "tests/bench/provider/request_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// An OpenAI-like provider that sends stamped tokens at the pace that each request asks for: every
/// token is due at a point in time of its own, and what is late is sent at once.
///
/// In lock-step it sends nothing by itself: each byte of standard input is a round, in which every
/// live stream gets one token in one send; the first brings the response's head too, the last its
/// end. A stream that begins between rounds catches up with those since there last was no stream,
/// so that whoever gives the first round need not know which have begun.
///
/// Owns its connections and runs on the calling thread.
class provider {
 public:
    /// `listener` is taken over.
    provider(gateway::load::descriptor listener, bool lockstep);

    /// Serves until SIGTERM or SIGINT.
    void run();

    /// One line of JSON: streams begun, tokens sent, and when (CLOCK_MONOTONIC, ns) each client
    /// that left its stream before the end was seen to.
    std::string report() const;

 private:
    struct connection {
        gateway::load::descriptor socket;
        request_reader requests;
        order asked;
        frames wire;
        bool streaming = false;
        bool blocked = false;      // the socket takes no more for now
        bool ended = false;        // all of the stream is written, if not sent
        std::uint64_t serial = 0;  // of the live stream: a due time may outlive it
        std::uint64_t next_token = 0;
        std::int64_t begun_ns = 0;
        std::string unsent;
    };
    struct due_time {
        std::int64_t ns;
        int fd;
        std::uint64_t serial;
        bool operator>(const due_time& other) const { return ns > other.ns; }
    };

    void on_event(const epoll_event& event);
    void accept_all();
    void receive(connection& one);
    void answer_next(connection& one);
    void begin(connection& one);
    void go_on(connection& one);
    void keep_step(connection& one);
    bool is_due(const connection& one) const;
    std::int64_t due_of(const connection& one) const;
    void send_token(connection& one);
    void send_end(connection& one);
    void send_due();
    void transmit(connection& one, std::string_view bytes);
    void unblock(connection& one);
    void go_round();
    void finish_stream(connection& one);
    void end_stream(connection& one);
    void drop(connection& one);
    std::uint64_t tag_of(const connection& one) const;

    gateway::load::descriptor listener_;
    gateway::load::descriptor signals_;
    gateway::load::poller events_;
    bool lockstep_;
    bool over_ = false;
    std::vector<std::unique_ptr<connection>> connections_;  // by descriptor
    std::vector<std::uint32_t> generations_;  // by descriptor: events may outlive a connection
    std::priority_queue<due_time, std::vector<due_time>, std::greater<>> due_;
    std::vector<char> buffer_;
    std::string out_;
    std::uint64_t live_ = 0;
    std::uint64_t rounds_ = 0;
    std::uint64_t streams_ = 0;
    std::uint64_t tokens_ = 0;
    std::map<std::uint64_t, std::int64_t> left_;
};

}  // namespace sluice::bench
