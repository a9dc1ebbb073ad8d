#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::upstream {

/// Cohere's citations, whose places are counted within one block of the text.
class cohere_citations {
 public:
    /// What a citation shows of its source at most: a document may be of any length.
    static constexpr std::size_t cited_bytes_max = 4096;
    /// Bounds for what a hostile server makes us remember and tell.
    static constexpr std::size_t blocks_max = 256;
    static constexpr std::size_t sources_max = 64;

    /// Counts the text of a block.
    void see_text(std::int64_t block, std::string_view text);
    /// Tells one citation for each of its sources.
    void read(const nlohmann::json& citation, batch_texts& texts, batch& out) const;

 private:
    std::int64_t base_of(const nlohmann::json& citation) const;

    std::int64_t characters_ = 0;  ///< of all blocks of text
    /// By block, the characters before it.
    std::vector<std::pair<std::int64_t, std::int64_t>> blocks_;
};

}  // namespace sluice::upstream
