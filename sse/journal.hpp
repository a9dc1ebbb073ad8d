#pragma once

#include "sse/ring.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sse {

/// The bounded record of one stream: wire-ready frames with dense sequence numbers from 0.
///
/// Frames are appended at the head and released from the front. Bytes are addressed by their offset
/// from the beginning of the stream, which never changes, so that a reader is nothing but an
/// offset. A frame is stored already framed as an HTTP chunk (`size CRLF bytes CRLF`), in a chain
/// of small segments that come from a pool.
///
/// Owned by one thread. Views are valid until the next call that is not const.
class journal {
 public:
    /// Spare segments of one worker, so that streams come and go without touching the heap.
    /// Outlives the journals that use it.
    class pool;

    /// How many bytes of the stream one segment holds.
    static constexpr std::size_t segment_bytes = 4096;

    /// A copy of another journal begins where that one's frames do; any other at nothing.
    explicit journal(
        pool& segments, std::uint64_t first_sequence = 0, std::uint64_t first_offset = 0
    );
    ~journal();
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    /// Appends one frame as one HTTP chunk. Returns its sequence number. An empty frame is not
    /// allowed, since its chunk would end the body; nothing is appended for it.
    std::uint64_t append(std::string_view frame);

    /// The sequence number that the next frame gets; also how many were ever appended.
    std::uint64_t next_sequence() const;
    /// The oldest sequence number that is still held whole; `next_sequence()` when none is.
    std::uint64_t first_sequence() const;

    std::uint64_t begin_offset() const;  ///< offset of the oldest byte that is held
    std::uint64_t end_offset() const;    ///< offset behind the newest byte
    /// Memory held, in bytes, counting whole segments.
    std::size_t bytes_held() const;

    /// Where frame `sequence` begins, or nothing if it has left the journal. `next_sequence()`
    /// gives `end_offset()`.
    std::optional<std::uint64_t> offset_of(std::uint64_t sequence) const;

    /// The frame without its chunk framing, gathered into `out` in place of what was there.
    /// False, and `out` as it was, if it is not held.
    bool read(std::uint64_t sequence, std::string& out) const;

    /// Up to two contiguous pieces from `offset` on, for one gathered write. Both empty at the
    /// head. `offset` lies in [begin_offset(), end_offset()].
    std::array<std::string_view, 2> view(std::uint64_t offset) const;

    /// Forgets what lies before `offset`, in whole segments and whole frames: a frame that begins
    /// in a segment that is freed is gone. At the head everything is freed, so that a stream whose
    /// reader keeps up holds no memory between two tokens.
    void release_before(std::uint64_t offset);

 private:
    struct segment {
        std::array<char, segment_bytes> bytes;
    };

    void make_room(std::size_t bytes);
    void put(std::string_view bytes);
    void free_oldest_segment();
    void forget_frames();
    std::string_view piece(std::uint64_t offset, std::uint64_t end) const;

    pool& pool_;
    ring<std::unique_ptr<segment>> segments_;
    std::uint64_t begin_ = 0;  // offset of the first byte of the first segment
    std::uint64_t end_ = 0;
    ring<std::uint64_t> frame_ends_;  // of the frames from first_sequence_ on
    std::uint64_t first_sequence_ = 0;
    std::uint64_t first_frame_begin_ = 0;
};

class journal::pool {
 public:
    /// Keeps at most `spares_max` segments that nobody uses; 4 MiB by default.
    explicit pool(std::size_t spares_max = 1024);
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// How many segments wait to be used again.
    std::size_t spares() const;
    /// Memory of all segments that journals hold, in bytes.
    std::size_t bytes_in_use() const { return in_use_ * segment_bytes; }

 private:
    friend class journal;

    std::unique_ptr<segment> take();
    void give(std::unique_ptr<segment> spare) noexcept;

    std::size_t spares_max_;
    std::size_t in_use_ = 0;
    std::vector<std::unique_ptr<segment>> spares_;
};

}  // namespace sluice::sse
