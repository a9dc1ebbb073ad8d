#pragma once

#include "sse/parser.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/openai_chunk.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <string>
#include <string_view>

namespace sluice::upstream {

/// Decodes the event stream of a chat completion.
///
/// It is complete when `[DONE]` was seen, or at the end of the file when every choice that was seen
/// has finished; anything else is a failure. An error in the stream is never passed on: whoever
/// writes to the client writes its own from the failure.
class openai_stream {
 public:
    enum class way {
        transparent,             ///< frames byte for byte, and items for metering
        transparent_less_usage,  ///< the same, less the frame of `choices: []` with usage
        translated,
    };

    /// One block holds one chunk: a few hundred bytes, or a picture of some megabytes.
    static constexpr std::size_t frame_bytes_max = 4U << 20;

    openai_stream(way how, const provider_errors& errors);

    void feed(std::string_view bytes, batch& out);
    void end(batch& out);

 private:
    bool transparent() const { return way_ != way::translated; }
    void read(const sse::frame& frame, batch& out);
    void read_chunk(const sse::frame& frame, batch& out);
    void pass_chunk(const sse::frame& frame, const openai_chunk_reader::verdict& seen, batch& out);
    void read_without_event(const sse::frame& frame, batch& out);
    bool read_tail(std::string_view tail, batch& out);
    void pass(std::string_view bytes, bool content, batch& out);
    void pass_frame(std::string_view raw, bool content, batch& out);
    void complete(batch& out);
    void fail(failure why, batch& out);
    failure without_events() const;

    way way_;
    const provider_errors& errors_;
    sse::parser parser_{frame_bytes_max};
    openai_chunk_reader chunks_;
    openai_glancer glancer_;
    batch_texts texts_;
    std::string
        opening_;  ///< the first bytes, until an event was seen: perhaps it's no event stream
    bool lent_line_feed_ = false;
    bool has_events_ = false;
    bool ended_ = false;
};

}  // namespace sluice::upstream
