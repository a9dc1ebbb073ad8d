#include "upstream/providers/quoted_json.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

constexpr unsigned replacement = 0xFFFD;

void put_utf8(unsigned code, std::string& out) {
    const auto byte = [&](unsigned bits) { out += static_cast<char>(bits); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xC0U | (code >> 6U));
    } else if (code < 0x10000) {
        byte(0xE0U | (code >> 12U));
        byte(0x80U | ((code >> 6U) & 0x3FU));
    } else {
        byte(0xF0U | (code >> 18U));
        byte(0x80U | ((code >> 12U) & 0x3FU));
        byte(0x80U | ((code >> 6U) & 0x3FU));
    }
    byte(0x80U | (code & 0x3FU));
}

/// 16 or more: no hex digit.
unsigned hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

bool is_high(unsigned unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(unsigned unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

void quoted_json::feed(std::string_view text, std::string& out) {
    if (at_ == place::plain) {
        out += text;
        return;
    }
    for (const char c : text)
        feed(c, out);
}

void quoted_json::feed(char c, std::string& out) {
    switch (at_) {
        case place::start:
            if (c == '"') {
                at_ = place::quoted;
                return;
            }
            if (!is_space(c)) at_ = place::plain;
            break;
        case place::escape:
            return read_escape(c, out);
        case place::code:
            return read_code(c, out);
        case place::quoted:
            if (c == '\\') {
                at_ = place::escape;
                return;
            }
            if (std::exchange(surrogate_, 0) != 0) put_utf8(replacement, out);
            if (c == '"') {
                at_ = place::plain;
                return;
            }
            break;
        case place::plain:
            break;
    }
    out += c;
}

void quoted_json::read_escape(char c, std::string& out) {
    constexpr std::string_view names = "bfnrt";
    constexpr std::string_view meanings = "\b\f\n\r\t";
    if (c == 'u') {
        at_ = place::code;
        unit_ = 0;
        digits_ = 0;
        return;
    }
    at_ = place::quoted;
    if (std::exchange(surrogate_, 0) != 0) put_utf8(replacement, out);
    const auto which = names.find(c);
    out += which == std::string_view::npos ? c : meanings[which];
}

void quoted_json::read_code(char c, std::string& out) {
    const auto value = hex_value(c);
    if (value >= 16) {
        // Not an escape after all; whoever parses the text will say so.
        at_ = place::quoted;
        put_utf8(replacement, out);
        surrogate_ = 0;
        return feed(c, out);
    }
    unit_ = unit_ * 16 + value;
    if (++digits_ < 4) return;
    at_ = place::quoted;
    put_unit(unit_, out);
}

void quoted_json::put_unit(unsigned unit, std::string& out) {
    const auto first = std::exchange(surrogate_, 0);
    if (first != 0 && is_low(unit)) {
        return put_utf8(0x10000 + ((first - 0xD800) << 10U) + (unit - 0xDC00), out);
    }
    if (first != 0) put_utf8(replacement, out);
    if (is_high(unit)) {
        surrogate_ = unit;
    } else {
        put_utf8(is_low(unit) ? replacement : unit, out);
    }
}

}  // namespace sluice::upstream
