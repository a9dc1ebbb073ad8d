#pragma once

#include "gateway/load/job_feed.hpp"
#include "gateway/load/plan.hpp"
#include "gateway/load/stream_reading.hpp"
#include "gateway/load/wire/channel.hpp"
#include "gateway/load/wire/poller.hpp"
#include "gateway/load/wire/response_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// What all clients of a worker use. Whoever runs them owns it, and what it refers to.
struct surroundings {
    const plan& settings;
    const endpoint& to;
    ssl_ctx_st* tls;  ///< null: none
    const upstream::provider_settings& server;
    const run_clock& clock;
    poller& events;
    figures& seen;
    event_log::writer& log;
    source_addresses sources;
    std::vector<char> buffer = std::vector<char>(std::size_t{64} << 10);

    /// Nanoseconds since the run began.
    std::int64_t now() const { return now_ns() - clock.epoch_ns; }
};

/// One client: a connection that carries one stream after another. Behaves as its assignment says,
/// and tells what comes to its reading; starts nothing by itself. Owned by one thread.
class client {
 public:
    /// `index` comes back in the low half of the tag of its events.
    client(surroundings& around, std::uint32_t index)
        : around_(&around),
          index_(index),
          reading_(around.settings, around.clock, around.seen, around.log) {}

    /// Begins a stream, on the connection that is open or on a new one.
    void begin(assignment job);
    /// Does what an event of the poller allows. An event of a socket that is gone does nothing.
    void on_event(const epoll_event& event);
    /// The time of `wake_ns` has come.
    void on_wake();
    /// Ends the present stream because the run is over.
    void break_off();
    /// Ends it as a client that goes away.
    void leave();
    /// Ends it as one that failed.
    void give_up(std::string kind, std::string why);

    bool is_streaming() const { return phase_ != phase::idle; }
    const assignment& job() const { return job_; }
    const stream_reading& reading() const { return reading_; }
    /// The present stream's answer has begun.
    bool is_answered() const { return response_.has_head(); }
    /// Where the present stream can be read by others; empty: not known yet, or nowhere.
    const std::string& stream_path() const { return stream_path_; }
    /// When it wants to be woken; nothing: not at all.
    std::optional<std::int64_t> wake_ns() const { return wake_ns_; }
    /// When its present stream last brought anything but what fills a silence.
    std::int64_t heard_ns() const { return std::max(heard_ns_, reading_.progress_ns()); }
    /// Its last stream came to its own end.
    bool ended_well() const { return ended_well_; }
    std::uint32_t index() const { return index_; }

 private:
    enum class phase {
        idle,
        connecting,
        sending,
        receiving,
        resting,  ///< reads slowly, and not now
        away,     ///< has lost its connection and comes back
    };

    void send(std::string request);
    void connect();
    void proceed();
    void send_request();
    void forget_request();
    void receive();
    bool take(std::string_view bytes);
    bool take_piece(std::string_view piece, std::int64_t now_ns);
    bool after_reading(std::int64_t now_ns);
    void drop(std::int64_t now_ns);
    void come_back();
    void rest(std::size_t bytes, std::int64_t now_ns);
    void settle();
    void on_end_of_file(const std::string& problem);
    void close_stream(verdict how);
    void watch();
    void close();

    surroundings* around_;
    std::uint32_t index_;
    std::uint32_t generation_ = 0;  // of the socket: events of an older one may be on their way
    std::optional<std::uint32_t> watched_;  // what the poller looks for; nothing: not at all
    phase phase_ = phase::idle;
    channel channel_;
    bool reused_ = false;

    assignment job_;
    stream_reading reading_;
    std::string request_;
    std::size_t sent_ = 0;
    response_reader response_;
    std::string stream_path_;
    std::string refusal_;  // of an answer that is no stream
    std::optional<std::int64_t> wake_ns_;
    std::int64_t heard_ns_ = 0;
    bool ended_well_ = false;
};

}  // namespace sluice::gateway::load
