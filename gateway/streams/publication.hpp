#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/frame_cut.hpp"
#include "sse/journal.hpp"
#include "upstream/generation.hpp"
#include "upstream/source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::gateway {

/// What a stream is called, whose it is, and in which dialect it is written. Never changes.
struct stream_identity {
    const gateway::dialect* dialect = nullptr;
    stream_names names;
    std::string key_id;  ///< of the key that began it; empty without keys
};

/// Who asks for a stream.
struct asker {
    std::string key_id;        ///< empty without keys
    bool is_operator = false;  ///< everybody's streams are an operator's
    bool invited = false;      ///< to the one stream that is asked for, whosever it is

    bool owns(const stream_identity& stream) const {
        return is_operator || stream.key_id == key_id;
    }
    bool may(const stream_identity& stream) const { return invited || owns(stream); }
};

/// Somebody who takes a stream's frames: a client connection, or another worker's mirror.
/// Attached to one publication of the same worker, from which it must be detached before it dies.
class reader {
 public:
    /// There are new frames, or the end has come, or the answer was committed. Called from within
    /// the publication: it may write, and must not attach, detach or destroy anything.
    virtual void on_frames() = 0;

    /// The offset in the journal behind what this reader has taken.
    virtual std::uint64_t taken() const = 0;
    /// How many clients it stands for on this worker.
    virtual std::size_t clients() const { return 1; }

    /// The mock model asks for the connection of the client that began the stream to be reset
    /// there, or to trickle. Called ahead of on_frames; of no concern to other readers.
    virtual void on_cut(const frame_cut& /*where*/) {}
    virtual void on_trickle(std::uint64_t /*bytes_per_second*/) {}

    std::size_t place = 0;  ///< the publication's: where it stands among the readers

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

    virtual const stream_identity& identity() const = 0;
    const std::string& id() const { return identity().names.id; }

    const sse::journal& frames() const { return journal_; }
    /// The answer is a stream from now on; until then a failure can still be an HTTP status.
    bool committed() const { return committed_; }
    bool ended() const { return ended_; }
    /// A provider has sent some of the answer itself.
    bool has_content() const { return has_content_; }
    /// Some reader has had all of it.
    bool end_seen() const { return end_seen_; }
    /// How it ended; meaningful once ended().
    const upstream::ending& ending() const { return ending_; }
    /// The whole answer where one document was asked for; valid once it completed.
    const std::string& document() const { return document_; }
    /// What the provider's answer said about itself; complete once committed or ended.
    virtual const upstream::response_head& upstream_head() const = 0;

    /// What fills a silence, whole and at a frame's border; may be empty. `started`: the client was
    /// sent a frame already.
    std::string heartbeat(bool started) const;
    /// The last words to a reader whose next frame, `sequence`, is gone.
    std::string farewell(const upstream::failure& reason, std::uint64_t sequence) const {
        return encoder_->farewell(reason, sequence);
    }

    void attach(reader& reader);
    void detach(reader& reader);
    /// A reader has lost its client and will take nothing more; it is detached later. Where it is
    /// the only one, that is as if it had left.
    void leaving();
    /// A reader took something on its own account, outside of on_frames.
    void progressed(const reader& reader) { on_progress(reader.taken()); }
    /// A reader's client was sent the beginning, so that it can come back.
    virtual void note_start_delivered() = 0;

    /// For want of memory: drops what its readers have taken already.
    void forget_history();
    /// For want of memory: drops all but the newest so many bytes, whoever was to take them.
    void forget_all_but(std::size_t bytes);
    /// Something was dropped for want of memory.
    bool has_forgotten() const { return forgotten_; }

    bool has_readers() const { return !readers_.empty(); }
    /// Clients of this worker that take it.
    std::size_t clients() const;

 protected:
    /// May come twice: when the last reader is leaving, and when it has left.
    virtual void on_last_reader_left() = 0;
    /// One reader has taken all that lies before `taken`.
    virtual void on_progress(std::uint64_t taken) = 0;

    /// Lets every reader take what is new.
    void publish();
    std::uint64_t fastest_taken() const;
    std::uint64_t slowest_taken() const;

    sse::journal journal_;
    std::unique_ptr<stream_encoder> encoder_;  ///< null where the answer is one document
    std::vector<reader*> readers_;
    upstream::ending ending_;
    std::string document_;
    bool committed_ = false;
    bool ended_ = false;
    bool end_seen_ = false;
    bool has_content_ = false;

 private:
    bool forgotten_ = false;
};

}  // namespace sluice::gateway
