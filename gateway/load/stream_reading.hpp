#pragma once

#include "gateway/load/content_check.hpp"
#include "gateway/load/event_log.hpp"
#include "gateway/load/job_feed.hpp"
#include "gateway/load/plan.hpp"
#include "gateway/load/report/figures.hpp"
#include "gateway/load/speech/event_position.hpp"
#include "sse/parser.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// The times of a run. All others are nanoseconds since `epoch_ns`.
struct run_clock {
    std::int64_t epoch_ns = 0;          ///< of `now_ns`
    std::int64_t measured_from_ns = 0;  ///< what was due, or came, before it is in no figure
};

/// What one client makes of the bytes of one stream: when what came, whether it is what it must be,
/// and how it ended. Pure: bytes and times in. Tells the worker's figures what is told per event;
/// the rest stands in its record until `close`.
///
/// Owned by one thread, and outlived by all that it is made of.
class stream_reading {
 public:
    stream_reading(
        const plan& settings, const run_clock& clock, figures& figures, event_log::writer& log
    )
        : settings_(settings), clock_(clock), figures_(figures), log_(log) {}

    /// Begins with another stream; `codec` has encoded its request.
    void begin(const assignment& job, std::unique_ptr<upstream::codec> codec);

    void note_begun(std::int64_t now_ns);
    void note_sent(std::int64_t now_ns);
    /// Bytes of the response, its head included.
    void note_bytes(std::size_t size, std::int64_t now_ns);
    void note_status(int status) { record_.status = static_cast<std::uint16_t>(status); }
    /// Of the body of a success.
    void feed(std::string_view bytes, std::int64_t now_ns);
    /// The body has ended.
    void end(std::int64_t now_ns);
    /// The answer is a refusal.
    void refuse(int status, std::string_view body);

    /// The connection was given up within an event, and another goes on behind the last whole one.
    void resume(std::int64_t now_ns);

    /// The protocol's own end has come, or an error in its place.
    bool ended() const { return ending_.has_value(); }
    bool ended_well() const;
    std::uint64_t events() const { return record_.events; }
    /// When an event last told anything.
    std::int64_t progress_ns() const { return progress_ns_; }
    bool has_last() const { return check_.has_last(); }
    const std::string& last_event_id() const { return position_.last_id(); }
    /// The text so far, where a next turn needs it.
    const std::string& text() const { return text_; }

    /// Settles the stream; `broken`: why it did not come to its end, by kind and in full.
    void close(verdict how, std::int64_t now_ns);
    void fail(std::string kind, std::string text);

 private:
    void take(std::int64_t now_ns);
    void see(const upstream::item& item, std::int64_t now_ns);
    void see_text(std::string_view text, std::int64_t now_ns);
    void note_content(std::int64_t now_ns, bool visible);
    void note_stamps(std::int64_t now_ns);
    void feed_frames(std::string_view bytes);
    void record_times(std::int64_t ended_ns);
    void record_content(bool ended);
    bool measured() const;

    const plan& settings_;
    const run_clock& clock_;
    figures& figures_;
    event_log::writer& log_;

    std::unique_ptr<upstream::codec> codec_;
    upstream::batch batch_;
    sse::parser frames_;  // only where ids are followed
    bool follows_ids_ = false;
    bool keeps_text_ = false;
    event_position position_;
    std::string text_;
    content_check check_;
    stream_record record_;
    std::optional<std::int64_t> resumed_ns_;  // came back, and had nothing yet
    std::vector<std::int64_t> stamps_;        // scratch
    std::optional<upstream::ending> ending_;
    std::int64_t ended_ns_ = -1;
    std::int64_t progress_ns_ = 0;
    upstream::usage usage_;
    std::string error_kind_;
    std::string error_text_;
    bool visible_ = false;
};

}  // namespace sluice::gateway::load
