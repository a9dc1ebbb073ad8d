#include "gateway/admission/ledger/visible_text.hpp"

#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::gateway {

namespace {

struct code_range {
    char32_t first;
    char32_t last;
};

/// What moves the cursor, turns the direction of what follows, or is not to be seen.
constexpr std::array<code_range, 11> hidden{{
    {0x00, 0x1f},
    {0x7f, 0x9f},
    {0xad, 0xad},
    {0x61c, 0x61c},
    {0x180e, 0x180e},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xe0000, 0xe0fff},
}};

/// What stands above or below the character before it.
constexpr std::array<code_range, 5> combining{{
    {0x300, 0x36f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
}};

/// East Asian characters and pictures, two columns each.
constexpr std::array<code_range, 10> wide{{
    {0x1100, 0x115f},
    {0x2e80, 0x303e},
    {0x3041, 0xa4cf},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1faff},
    {0x20000, 0x3fffd},
}};

template <std::size_t Size>
bool is_in(const std::array<code_range, Size>& ranges, char32_t code) {
    return std::ranges::any_of(ranges, [code](const code_range& each) {
        return code >= each.first && code <= each.last;
    });
}

/// Of one well-formed character.
char32_t code_point(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (bytes.size() == 1) return first;
    char32_t code = first & (0xffU >> (bytes.size() + 1));
    for (const char c : bytes.substr(1))
        code = (code << 6) | (static_cast<unsigned char>(c) & 0x3fU);
    return code;
}

void append_hexadecimal(std::string& text, std::string_view prefix, char32_t code, int digits) {
    text += prefix;
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        text += "0123456789abcdef"[(code >> shift) & 0xf];
}

bool is_line_end_or_tab(char32_t code) {
    return code == '\t' || code == '\n' || code == '\r';
}

void append_visible(std::string& shown, std::string_view character, bool lines) {
    const char32_t code = code_point(character);
    if (!is_in(hidden, code) || (lines && is_line_end_or_tab(code)))
        shown += character;
    else if (code < 0x100)
        append_hexadecimal(shown, "\\x", code, 2);
    else
        append_hexadecimal(shown, "\\u", code, code < 0x10000 ? 4 : 6);
}

std::size_t columns_of(std::string_view character) {
    const char32_t code = code_point(character);
    if (is_in(combining, code)) return 0;
    return is_in(wide, code) ? 2 : 1;
}

/// Takes one character, or one byte that belongs to none, off the front.
std::string_view take(std::string_view& text) {
    const auto character = text.substr(0, std::max<std::size_t>(1, upstream::utf8_length(text)));
    text.remove_prefix(character.size());
    return character;
}

}  // namespace

std::string visible(std::string_view text, bool lines) {
    std::string shown;
    while (!text.empty()) {
        if (upstream::utf8_length(text) > 0) {
            append_visible(shown, take(text), lines);
        } else {
            append_hexadecimal(shown, "\\x", static_cast<unsigned char>(text.front()), 2);
            text.remove_prefix(1);
        }
    }
    return shown;
}

std::size_t width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty())
        columns += columns_of(take(text));
    return columns;
}

std::string fitted(std::string_view text, std::size_t columns_max) {
    if (width(text) <= columns_max) return std::string(text);
    std::string shown;
    std::size_t columns = 1;  // of the ellipsis
    while (!text.empty()) {
        const auto character = take(text);
        columns += columns_of(character);
        if (columns > columns_max) break;
        shown += character;
    }
    return shown + "\u2026";
}

}  // namespace sluice::gateway
