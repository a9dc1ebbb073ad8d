#pragma once

#include "upstream/providers/event_stream.hpp"
#include "upstream/providers/openai_chunk.hpp"

#include <cstddef>
#include <string_view>

namespace sluice::upstream {

/// Decodes the event stream of a chat completion, or of a completion of the older kind.
///
/// It is complete when `[DONE]` was seen behind an answer that is settled, or at the end of the
/// file when every choice that was asked for has finished; anything else is a failure.
class openai_stream final : public event_stream {
 public:
    /// What the client has asked for.
    struct wishes {
        std::size_t choices = 1;
        /// On the transparent way, the frame of `choices: []` with usage is left out.
        bool less_usage = false;
    };

    openai_stream(way how, wishes asked, const provider_errors& errors);

 private:
    void read(const sse::frame& frame, std::string_view data, batch& out) override;
    void conclude(batch& out) override;
    bool is_error(const nlohmann::json& value) const override;
    bool is_document(const nlohmann::json& value) const override;
    bool read_last(std::string_view data, batch& out) override;

    void read_chunk(const sse::frame& frame, std::string_view data, batch& out);
    void pass_chunk(const sse::frame& frame, const openai_chunk_reader::verdict& seen, batch& out);
    void finish(std::string_view last_frame, batch& out);

    wishes asked_;
    openai_chunk_reader chunks_;
    openai_glancer glancer_;
};

}  // namespace sluice::upstream
