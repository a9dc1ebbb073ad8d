#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Where an answer's words come from: `delta.annotations`, and Perplexity's lists at the top of
/// each chunk, of which every entry is told once.
class openai_sources {
 public:
    /// More than any answer names; bounds for what a hostile server makes us remember. What comes
    /// beyond them is not told.
    static constexpr std::size_t sources_max = 256;
    static constexpr std::size_t told_bytes_max = 1U << 20;

    /// Returns whether there were any. Tells nothing without `out`.
    static bool read_annotations(
        const nlohmann::json& delta, int choice, batch_texts& texts, batch* out
    );
    void read_lists(const nlohmann::json& chunk, int choice, batch_texts& texts, batch& out);

 private:
    bool is_new(std::string_view url);

    std::vector<std::string> told_;
    std::size_t told_bytes_ = 0;
};

}  // namespace sluice::upstream
