#include "upstream/providers/gemini_citations.hpp"

#include "upstream/providers/json_read.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t told_bytes_max = 1U << 20;  // what was told is remembered

/// The source that a grounding chunk tells of; nothing of kinds that nobody has heard of.
citation_delta source_of(const json& chunk) {
    citation_delta found;
    for (const char* kind : {"web", "retrievedContext", "maps", "image"}) {
        const auto* source = find(chunk, kind);
        if (source == nullptr) continue;
        found.url = find_text(*source, "uri");
        found.title = find_text(*source, "title");
        found.cited_text = find_text(*source, "text");
    }
    return found;
}

bool is_empty(const citation_delta& citation) {
    return citation.url.empty() && citation.title.empty() && citation.cited_text.empty();
}

}  // namespace

void gemini_citations::read(const json& candidate, batch_texts& texts, batch& out) {
    if (const auto* grounding = find(candidate, "groundingMetadata")) {
        read_grounding(*grounding, texts, out);
    }
    const auto* metadata = find(candidate, "citationMetadata");
    if (metadata == nullptr) return;
    for (const char* name : {"citationSources", "citations"}) {
        const auto* sources = find(*metadata, name);
        if (sources == nullptr || !sources->is_array()) continue;
        for (const auto& source : *sources)
            read_source(source, texts, out);
    }
}

void gemini_citations::read_grounding(const json& metadata, batch_texts& texts, batch& out) {
    const auto* chunks = find(metadata, "groundingChunks");
    if (chunks == nullptr || !chunks->is_array()) return;
    const auto* supports = find(metadata, "groundingSupports");
    if (supports != nullptr && supports->is_array() && !supports->empty()) {
        for (const auto& support : *supports)
            read_support(support, *chunks, texts, out);
        return;
    }
    for (const auto& chunk : *chunks) {
        auto told = source_of(chunk);
        tell(told, texts, out);
    }
}

void gemini_citations::read_support(
    const json& support, const json& chunks, batch_texts& texts, batch& out
) {
    const auto* indices = find(support, "groundingChunkIndices");
    if (indices == nullptr || !indices->is_array()) return;
    for (const auto& each : *indices) {
        const auto index = count_of(&each);
        if (!index || static_cast<std::size_t>(*index) >= chunks.size()) continue;
        auto told = source_of(chunks[static_cast<std::size_t>(*index)]);
        if (const auto* segment = find(support, "segment")) place(told, *segment);
        tell(told, texts, out);
    }
}

void gemini_citations::read_source(const json& source, batch_texts& texts, batch& out) {
    citation_delta told;
    told.url = find_text(source, "uri");
    told.title = find_text(source, "title");
    place(told, source);
    tell(told, texts, out);
}

/// Gemini counts bytes, and leaves a zero out.
void gemini_citations::place(citation_delta& told, const json& segment) const {
    const auto end = find_count(segment, "endIndex");
    if (!end) return;
    const auto first = text_.characters_before(find_count(segment, "startIndex").value_or(0));
    const auto last = text_.characters_before(*end);
    if (first < 0 || last < first) return;
    told.begin = first;
    told.end = last;
}

void gemini_citations::tell(citation_delta told, batch_texts& texts, batch& out) {
    if (is_empty(told)) return;
    auto key = std::to_string(told.begin) + "-" + std::to_string(told.end);
    for (const auto text : {told.url, told.title, told.cited_text})
        key.append("\n").append(text);
    if (told_bytes_ + key.size() > told_bytes_max) return;
    const auto bytes = key.size();
    if (!told_.insert(std::move(key)).second) return;
    told_bytes_ += bytes;
    told.choice = choice_;
    told.url = texts.keep(told.url);
    told.title = texts.keep(told.title);
    told.cited_text = texts.keep(told.cited_text);
    out.items.emplace_back(told);
}

}  // namespace sluice::upstream
