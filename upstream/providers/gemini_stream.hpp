#pragma once

#include "upstream/providers/event_stream.hpp"
#include "upstream/providers/gemini_chunk.hpp"

#include <string_view>

namespace sluice::upstream {

/// Decodes the stream of streamGenerateContent (`alt=sse`). It has no terminal event: it is
/// complete when the file ends after every candidate has finished.
class gemini_stream final : public event_stream {
 public:
    gemini_stream(way how, const provider_errors& errors)
        : event_stream(how, errors),
          chunks_(
              how == way::translated ? gemini_chunk_reader::purpose::translation
                                     : gemini_chunk_reader::purpose::metering
          ) {}

 private:
    void read(const sse::frame& frame, std::string_view data, batch& out) override;
    void conclude(batch& out) override;
    bool is_document(const nlohmann::json& value) const override;

    void fail_finish(std::string_view word, batch& out);

    gemini_chunk_reader chunks_;
};

}  // namespace sluice::upstream
