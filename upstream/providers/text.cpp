#include "upstream/providers/text.hpp"

#include "upstream/utf8.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

constexpr std::string_view replacement_bytes = "\xEF\xBF\xBD";
constexpr std::string_view replacement_escape = "\\ufffd";

unsigned char byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// Whether a `\uD8..` escape (of the given hex digits) stands at `at`.
bool is_surrogate(std::string_view text, std::size_t at, std::string_view third_digit) {
    return at + 6 <= text.size() && text[at] == '\\' && text[at + 1] == 'u' &&
           (text[at + 2] == 'd' || text[at + 2] == 'D') &&
           third_digit.find(text[at + 3]) != std::string_view::npos;
}

/// Copies the escape at `at`, mended; returns the bytes it took.
std::size_t repair_escape(std::string& out, std::string_view text, std::size_t at) {
    constexpr std::string_view high = "89abAB";
    constexpr std::string_view low = "cdefCDEF";
    if (is_surrogate(text, at, high) && is_surrogate(text, at + 6, low)) {
        out += text.substr(at, 12);
        return 12;
    }
    if (is_surrogate(text, at, high) || is_surrogate(text, at, low)) {
        out += replacement_escape;
        return 6;
    }
    if (at + 1 == text.size() || byte_at(text, at + 1) >= 0x80) {
        out += text[at];
        return 1;
    }
    out += text.substr(at, 2);
    return 2;
}

}  // namespace

std::string repair_json(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\\') {
            at += repair_escape(out, text, at);
        } else if (const auto length = utf8_length(text.substr(at))) {
            out += text.substr(at, length);
            at += length;
        } else {
            out += replacement_bytes;
            ++at;
        }
    }
    return out;
}

std::string clean_text(std::string_view text, std::size_t bytes_max) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text.substr(at));
        const auto byte = byte_at(text, at);
        auto piece = length == 0 ? replacement_bytes : text.substr(at, length);
        if (byte <= 0x20 || byte == 0x7F) {
            piece = out.empty() || out.back() == ' ' ? std::string_view() : std::string_view(" ");
        }
        if (out.size() + piece.size() > bytes_max) break;
        out += piece;
        at += std::max<std::size_t>(length, 1);
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace sluice::upstream
