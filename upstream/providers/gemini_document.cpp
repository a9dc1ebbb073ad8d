#include "upstream/providers/gemini_document.hpp"

#include "upstream/providers/gemini_chunk.hpp"
#include "upstream/providers/json_read.hpp"

namespace sluice::upstream {

void gemini_document::read(std::string_view document, batch& out) {
    const auto outline = gemini_outline(document);
    if (is_truthy(find(outline, "error"))) return fail(errors().reported(outline), out);
    gemini_chunk_reader reader(gemini_chunk_reader::purpose::metering);
    const auto seen = reader.read(outline, texts_, out);
    if (!seen.broken.empty()) {
        fail(errors().broken(outcome::upstream_error, seen.broken, true), out);
    }
}

}  // namespace sluice::upstream
