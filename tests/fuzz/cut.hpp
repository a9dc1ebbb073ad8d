#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

/// Cuts `wire` into pieces whose lengths are the bytes of `lengths`, round and round; single bytes
/// where there are none.
inline std::vector<std::string_view> cut(std::string_view wire, std::string_view lengths) {
    std::vector<std::string_view> pieces;
    for (std::size_t turn = 0; !wire.empty(); ++turn) {
        // At least one byte per round of lengths, so that the cutting ends.
        const std::size_t index = lengths.empty() ? 0 : turn % lengths.size();
        std::size_t size = lengths.empty() ? 1 : static_cast<unsigned char>(lengths[index]);
        if (index == 0 && size == 0) size = 1;
        pieces.push_back(wire.substr(0, size));
        wire.remove_prefix(std::min(size, wire.size()));
    }
    return pieces;
}
