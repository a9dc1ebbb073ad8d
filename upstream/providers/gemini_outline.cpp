#include "upstream/json_members.hpp"
#include "upstream/providers/gemini_chunk.hpp"
#include "upstream/providers/json_outline.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

bool is_blank(std::string_view text) {
    return text == R"("")" || text == "null";
}

/// Anything but an empty text, alone or with a signature.
bool has_content(std::string_view part) {
    json_walker member(part);
    while (member.next()) {
        const bool aside = member.key_is("thoughtSignature") || member.key_is("thought");
        if (!aside && !is_blank(member.value())) return true;
    }
    return false;
}

bool calls_function(std::string_view part) {
    json_walker member(part);
    while (member.next()) {
        if (member.key_is("functionCall")) return true;
    }
    return false;
}

struct findings {
    bool content = false;
    bool call = false;
};

void look_at_content(std::string_view content, findings& found) {
    json_walker member(content);
    while (member.next()) {
        if (!member.key_is("parts")) continue;
        json_walker part(member.value());
        while (part.next()) {
            found.content = found.content || has_content(part.value());
            found.call = found.call || calls_function(part.value());
        }
    }
}

json outline_of_candidate(std::string_view candidate) {
    auto outline = outline_of(candidate, {"index", "finishReason"});
    findings found;
    json_walker member(candidate);
    while (member.next()) {
        if (member.key_is("content")) look_at_content(member.value(), found);
    }
    outline["hasContent"] = found.content;
    outline["hasCall"] = found.call;  // decides what a STOP means
    return outline;
}

}  // namespace

json gemini_outline(std::string_view text) {
    auto outline = outline_of(
        text, {"responseId", "modelVersion", "usageMetadata", "promptFeedback", "error"}
    );
    json_walker member(text);
    while (member.next()) {
        if (!member.key_is("candidates")) continue;
        auto candidates = json::array();
        json_walker each(member.value());
        while (each.next() && candidates.size() <= gemini_chunk_reader::choices_max)
            candidates.push_back(outline_of_candidate(each.value()));
        outline["candidates"] = std::move(candidates);
    }
    return outline;
}

}  // namespace sluice::upstream
