#include "upstream/providers/anthropic_document.hpp"

#include "upstream/providers/anthropic_stop.hpp"
#include "upstream/providers/anthropic_usage.hpp"
#include "upstream/providers/json_outline.hpp"
#include "upstream/providers/json_read.hpp"

#include <utility>

namespace sluice::upstream {

void anthropic_document::read(std::string_view document, batch& out) {
    const auto outline = outline_of(
        document,
        {"id",
         "model",
         "type",
         "usage",
         "stop_reason",
         "stop_sequence",
         "input_tokens",
         "error",
         "message",
         "request_id"}
    );
    if (is_truthy(find(outline, "error")) || find_text(outline, "type") == "error") {
        auto why = errors().reported(outline);
        why.request_id = errors().redact(std::string(find_text(outline, "request_id")));
        return fail(std::move(why), out);
    }
    const identity names{find_text(outline, "id"), find_text(outline, "model")};
    if (!names.id.empty() || !names.model.empty()) {
        out.items.emplace_back(identity{texts_.keep(names.id), texts_.keep(names.model)});
    }
    if (const auto word = find_text(outline, "stop_reason"); !word.empty()) {
        const auto stop_sequence = find_text(outline, "stop_sequence");
        const auto reason = reason_of_anthropic(word, word == "tool_use");
        out.items.emplace_back(finish{0, reason, texts_.keep(word), texts_.keep(stop_sequence)});
    }
    anthropic_usage counted;
    counted.add(&outline);  // a count of tokens is all that there is
    counted.add(find(outline, "usage"));
    if (const auto total = counted.total()) out.items.emplace_back(*total);
}

}  // namespace sluice::upstream
