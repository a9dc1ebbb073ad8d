#include "upstream/providers/openai_document.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_outline.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_chunk.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Each choice's index and finish_reason, as if they had come in a chunk.
json outline_of_choices(std::string_view document) {
    auto outline = json::array();
    json_walker member(document);
    while (member.next()) {
        if (!member.key_is("choices")) continue;
        json_walker each(member.value());
        while (each.next() && outline.size() < openai_chunk_reader::choices_max) {
            outline.push_back(outline_of(each.value(), {"index", "finish_reason"}));
        }
    }
    return outline;
}

}  // namespace

void openai_document::read(std::string_view document, batch& out) {
    auto outline = outline_of(
        document,
        {"id", "model", "created", "object", "usage", "x_groq", "error", "message", "type", "code"}
    );
    if (is_truthy(find(outline, "error")) || find_text(outline, "object") == "error") {
        return fail(errors().reported(outline), out);
    }
    outline["choices"] = outline_of_choices(document);
    openai_chunk_reader reader(openai_chunk_reader::purpose::metering);
    const auto seen = reader.read(outline, texts_, out);
    if (!seen.broken.empty()) {
        fail(errors().broken(outcome::upstream_error, seen.broken, true), out);
    }
}

}  // namespace sluice::upstream
