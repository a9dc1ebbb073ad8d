#include "upstream/providers/openai_responses_document.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_outline.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_responses_outcome.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Whether one of the items in `output` is a call of the client's tools.
bool holds_calls(std::string_view document) {
    json_walker member(document);
    while (member.next()) {
        if (!member.key_is("output")) continue;
        json_walker each(member.value());
        while (each.next()) {
            const auto item = outline_of(each.value(), {"type"});
            if (is_responses_call(find_text(item, "type"))) return true;
        }
    }
    return false;
}

}  // namespace

void responses_document::read(std::string_view document, batch& out) {
    const auto response = outline_of(
        document,
        {"id",
         "model",
         "created_at",
         "object",
         "status",
         "error",
         "incomplete_details",
         "usage",
         "message",
         "type",
         "code"}
    );
    const auto end = responses_end_of(response, {});
    const auto counted = responses_usage_of(response);
    if (end == responses_end::failed) {
        if (counted) out.items.emplace_back(*counted);
        return fail(responses_failure_of(response, errors()), out);
    }
    identity who;
    who.id = texts_.keep(find_text(response, "id"));
    who.model = texts_.keep(find_text(response, "model"));
    who.created = find_count(response, "created_at").value_or(0);
    if (!who.id.empty() || !who.model.empty()) out.items.emplace_back(who);
    // In the background it goes on: the client asks for it later.
    if (end != responses_end::not_yet) {
        out.items.emplace_back(responses_finish_of(response, end, holds_calls(document), texts_));
    }
    if (counted) out.items.emplace_back(*counted);
}

}  // namespace sluice::upstream
