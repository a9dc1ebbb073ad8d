#pragma once

#include "gateway/dialects/dialect.hpp"
#include "sse/journal.hpp"
#include "upstream/generation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway {

/// Somebody who takes a stream's frames: a client connection, or another worker's mirror.
/// Attached to one publication of the same worker, from which it must be detached before it dies.
class reader {
 public:
    /// There are new frames, or the end has come, or the answer was committed. Called from within
    /// the publication: it may write, and must not attach, detach or destroy anything.
    virtual void on_frames() = 0;

    /// The offset in the journal behind what this reader has taken.
    virtual std::uint64_t taken() const = 0;

 protected:
    ~reader() = default;
};

/// What readers see of a stream: its frames, and whether it has begun and ended. Either the stream
/// itself, on the worker that owns it, or a mirror of it on another. Lives on one worker.
class publication {
 public:
    /// A mirror's journal begins where its owner's does; a stream's at nothing.
    publication(
        sse::journal::pool& segments,
        std::unique_ptr<stream_encoder> encoder,
        std::uint64_t first_sequence = 0,
        std::uint64_t first_offset = 0
    )
        : journal_(segments, first_sequence, first_offset), encoder_(std::move(encoder)) {}
    publication(const publication&) = delete;
    publication& operator=(const publication&) = delete;
    virtual ~publication() = default;

    const sse::journal& frames() const { return journal_; }
    /// The answer is a stream from now on; until then a failure can still be an HTTP status.
    bool committed() const { return committed_; }
    bool ended() const { return ended_; }
    /// The encoder, for heartbeats and farewells; null where the answer is one document.
    const stream_encoder* encoder() const { return encoder_.get(); }

    void attach(reader& reader) { readers_.push_back(&reader); }
    void detach(reader& reader);
    /// A reader has lost its client and will take nothing more; it is detached later. Where it is
    /// the only one, that is as if it had left.
    void leaving();
    /// A reader wrote on its own account, outside of on_frames.
    void progressed();

    bool has_readers() const { return !readers_.empty(); }

 protected:
    /// May come twice: when the last reader is leaving, and when it has left.
    virtual void on_last_reader_left() = 0;
    virtual void on_progress() = 0;

    /// Lets every reader take what is new.
    void publish();
    std::uint64_t fastest_taken() const;
    std::uint64_t slowest_taken() const;

    sse::journal journal_;
    std::unique_ptr<stream_encoder> encoder_;
    std::vector<reader*> readers_;
    bool committed_ = false;
    bool ended_ = false;
};

}  // namespace sluice::gateway
