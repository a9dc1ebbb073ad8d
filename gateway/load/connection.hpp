#pragma once

#include "gateway/load/channel.hpp"
#include "gateway/load/plan.hpp"
#include "gateway/load/poller.hpp"
#include "gateway/load/response_reader.hpp"
#include "gateway/load/stamp.hpp"
#include "gateway/load/tally.hpp"
#include "sse/parser.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// What all connections of a run use. Whoever runs them owns it, and what it refers to.
struct surroundings {
    const plan& settings;
    const endpoint& to;
    ssl_ctx_st* tls;  ///< null: none
    poller& events;
    tally& figures;
    std::vector<char> buffer = std::vector<char>(std::size_t{64} << 10);
};

/// One client: a connection that carries one stream after another, and what has come of the present
/// one. Tells the tally; starts nothing by itself. Owned by one thread.
class connection {
 public:
    /// `index` comes back in the low half of the tag of its events.
    connection(surroundings& around, std::uint32_t index) : around_(&around), index_(index) {}

    /// Begins stream `id`, on the connection that is open or on a new one.
    void begin(std::uint64_t id);
    /// Does what an event of the poller allows. An event of a socket that is gone does nothing.
    void on_event(const epoll_event& event);
    /// Closes the connection in the middle of the stream, because the run is over.
    void break_off();
    /// Closes it as a client that goes away, and notes when.
    void leave();
    /// Ends the stream as one that failed.
    void give_up(const std::string& why);

    bool is_streaming() const { return phase_ != phase::idle; }
    /// The present stream's tokens so far; the last one's, where none is under way.
    std::uint64_t tokens() const { return tokens_; }
    /// Whether any of its streams has given a token.
    bool has_received() const { return has_received_; }
    /// The present stream's answer has begun, if not its tokens.
    bool is_answered() const { return response_.has_head(); }
    /// The present stream's last token has come.
    bool has_last() const { return check_.has_last(); }
    /// Its last stream was whole.
    bool ended_well() const { return ended_well_; }

 private:
    enum class phase { idle, connecting, sending, receiving };

    void connect();
    void proceed();
    void send_request();
    void receive();
    bool take(std::string_view bytes, std::int64_t received_ns);
    void take_frame(const sse::frame& frame, std::int64_t received_ns);
    void settle(std::int64_t ended_ns);
    void on_end_of_file(const std::string& problem);
    void watch();
    void close();

    surroundings* around_;
    std::uint32_t index_;
    std::uint32_t generation_ = 0;  // of the socket: events of an older one may be on their way
    std::uint32_t watched_ = 0;     // what the poller looks for
    phase phase_ = phase::idle;
    channel channel_;
    bool reused_ = false;

    std::uint64_t id_ = 0;
    std::string request_;
    std::size_t sent_ = 0;
    std::int64_t asked_ns_ = 0;
    response_reader response_;
    sse::parser frames_;
    stamp_check check_;
    std::uint64_t tokens_ = 0;
    bool terminated_ = false;
    std::string error_text_;  // of an answer that is no stream, or an error within one
    bool error_frame_ = false;
    bool has_received_ = false;
    bool ended_well_ = false;
};

}  // namespace sluice::gateway::load
