#include "upstream/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace sluice::upstream {

namespace {

/// How many bytes of ASCII are in front, give or take the seven before the first other one.
std::size_t ascii_bytes(std::string_view text) {
    std::size_t count = 0;
    for (std::uint64_t word = 0; text.size() - count >= 8; count += 8) {
        std::memcpy(&word, text.data() + count, 8);
        if ((word & 0x8080808080808080U) != 0) break;
    }
    return count;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (text.empty()) return 0;
    if (byte(0) < 0x80) return 1;
    const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
    if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned char second = byte(1);
    const bool overlong = (byte(0) == 0xE0 && second < 0xA0) || (byte(0) == 0xF0 && second < 0x90);
    const bool surrogate = byte(0) == 0xED && second > 0x9F;
    const bool beyond = byte(0) == 0xF4 && second > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) {
    for (;;) {
        text.remove_prefix(ascii_bytes(text));
        if (text.empty()) return true;
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
}

}  // namespace sluice::upstream
