#pragma once

#include "gateway/http/connection.hpp"
#include "gateway/http/trickle.hpp"
#include "gateway/http/wakeup.hpp"
#include "gateway/streams/publication.hpp"
#include "gateway/streams/registry.hpp"
#include "upstream/alarm.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// One client taking one stream over its connection.
///
/// Frames go out in plain calls from the stream's turn: head, frames and end in one gathered write,
/// and a wait for writability only when the kernel takes no more. Meanwhile the client's socket is
/// watched, so that its leaving is known at once. The session's coroutine waits for changes.
/// Lives on one worker, within the session that owns the connection.
class stream_response final : public reader, public ticked {
 public:
    enum class end {
        none,      ///< still going
        complete,  ///< everything was written
        gone,      ///< the client left
        stalled,   ///< the client took nothing for write_stall
        gap,       ///< what it wanted next had left the journal
        cut,       ///< reset because the mock asked for it
    };
    struct settings {
        std::chrono::milliseconds heartbeat;
        std::chrono::milliseconds write_stall;
        bool chunked = true;  ///< false: an HTTP/1.0 client, whose body ends with the connection
        bool began = false;   ///< it began the stream, and suffers what the mock asks for
    };

    stream_response(
        connection& client, registry& streams, counters& counters, const settings& settings
    );
    ~stream_response();

    /// Takes the stream from this frame on.
    void attach(publication& stream, std::uint64_t sequence);

    /// Waits until the stream is committed or ended, or the client is gone. In the turn that
    /// commits it, `head` is asked for and sent with the first frames.
    boost::asio::awaitable<void> until_decided(std::function<std::string()> head);
    /// Sends `head`, then frames as they come, whoever waits for it.
    void begin(std::string head);
    /// Waits until a response that has begun has come to an end.
    boost::asio::awaitable<end> until_over();

    /// Leaves the client's socket alone from now on: somebody else writes the answer.
    void stop_watching();

    bool client_gone() const { return end_ == end::gone; }
    /// Something of it may have reached the client.
    bool begun() const { return running_; }

    void on_frames() override;
    std::uint64_t taken() const override { return offset_; }
    void on_tick(std::chrono::steady_clock::time_point now) override;
    void on_cut(const frame_cut& where) override;
    void on_trickle(std::uint64_t bytes_per_second) override;

    /// Called once the head and the first frame are with the kernel.
    void when_started(std::function<void()> callback) { started_callback_ = std::move(callback); }

 private:
    using clock = std::chrono::steady_clock;

    /// Where the connection is to be reset.
    struct cut_place {
        frame_cut frame;
        std::uint64_t offset = 0;  ///< of the journal
    };
    struct pacing {
        template <class Executor>
        pacing(std::uint64_t bytes_per_second, const Executor& executor)
            : trickle(bytes_per_second), alarm(executor) {}
        gateway::trickle trickle;
        upstream::alarm alarm;
        bool waits = false;  ///< for the alarm
    };
    struct gathered {
        std::array<std::string_view, 5> pieces;  ///< lead, two of frames, plain, tail
        std::size_t bytes = 0;
        bool last = false;  ///< the body ends with it
    };

    void start(std::string head);
    void watch_client();
    void on_client_readable();
    void leave();
    void write();
    gathered gather();
    std::uint64_t send_limit() const;
    std::uint64_t offset_of(const frame_cut& where) const;
    bool waits_for_pace();
    void shorten(gathered& batch) const;
    void finish_if_over();
    void fill_plain();
    std::size_t advance(std::size_t bytes);
    bool at_frame_border();
    void tell_gap();
    void put_rest_by();
    void wait_writable();
    void finish(end how);

    connection& client_;
    registry& streams_;
    counters& counters_;
    settings settings_;
    publication* stream_ = nullptr;
    wakeup wake_;
    std::function<std::string()> make_head_;
    std::function<void()> started_callback_;
    std::string
        lead_;  ///< bytes ahead of the frames: the head, the rest of one, a heartbeat, last words
    std::string plain_;      ///< frames without chunk framing, for HTTP/1.0
    std::string_view tail_;  ///< what is left of the end of the body
    std::uint64_t offset_ = 0;
    std::uint64_t sequence_ = 0;  ///< the frame at offset_, or the one that offset_ lies in
    clock::time_point last_write_{};
    bool running_ = false;
    bool waiting_writable_ = false;
    bool border_ = true;  ///< when the kernel took no more, whole frames had gone
    bool tail_begun_ = false;
    bool last_words_ = false;  ///< a farewell stands in lead_: no more frames
    std::optional<cut_place> cut_;
    std::unique_ptr<pacing> pacing_;  ///< of a body that trickles
    end end_ = end::none;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sluice::gateway
