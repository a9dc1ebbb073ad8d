#pragma once

#include "gateway/streams/publication.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway {

/// A worker's wish to mirror a stream. The number is the worker's own and never used twice, so that
/// what was sent for an earlier wish is known when it arrives late.
struct subscriber {
    unsigned worker = 0;
    std::uint64_t number = 0;
};

/// What the owner of a stream tells a worker that mirrors it. The first message opens the mirror.
struct mirror_update {
    std::uint64_t number = 0;                 ///< of the subscriber that it is for
    std::optional<stream_identity> identity;  ///< in the first one; none: there is no such stream
    std::uint64_t first_sequence = 0;         ///< of the frames in this message
    std::uint64_t first_offset = 0;           ///< where they begin in the owner's journal
    std::string frames;                       ///< one after the other
    std::vector<std::uint32_t> sizes;
    bool committed = false;
    bool has_content = false;
    upstream::response_head upstream_head;  ///< in the first message that is committed or ended
    std::optional<upstream::ending> ending;
    std::string document;   ///< with the ending, where one document was asked for
    bool end_seen = false;  ///< by some reader, before this message
};

/// A stream of another worker, for all of this worker's readers of it. Fed by messages in order;
/// its offsets are the owner's, so that progress can be told in the owner's terms.
class mirror final : public publication {
 public:
    /// `tell_progress` gets the fastest reader's offset whenever it moved; `left` when the last
    /// reader has gone.
    mirror(
        sse::journal::pool& segments,
        std::size_t journal_bytes_max,
        const mirror_update& opening,
        std::function<void(std::uint64_t)> tell_progress,
        std::function<void()> left
    );

    void apply(const mirror_update& update);

    const stream_identity& identity() const override { return identity_; }
    const upstream::response_head& upstream_head() const override { return upstream_head_; }
    /// Its owner hears of it by the progress that is told.
    void note_start_delivered() override {}

 private:
    void on_last_reader_left() override { left_(); }
    void on_progress(std::uint64_t taken) override;
    void trim();

    stream_identity identity_;
    std::size_t journal_bytes_max_;
    std::function<void(std::uint64_t)> tell_progress_;
    std::function<void()> left_;
    upstream::response_head upstream_head_;
    std::uint64_t told_ = 0;
};

}  // namespace sluice::gateway
