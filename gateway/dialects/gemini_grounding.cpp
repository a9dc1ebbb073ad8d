#include "gateway/dialects/gemini_grounding.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

}  // namespace

/// A page of the web, unless the source's own words are told as well.
std::size_t gemini_grounding::chunk_of(const citation& cited) {
    std::string key(cited.url);
    key.append("\n").append(cited.title).append("\n").append(cited.cited_text);
    const auto [known, added] = known_.emplace(std::move(key), chunks_.size());
    if (!added) return known->second;
    json source{{"uri", cited.url}, {"title", cited.title}};
    if (cited.cited_text.empty()) {
        chunks_.push_back(json{{"web", std::move(source)}});
    } else {
        source["text"] = cited.cited_text;
        chunks_.push_back(json{{"retrievedContext", std::move(source)}});
    }
    return known->second;
}

void gemini_grounding::add(const citation& cited) {
    if (supports_.size() == supports_max || chunks_.size() == supports_max) return;
    const auto chunk = chunk_of(cited);
    const auto begin = text_.bytes_before(cited.begin);
    const auto end = text_.bytes_before(cited.end);
    if (begin < 0 || end < begin) return;
    supports_.push_back(json{
        {"segment", {{"startIndex", begin}, {"endIndex", end}}},
        {"groundingChunkIndices", json::array({chunk})},
    });
}

json gemini_grounding::object() const {
    if (chunks_.empty()) return nullptr;
    json made{{"groundingChunks", chunks_}};
    if (!supports_.empty()) made["groundingSupports"] = supports_;
    return made;
}

}  // namespace sluice::gateway
