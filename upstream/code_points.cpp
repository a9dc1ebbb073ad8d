#include "upstream/code_points.hpp"

#include "upstream/utf8.hpp"

#include <algorithm>

namespace sluice::upstream {

void code_points::add(std::string_view text) {
    while (!text.empty() && !lost_) {
        // What is no UTF-8 becomes one U+FFFD a byte, wherever it goes.
        const auto size = std::max<std::size_t>(utf8_length(text), 1);
        const auto bytes = static_cast<std::int64_t>(size);
        if (runs_.empty() || runs_.back().size != bytes) {
            lost_ = runs_.size() == runs_max;
            if (lost_) return;
            runs_.push_back({bytes, 0});
        }
        ++runs_.back().count;
        text.remove_prefix(size);
    }
}

std::int64_t code_points::characters_before(std::int64_t byte) const {
    if (byte < 0) return -1;
    std::int64_t characters = 0;
    for (const auto& [size, count] : runs_) {
        if (byte <= size * count) return characters + byte / size;
        byte -= size * count;
        characters += count;
    }
    return byte == 0 ? characters : -1;
}

std::int64_t code_points::bytes_before(std::int64_t character) const {
    if (character < 0) return -1;
    std::int64_t bytes = 0;
    for (const auto& [size, count] : runs_) {
        if (character <= count) return bytes + character * size;
        character -= count;
        bytes += size * count;
    }
    return character == 0 ? bytes : -1;
}

}  // namespace sluice::upstream
