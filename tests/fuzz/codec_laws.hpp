#pragma once

#include "tests/fuzz/check.hpp"
#include "tests/upstream/codec_run.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What holds for every codec, whatever a provider sends.
namespace sluice::upstream::testing {

inline std::vector<std::string_view> cut_every(std::size_t size, std::string_view text) {
    std::vector<std::string_view> pieces;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
        pieces.push_back(text.substr(0, size));
    return pieces;
}

/// Between CR and LF a frame ends sooner or later, depending on the cut; the lines are the same.
inline std::string lines_of(std::string_view bytes) {
    std::string lines;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\n' && i > 0 && bytes[i - 1] == '\r') continue;
        lines += bytes[i] == '\r' ? '\n' : bytes[i];
    }
    return lines;
}

/// An answer decoded whole and the same in pieces tell the same, and one that failed does not look
/// like one that is complete.
inline void check_codec_laws(told whole, told pieces) {
    FUZZ_CHECK(whole.ended.has_value());
    FUZZ_CHECK((*whole.ended == outcome::completed) == !whole.failure.has_value());
    FUZZ_CHECK(lines_of(whole.bytes) == lines_of(pieces.bytes));
    FUZZ_CHECK(whole.states == pieces.states);
    FUZZ_CHECK(whole.citations == pieces.citations);
    for (const auto& [bytes, content] : whole.frames)
        FUZZ_CHECK(!bytes.empty());
    whole.frames.clear();
    pieces.frames.clear();
    FUZZ_CHECK(whole.key() == pieces.key());
}

}  // namespace sluice::upstream::testing
