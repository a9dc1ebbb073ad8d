#include "upstream/providers/openai_sources.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::upstream {

namespace {

using nlohmann::json;

citation_delta citation_of(const json& source, int choice, batch_texts& texts) {
    citation_delta made;
    made.choice = choice;
    made.url = texts.keep(find_text(source, "url"));
    made.title = texts.keep(find_text(source, "title"));
    const auto content = find_text(source, "content");
    made.cited_text = texts.keep(content.empty() ? find_text(source, "snippet") : content);
    const auto begin = find_count(source, "start_index").value_or(0);
    const auto end = find_count(source, "end_index").value_or(0);
    // OpenRouter says 0 to 0 where it does not know.
    if (begin < end) {
        made.begin = begin;
        made.end = end;
    }
    return made;
}

}  // namespace

bool openai_sources::read_annotations(
    const json& delta, int choice, batch_texts& texts, batch* out
) {
    const auto* annotations = find(delta, "annotations");
    if (annotations == nullptr || !annotations->is_array()) return false;
    bool any = false;
    for (const auto& annotation : *annotations) {
        const auto* source = find(annotation, "url_citation");
        if (source == nullptr || find_text(*source, "url").empty()) continue;
        any = true;
        if (out != nullptr) out->items.emplace_back(citation_of(*source, choice, texts));
    }
    return any;
}

bool openai_sources::is_new(std::string_view url) {
    const bool known = std::ranges::find(told_, url) != told_.end();
    const bool full = told_.size() == sources_max || url.size() > told_bytes_max - told_bytes_;
    if (url.empty() || known || full) return false;
    told_.emplace_back(url);
    told_bytes_ += url.size();
    return true;
}

/// The results of the search have more to say than the plain addresses, so they go first.
void openai_sources::read_lists(const json& chunk, int choice, batch_texts& texts, batch& out) {
    for (const auto* name : {"search_results", "citations"}) {
        const auto* list = find(chunk, name);
        if (list == nullptr || !list->is_array()) continue;
        for (const auto& each : *list) {
            const auto url = each.is_string() ? text_of(&each) : find_text(each, "url");
            if (!is_new(url)) continue;
            auto told = citation_of(each, choice, texts);
            told.url = texts.keep(url);
            out.items.emplace_back(told);
        }
    }
}

}  // namespace sluice::upstream
