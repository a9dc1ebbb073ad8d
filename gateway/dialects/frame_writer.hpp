#pragma once

#include "sse/journal.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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
        if (stream_id_.empty())
            journal_.append(frame);
        else
            append_numbered(frame);
    }

 private:
    void append_numbered(std::string_view frame);

    sse::journal& journal_;
    std::string stream_id_;
    std::string text_;
    bool first_ = true;
};

/// Ends a frame, which stands in `out` without its blank line, with its `id:` line and the blank
/// line.
///
/// The id comes last because some clients (fetch-event-source) take it for seen as soon as they
/// have read its line: were the connection cut behind it, they would never ask for the event again.
void end_with_id(std::string& out, std::string_view stream_id, std::uint64_t sequence);

}  // namespace sluice::gateway
