#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

namespace sluice::upstream {

/// What a json_scanner does with string values that nobody asks for: nothing.
struct json_unnoted {
    void operator()(std::string_view) const {}
};

/// Reads JSON from front to back without building a tree. Each function says false where the text
/// is not what it reads, or not beyond doubt (numbers with an exponent or many digits, deep
/// nesting); nothing can be read after that, and a parser has to judge. What is taken is valid by
/// RFC 8259, where the text is UTF-8 (see is_utf8). Views point into the text; escapes stay as they
/// came.
///
/// `Noted` is called with each string value that is skipped.
template <class Noted = json_unnoted>
class json_scanner {
 public:
    json_scanner(std::string_view text, std::size_t depth_max, Noted noted = {})
        : at_(text.data()), end_(text.data() + text.size()), depth_max_(depth_max), noted_(noted) {}

    bool at_end() {
        skip_space();
        return at_ == end_;
    }

    bool take(char wanted) {
        skip_space();
        if (at_ == end_ || *at_ != wanted) return false;
        ++at_;
        return true;
    }

    /// Calls `member(key)` at each value of an object; it has to read the value.
    template <class Member>
    bool object(Member member) {
        if (!take('{')) return false;
        if (take('}')) return true;
        do {
            std::string_view key;
            if (!string(key) || !take(':') || !member(key)) return false;
        } while (take(','));
        return take('}');
    }

    /// Calls `element()` at each element of an array; it has to read the element.
    template <class Element>
    bool array(Element element) {
        if (!take('[')) return false;
        if (take(']')) return true;
        do {
            if (!element()) return false;
        } while (take(','));
        return take(']');
    }

    bool string(std::string_view& raw) { return take('"') && rest_of_string(raw); }

    /// A string from behind its opening quote.
    bool rest_of_string(std::string_view& raw) {
        const char* begin = at_;
        while (skip_plain()) {
            if (*at_ == '"') {
                raw = {begin, static_cast<std::size_t>(at_++ - begin)};
                return true;
            }
            if (*at_ != '\\' || !skip_escape()) return false;
        }
        return false;
    }

    bool number(std::string_view& digits) {
        constexpr std::size_t digits_max = 15;  // more might not fit whatever reads the number
        skip_space();
        const char* begin = at_;
        if (at_ != end_ && *at_ == '-') ++at_;
        const char* first = at_;
        skip_digits();
        if (at_ == first || (*first == '0' && at_ - first > 1)) return false;
        if (at_ != end_ && *at_ == '.') {
            const char* fraction = ++at_;
            skip_digits();
            if (at_ == fraction) return false;
        }
        digits = {begin, static_cast<std::size_t>(at_ - begin)};
        const bool exponent = at_ != end_ && (*at_ == 'e' || *at_ == 'E');
        return !exponent && digits.size() <= digits_max;
    }

    bool null() { return literal("null"); }

    bool boolean(bool& value) {
        value = peek() == 't';
        return literal(value ? "true" : "false");
    }

    /// Behind what was read last, or at what `peek` has seen.
    const char* position() const { return at_; }

    /// The first character of what comes next; NUL at the end.
    char peek() {
        skip_space();
        return at_ == end_ ? '\0' : *at_;
    }

    /// Any value. `depth`: how many objects and arrays it stands in.
    bool skip_value(std::size_t depth = 0) {
        if (depth > depth_max_) return false;
        std::string_view ignored;
        switch (peek()) {
            case '"':
                if (!string(ignored)) return false;
                noted_(ignored);
                return true;
            case '{':
                return object([&](std::string_view) { return skip_value(depth + 1); });
            case '[':
                return array([&] { return skip_value(depth + 1); });
            case 'n':
                return null();
            case 't':
                return literal("true");
            case 'f':
                return literal("false");
            default:
                return number(ignored);
        }
    }

 private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    /// A bit in each byte of `word` that ends or interrupts a JSON string: a quote, a backslash, a
    /// control character. Bits above the lowest may be wrong.
    static std::uint64_t string_breaks(std::uint64_t word) {
        constexpr std::uint64_t ones = 0x0101010101010101;
        constexpr std::uint64_t highs = 0x8080808080808080;
        const auto quote = word ^ (ones * '"');
        const auto escape = word ^ (ones * '\\');
        return (((quote - ones) & ~quote) | ((escape - ones) & ~escape) |
                ((word - ones * 0x20) & ~word)) &
               highs;
    }

    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
            ++at_;
    }
    void skip_digits() {
        while (at_ != end_ && is_digit(*at_))
            ++at_;
    }

    /// To the next byte that is not plain text of a string. False: there is none.
    bool skip_plain() {
        std::uint64_t word = 0;
        while (end_ - at_ >= 8) {
            std::memcpy(&word, at_, 8);
            if (string_breaks(word) != 0) break;
            at_ += 8;
        }
        while (at_ != end_ && *at_ != '"' && *at_ != '\\' &&
               static_cast<unsigned char>(*at_) >= 0x20)
            ++at_;
        return at_ != end_;
    }

    bool skip_escape() {
        if (end_ - at_ < 2) return false;
        const char kind = at_[1];
        if (kind == 'u') return skip_unicode();
        at_ += 2;
        return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
    }

    /// A `\uXXXX`, or the two of a pair: a surrogate that stands alone is no character.
    bool skip_unicode() {
        unsigned first = 0;
        if (!unicode(first)) return false;
        if (first < 0xD800 || first > 0xDFFF) return true;
        unsigned second = 0;
        return first < 0xDC00 && unicode(second) && second >= 0xDC00 && second <= 0xDFFF;
    }

    bool unicode(unsigned& code) {
        if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
        const auto read = std::from_chars(at_ + 2, at_ + 6, code, 16);
        if (read.ec != std::errc{} || read.ptr != at_ + 6) return false;
        at_ += 6;
        return true;
    }

    bool literal(std::string_view word) {
        skip_space();
        if (static_cast<std::size_t>(end_ - at_) < word.size()) return false;
        if (std::memcmp(at_, word.data(), word.size()) != 0) return false;
        at_ += word.size();
        return true;
    }

    const char* at_;
    const char* end_;
    std::size_t depth_max_;
    Noted noted_;
};

}  // namespace sluice::upstream
