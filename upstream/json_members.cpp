#include "upstream/json_members.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

namespace sluice::upstream {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_open(char c) {
    return c == '{' || c == '[';
}
bool is_close(char c) {
    return c == '}' || c == ']';
}

/// One behind the closing quote of the string whose opening quote stands at `at`; npos: none.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// The number of a `\uXXXX` escape that begins at `at`, if one does.
std::optional<std::uint32_t> unicode_escape(std::string_view raw, std::size_t at) {
    if (at + 6 > raw.size() || raw[at] != '\\' || raw[at + 1] != 'u') return {};
    std::uint32_t code = 0;
    for (const char c : raw.substr(at + 2, 4)) {
        code <<= 4;
        if (c >= '0' && c <= '9') {
            code += static_cast<std::uint32_t>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            code += static_cast<std::uint32_t>(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            code += static_cast<std::uint32_t>(c - 'A' + 10);
        } else {
            return {};
        }
    }
    return code;
}

constexpr std::uint32_t replacement = 0xFFFD;
bool is_high(std::uint32_t code) {
    return code >= 0xD800 && code < 0xDC00;
}
bool is_low(std::uint32_t code) {
    return code >= 0xDC00 && code < 0xE000;
}

/// Resolves the `\u` escape at `at`, or the two of a pair; returns how many bytes it took.
std::size_t append_unicode(std::string& out, std::string_view raw, std::size_t at) {
    const auto code = unicode_escape(raw, at);
    if (!code) {
        out += raw[at];
        return 1;
    }
    if (is_high(*code)) {
        const auto low = unicode_escape(raw, at + 6);
        if (low && is_low(*low)) {
            append_utf8(out, 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00));
            return 12;
        }
    }
    append_utf8(out, is_high(*code) || is_low(*code) ? replacement : *code);
    return 6;
}

char simple_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

}  // namespace

json_walker::json_walker(std::string_view container_text) : text_(container_text) {
    skip_space();
    if (at_ >= text_.size() || !is_open(text_[at_])) {
        fail();
        return;
    }
    close_ = text_[at_] == '{' ? '}' : ']';
    ++at_;
}

bool json_walker::fail() {
    failed_ = true;
    ended_ = true;
    return false;
}

void json_walker::skip_space() {
    while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
}

/// Whether the container ends here. Also true, and failed, where more is there than should be.
bool json_walker::at_end() {
    skip_space();
    if (at_ >= text_.size()) return !fail();
    if (text_[at_] != close_) return false;
    ++at_;
    skip_space();
    if (at_ < text_.size()) fail();
    ended_ = true;
    return true;
}

bool json_walker::next() {
    if (ended_ || at_end()) return false;
    if (!first_) {
        if (text_[at_] != ',') return fail();
        ++at_;
        skip_space();
    }
    first_ = false;
    if (close_ == '}' && !read_key()) return fail();
    skip_space();
    begin_ = at_;
    if (!skip_value()) return fail();
    end_ = at_;
    return true;
}

bool json_walker::read_key() {
    const auto start = at_;
    if (at_ >= text_.size() || text_[at_] != '"' || !skip_string()) return false;
    key_ = text_.substr(start + 1, at_ - start - 2);
    skip_space();
    if (at_ >= text_.size() || text_[at_] != ':') return false;
    ++at_;
    return true;
}

bool json_walker::skip_string() {
    at_ = string_end(text_, at_);
    return at_ != std::string_view::npos;
}

bool json_walker::skip_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '"') {
            if (!skip_string()) return false;
            continue;
        }
        ++at_;
        if (is_open(c)) ++depth;
        if (is_close(c) && --depth == 0) return true;
    }
    return false;
}

bool json_walker::skip_value() {
    if (at_ >= text_.size()) return false;
    if (text_[at_] == '"') return skip_string();
    if (is_open(text_[at_])) return skip_nested();
    const auto start = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',' && text_[at_] != ':' &&
           text_[at_] != '"' && !is_open(text_[at_]) && !is_close(text_[at_])) {
        ++at_;
    }
    return at_ > start;
}

bool json_walker::key_is(std::string_view key) const {
    if (key_.find('\\') == std::string_view::npos) return key_ == key;
    return unescape_json(key_) == key;
}

std::optional<std::vector<json_member>> top_level_members(std::string_view object_text) {
    const auto open = object_text.find_first_not_of(" \t\r\n");
    if (open == std::string_view::npos || object_text[open] != '{') return {};
    std::vector<json_member> members;
    members.reserve(8);
    json_walker walker(object_text);
    while (walker.next()) {
        members.push_back({unescape_json(walker.raw_key()), walker.begin(), walker.end()});
    }
    if (walker.failed()) return {};
    return members;
}

std::string unescape_json(std::string_view raw) {
    if (raw.find('\\') == std::string_view::npos) return std::string(raw);
    std::string out;
    out.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size();) {
        if (raw[at] != '\\' || at + 1 == raw.size()) {
            out += raw[at++];
        } else if (raw[at + 1] == 'u') {
            at += append_unicode(out, raw, at);
        } else {
            out += simple_escape(raw[at + 1]);
            at += 2;
        }
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    using nlohmann::json;
    const bool plain = std::ranges::all_of(text, [](char c) {
        return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
    });
    if (plain)
        out.append(1, '"').append(text).append(1, '"');
    else
        out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

bool nested_deeper_than(std::string_view json_text, std::size_t depth_max) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < json_text.size();) {
        const char c = json_text[at];
        if (c == '"') {
            at = string_end(json_text, at);
            if (at == std::string_view::npos) return false;
            continue;
        }
        if (is_open(c) && ++depth > depth_max) return true;
        if (is_close(c) && depth > 0) --depth;
        ++at;
    }
    return false;
}

bool holds_more_values(std::string_view json_text, std::size_t values_max) {
    std::size_t values = 0;
    for (std::size_t at = 0; at < json_text.size();) {
        const char c = json_text[at];
        if (c == '"') {
            at = string_end(json_text, at);
            if (at == std::string_view::npos) return false;
            continue;
        }
        if ((is_open(c) || c == ',') && ++values > values_max) return true;
        ++at;
    }
    return false;
}

}  // namespace sluice::upstream
