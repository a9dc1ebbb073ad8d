#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Where the characters (Unicode code points) of a text stand in its UTF-8, without keeping the
/// text: providers count bytes, the vocabulary counts characters. Runs of characters of one length
/// take one entry, so that ordinary text costs next to nothing.
class code_points {
 public:
    /// Behind this many changes of length, places are no longer known.
    static constexpr std::size_t runs_max = 16 * 1024;

    void add(std::string_view text);

    /// Characters before that byte; -1 where that is not within the text.
    std::int64_t characters_before(std::int64_t byte) const;
    /// Bytes before that character; -1 where that is not within the text.
    std::int64_t bytes_before(std::int64_t character) const;

 private:
    struct run {
        std::int64_t size;  ///< bytes of each character
        std::int64_t count;
    };

    std::vector<run> runs_;
    bool lost_ = false;
};

}  // namespace sluice::upstream
