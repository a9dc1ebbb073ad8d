#pragma once

#include "gateway/dialects/frame_cut.hpp"
#include "gateway/dialects/frame_faults.hpp"
#include "sse/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway {

/// Where an encoder's frames go: into the journal of its stream. Where readers may come back, each
/// frame ends in an `id:` line with the stream's id and the frame's number, and the first one tells
/// how soon to come back.
///
/// Lives beside the journal; one thread.
class frame_writer {
 public:
    /// `stream_id`: empty where frames bear no `id:` line.
    explicit frame_writer(sse::journal& journal, std::string stream_id = {})
        : journal_(journal), stream_id_(std::move(stream_id)) {}

    /// One event, its blank line included.
    void append(std::string_view frame) {
        if (!remark_.empty()) return append_remarked(frame);
        if (faulty_)
            hold(frame);
        else if (stream_id_.empty())
            journal_.append(frame);
        else
            append_numbered(frame);
    }

    /// A comment of one line, which the next event begins with: alone it would be an event of its
    /// own to who numbers them. What is not printable ASCII in `text` becomes `?`, since some
    /// clients end lines where Unicode does. Nothing comes of it where the next frame is no event:
    /// lines and arrays of JSON have no place for comments.
    void remark(std::string_view text);

    /// From now on the frames suffer what is asked for. They are held, so that they can be told
    /// apart, until `flush` says what they were made of.
    void suffer(const upstream::wire_fault& fault);
    bool suffers() const { return faulty_ != nullptr; }
    /// What was appended since the last time was made of this item, or of none.
    void flush(const upstream::item* item = nullptr) {
        if (faulty_) write_held(item);
    }
    /// What is appended from now on ends the stream.
    void begin_end() {
        if (faulty_) write(faulty_->events.begin_end());
    }
    /// The stream is to end now as one that is whole.
    bool over() const { return faulty_ && faulty_->events.over(); }
    /// Where the connection of the client that began the stream is to be reset, once that is known.
    std::optional<frame_cut> cut() const { return faulty_ ? faulty_->cut.found() : std::nullopt; }
    /// How much more than usual the journal has to hold.
    std::size_t extra_bytes() const { return faulty_ ? faulty_->events.extra_bytes() : 0; }

 private:
    /// Of a stream that suffers.
    struct faulty {
        frame_faults events;
        cut_finder cut;
        std::vector<std::string> held;
    };

    void append_remarked(std::string_view frame);
    std::string remarked(std::string_view frame);
    void append_numbered(std::string_view frame, std::size_t comment_bytes = 0);
    void hold(std::string_view frame);
    void write_held(const upstream::item* item);
    void write(const std::vector<outgoing_frame>& frames);
    void write(const outgoing_frame& frame);

    sse::journal& journal_;
    std::string stream_id_;
    std::string text_;
    std::string remark_;  ///< a line without its end; waits for a frame
    bool first_ = true;
    std::unique_ptr<faulty> faulty_;  ///< null, but for the mock's faults
};

/// Ends a frame, which stands in `out` without its blank line, with its `id:` line and the blank
/// line.
///
/// The id comes last because some clients (fetch-event-source) take it for seen as soon as they
/// have read its line: were the connection cut behind it, they would never ask for the event again.
void end_with_id(std::string& out, std::string_view stream_id, std::uint64_t sequence);

}  // namespace sluice::gateway
