#pragma once

#include "sse/parser.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// How a codec tells what it decodes.
enum class way {
    transparent,  ///< frames byte for byte, and identity, finish and usage beside them
    translated,   ///< items of all kinds
};

/// Decodes a provider's event stream, as far as all protocols over Server-Sent Events are alike:
/// frames, relaying, what is no event stream at all, and how a stream ends.
///
/// It is complete when the protocol says so; an end of file before that is a failure. An error in
/// the stream is never passed on: whoever writes to the client writes its own from the failure.
/// Items point into this object until its next `feed`.
class event_stream {
 public:
    /// One block holds one event: a few hundred bytes, or a picture of some megabytes.
    static constexpr std::size_t frame_bytes_max = 4U << 20;

    /// `errors` outlives this.
    event_stream(way how, const provider_errors& errors) : way_(how), errors_(errors) {}
    event_stream(const event_stream&) = delete;
    event_stream& operator=(const event_stream&) = delete;
    virtual ~event_stream() = default;

    void feed(std::string_view bytes, batch& out);
    void end(batch& out);

 protected:
    /// One event. `data` is trimmed and not empty.
    virtual void read(const sse::frame& frame, std::string_view data, batch& out) = 0;
    /// The end of the file. Calls `complete` where the protocol needs no terminal event and has all
    /// that it promised; else does nothing.
    virtual void conclude(batch& out) = 0;
    /// Whether JSON where an event or a document should be is an error report.
    virtual bool is_error(const nlohmann::json& value) const;
    /// Whether it is the one document of a request that was not streamed.
    virtual bool is_document(const nlohmann::json& value) const = 0;
    /// A last event that lacks its blank line. Ends the stream and says so if it may count all the
    /// same.
    virtual bool read_last(std::string_view /*data*/, batch& /*out*/) { return false; }

    bool transparent() const { return way_ == way::transparent; }
    bool ended() const { return ended_; }
    const provider_errors& errors() const { return errors_; }
    batch_texts& texts() { return texts_; }

    /// On the transparent way, passes a frame on; `content` in the sense of `verbatim`.
    void pass_frame(std::string_view raw, bool content, batch& out);
    /// The same of bytes that stay where they are until the next `feed`.
    void pass(std::string_view bytes, bool content, batch& out);
    /// Leaves a frame out of what is relayed.
    void skip_frame(std::string_view raw);
    void complete(batch& out);
    void fail(failure why, batch& out);
    /// The event is no JSON, or breaks a rule: "sent ...".
    void fail_broken(std::string_view what, batch& out);
    /// The terminal event has come behind an answer whose end was not told.
    void fail_unexplained(batch& out);
    /// Parses an event's data. Discarded, and the stream has failed, where it is no JSON object or
    /// an error report.
    nlohmann::json parse_event(std::string_view data, batch& out);

 private:
    void read_frame(const sse::frame& frame, batch& out);
    void read_without_event(const sse::frame& frame, batch& out);
    bool read_tail(std::string_view tail, batch& out);
    failure without_events() const;

    way way_;
    const provider_errors& errors_;
    sse::parser parser_{frame_bytes_max};
    batch_texts texts_;
    std::string
        opening_;  ///< the first bytes, until an event was seen: perhaps it's no event stream
    bool lent_line_feed_ = false;
    bool has_events_ = false;
    bool ended_ = false;
};

}  // namespace sluice::upstream
