#include "upstream/providers/cohere_citations.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <limits>

namespace sluice::upstream {

namespace {

using nlohmann::json;

bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::string_view beginning(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && continues_character(text[bytes_max]))
        --bytes_max;
    return text.substr(0, bytes_max);
}

std::string_view first_of(const json& object, std::initializer_list<const char*> keys) {
    for (const auto* key : keys) {
        if (const auto text = find_text(object, key); !text.empty()) return text;
    }
    return {};
}

/// What the source is and says: a document that was given, or a tool's result.
void describe(const json& source, citation_delta& into) {
    into.title = find_text(source, "id");
    for (const char* key : {"document", "tool_output"}) {
        const auto* held = find(source, key);
        if (held == nullptr) continue;
        if (const auto title = find_text(*held, "title"); !title.empty()) into.title = title;
        into.url = find_text(*held, "url");
        into.cited_text = beginning(
            first_of(*held, {"snippet", "text", "content"}), cohere_citations::cited_bytes_max
        );
    }
}

void put(citation_delta citation, batch_texts& texts, batch& out) {
    citation.url = texts.keep(citation.url);
    citation.title = texts.keep(citation.title);
    citation.cited_text = texts.keep(citation.cited_text);
    out.items.emplace_back(citation);
}

}  // namespace

void cohere_citations::see_text(std::int64_t block, std::string_view text) {
    const bool is_new = blocks_.empty() || blocks_.back().first != block;
    if (is_new && blocks_.size() < blocks_max) blocks_.emplace_back(block, characters_);
    characters_ += std::ranges::count_if(text, [](char c) { return !continues_character(c); });
}

/// The characters before the block that a citation belongs to; mostly there is one.
std::int64_t cohere_citations::base_of(const json& citation) const {
    const auto block = find_count(citation, "content_index");
    const auto found =
        std::ranges::find_if(blocks_, [&](const auto& each) { return each.first == block; });
    if (found != blocks_.end()) return found->second;
    return blocks_.empty() ? 0 : blocks_.back().second;
}

void cohere_citations::read(const json& citation, batch_texts& texts, batch& out) const {
    if (!citation.is_object()) return;
    citation_delta told;
    const auto type = find_text(citation, "type");
    const auto begin = find_count(citation, "start");
    const auto end = find_count(citation, "end");
    const auto base = base_of(citation);
    // Those of a plan or a thought stand nowhere in the text.
    const bool in_text = type.empty() || type == "TEXT_CONTENT";
    if (in_text && begin && end && *end <= std::numeric_limits<std::int64_t>::max() - base &&
        *begin <= *end) {
        told.begin = base + *begin;
        told.end = base + *end;
    }
    const auto* sources = find(citation, "sources");
    if (sources == nullptr || !sources->is_array() || sources->empty()) {
        return put(told, texts, out);
    }
    std::size_t count = 0;
    for (const auto& source : *sources) {
        if (++count > sources_max) break;
        auto one = told;
        describe(source, one);
        put(one, texts, out);
    }
}

}  // namespace sluice::upstream
