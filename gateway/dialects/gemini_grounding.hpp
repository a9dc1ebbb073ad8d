#pragma once

#include "upstream/code_points.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Gathers one candidate's citations into a `groundingMetadata`, where Gemini's clients look for
/// sources. Each source stands there once; places are counted in bytes.
class gemini_grounding {
 public:
    /// Bounds what a provider can have it hold.
    static constexpr std::size_t supports_max = 4096;

    struct citation {
        std::string_view url;
        std::string_view title;
        std::string_view cited_text;
        std::int64_t begin = -1;  ///< code points; -1: not said
        std::int64_t end = -1;
    };

    void add_text(std::string_view text) { text_.add(text); }
    void add(const citation& cited);
    /// Null where nothing was cited.
    nlohmann::ordered_json object() const;

 private:
    std::size_t chunk_of(const citation& cited);

    upstream::code_points text_;
    nlohmann::ordered_json chunks_ = nlohmann::ordered_json::array();
    nlohmann::ordered_json supports_ = nlohmann::ordered_json::array();
    std::map<std::string, std::size_t> known_;
};

}  // namespace sluice::gateway
