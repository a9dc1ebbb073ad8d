#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/event_stream.hpp"
#include "upstream/providers/json_lines.hpp"
#include "upstream/providers/ollama_line.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <string_view>

namespace sluice::upstream {

/// Decodes the lines of `/api/chat` or `/api/generate`, each a JSON object.
///
/// It is complete with the line that says `done`; an end of file before that is a failure. An error
/// is never passed on. Items point into this object until its next `feed`.
class ollama_stream {
 public:
    /// A line holds a few tokens, or a whole tool call or picture.
    static constexpr std::size_t line_bytes_max = event_stream::frame_bytes_max;

    /// `errors` outlives this.
    ollama_stream(way how, const provider_errors& errors) : way_(how), errors_(errors) {}
    ollama_stream(const ollama_stream&) = delete;
    ollama_stream& operator=(const ollama_stream&) = delete;

    void feed(std::string_view bytes, batch& out);
    void end(batch& out);

 private:
    void read(std::string_view raw, std::string_view text, batch& out);
    void pass(std::string_view raw, std::string_view text, batch& out);
    void tell(std::string_view text, batch& out);
    void complete(batch& out);
    void fail(failure why, batch& out);
    failure without_lines(std::string_view text) const;

    way way_;
    const provider_errors& errors_;
    json_lines lines_{line_bytes_max};
    ollama_teller teller_;
    batch_texts texts_;
    bool has_lines_ = false;
    bool ended_ = false;
};

}  // namespace sluice::upstream
