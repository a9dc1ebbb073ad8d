#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace sluice::sse {

/// Finds the ends of lines, CR or LF, in a text that is walked from front to back and may grow.
///
/// Remembers how far it has looked for either byte, so that each byte is looked at once for CR and
/// once for LF, whatever the mix of line ends and however the text was cut.
class line_ends {
 public:
    /// Where the first CR or LF at or behind `from` stands, or `text.size()`. `from` never goes
    /// back.
    std::size_t find(std::string_view text, std::size_t from) {
        lf_ = look(text, '\n', std::max(lf_, from));
        cr_ = look(text, '\r', std::max(cr_, from));
        return std::min(lf_, cr_);
    }

    /// The text lost its first `count` bytes.
    void shift(std::size_t count) {
        lf_ -= std::min(lf_, count);
        cr_ -= std::min(cr_, count);
    }

 private:
    static std::size_t look(std::string_view text, char wanted, std::size_t from) {
        if (from >= text.size()) return text.size();
        const void* hit = std::memchr(text.data() + from, wanted, text.size() - from);
        if (hit == nullptr) return text.size();
        return static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
    }

    std::size_t lf_ = 0;
    std::size_t cr_ = 0;
};

}  // namespace sluice::sse
