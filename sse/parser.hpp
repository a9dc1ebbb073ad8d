#pragma once

#include "sse/line_ends.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sse {

/// One block of an event stream: everything up to and including its blank line.
///
/// All views point into the parser and are valid until its next `feed` or `next`; `raw` until its
/// next `feed`.
struct frame {
    std::string_view raw;            ///< the bytes as they came, comments and line ends included
    std::string_view type;           ///< the `event` field, or "message"
    std::string_view data;           ///< the `data` lines joined by LF
    std::string_view last_event_id;  ///< the id in force, which outlives the block that set it
    bool dispatched = false;         ///< false: the block held no data and is no event
};

/// Parses `text/event-stream` as the WHATWG algorithm says (HTML, "Interpreting an event stream").
///
/// Incremental and pure: the events depend only on the bytes, never on how they were cut, and the
/// `raw` of all frames in order is the stream as it came (less an incomplete tail). Linear in time.
/// Memory is bounded by `frame_bytes_max`, which is the most that one block may hold; a longer one
/// makes the parser fail, for good.
///
/// Only ASCII has a meaning here, so nothing is decoded: malformed UTF-8 passes through as it is,
/// and whoever needs text checks it. A block is complete at the CR that ends its blank line; an LF
/// that comes in a later `feed` still belongs to that line, and begins the `raw` of the next frame.
///
/// Owned by one thread. No allocation per frame once warm.
class parser {
 public:
    explicit parser(std::size_t frame_bytes_max = 1U << 20);

    /// Takes the next bytes of the stream. Whatever was not yet fetched by `next` stays queued.
    void feed(std::string_view bytes);

    /// The next complete block, or nothing: feed more, or `failed()`.
    std::optional<frame> next();

    /// A block exceeded the limit.
    bool failed() const;

    /// The bytes of a block that has begun and not ended, once `next` has given nothing. At the end
    /// of a file the specification drops them; a relay looks here for the hint of an error.
    std::string_view incomplete() const;

    /// The last valid `retry` field in milliseconds, at most 2^32 - 1 so that clocks can add it.
    std::optional<std::uint64_t> retry_ms() const;

 private:
    /// A piece of the block, counted from `begin_`: it stays right when the buffer moves.
    struct span {
        std::size_t at = 0;
        std::size_t size = 0;
    };

    void compact();
    std::optional<std::string_view> next_line();
    void skip_lf_after_cr();
    void take_field(std::string_view line);
    void take_data(std::string_view value);
    void take_retry(std::string_view value);
    frame finish_block();

    span span_of(std::string_view piece) const;
    std::string_view view_of(span piece) const;

    std::size_t frame_bytes_max_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of the raw bytes of the current block
    std::size_t content_ = 0;  // of the block itself, behind the LF of the CRLF before it
    std::size_t line_ = 0;     // of the first line that is not yet taken
    line_ends line_ends_;
    bool first_line_ = true;
    bool after_cr_ = false;
    bool failed_ = false;

    // The fields of the current block.
    span type_;
    span first_data_;
    std::size_t data_lines_ = 0;
    std::string joined_data_;  // used from the second data line on
    std::optional<span> id_;

    std::string last_event_id_;
    std::optional<std::uint64_t> retry_ms_;
};

}  // namespace sluice::sse
