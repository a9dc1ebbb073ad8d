#pragma once

#include "upstream/code_points.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Where one candidate's text comes from: each source and place is told once, however often Gemini
/// repeats it.
class gemini_citations {
 public:
    explicit gemini_citations(int choice) : choice_(choice) {}

    /// Text of the answer, ahead of what cites it.
    void add_text(std::string_view text) { text_.add(text); }
    /// A candidate's `groundingMetadata` and `citationMetadata`.
    void read(const nlohmann::json& candidate, batch_texts& texts, batch& out);

 private:
    void read_grounding(const nlohmann::json& metadata, batch_texts& texts, batch& out);
    void read_support(
        const nlohmann::json& support, const nlohmann::json& chunks, batch_texts& texts, batch& out
    );
    void read_source(const nlohmann::json& source, batch_texts& texts, batch& out);
    void tell(citation_delta told, batch_texts& texts, batch& out);
    void place(citation_delta& told, const nlohmann::json& segment) const;

    int choice_;
    code_points text_;
    std::set<std::string> told_;
    std::size_t told_bytes_ = 0;
};

}  // namespace sluice::upstream
