#include "upstream/mock/cuts.hpp"

#include <algorithm>

namespace sluice::upstream::mock {
namespace {

/// About as long as the pieces of words in the vocabularies of large models.
constexpr std::size_t word_weight_max = 9;
constexpr std::size_t digits_max = 3;
constexpr std::size_t marks_max = 2;
constexpr std::size_t blanks_max = 16;

/// How far behind a piece an awkward place is looked for: as far as `\ud83d\ude00` is long.
constexpr std::size_t awkward_reach = 12;

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
/// Letters of all scripts, and whatever else is not ASCII.
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) > 0x7fU;
}
bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Characters of three and four bytes are words by themselves more often than letters are.
std::size_t weight(std::size_t bytes) {
    return std::min<std::size_t>(bytes, 3);
}

std::size_t end_of_word(std::string_view text, std::size_t at) {
    for (std::size_t total = 0; at < text.size() && is_letter(text[at]);) {
        const std::size_t end = end_of_character(text, at);
        total += weight(end - at);
        if (total > word_weight_max) break;
        at = end;
    }
    return at;
}

template <class Kind>
std::size_t end_of_run(std::string_view text, std::size_t at, std::size_t max, Kind is_of_kind) {
    const std::size_t limit = std::min(text.size(), at + max);
    while (at < limit && is_of_kind(text[at]))
        ++at;
    return at;
}

/// Blanks but for a last space with a word behind it: that one goes with the word.
std::size_t end_of_blanks(std::string_view text, std::size_t at) {
    const std::size_t end = end_of_run(text, at, blanks_max, is_blank);
    const bool word_follows = end < text.size() && is_letter(text[end]);
    return word_follows && end - at > 1 && text[end - 1] == ' ' ? end - 1 : end;
}

std::size_t end_of_marks(std::string_view text, std::size_t at) {
    return end_of_run(text, at, marks_max, [](char c) {
        return !is_letter(c) && !is_digit(c) && !is_blank(c);
    });
}

/// The backslashes that stand right before `at` are odd in number: what is at `at` is escaped.
bool is_escaped(std::string_view text, std::size_t at) {
    std::size_t slashes = 0;
    while (slashes < at && text[at - 1 - slashes] == '\\')
        ++slashes;
    return slashes % 2 == 1;
}

/// `at` is behind `\u` and one to four of its digits. Behind the fourth only where another escape
/// follows, perhaps the second half of a surrogate pair.
bool is_in_code(std::string_view text, std::size_t at) {
    for (std::size_t back = 1; back <= 5 && back < at; ++back) {
        const char c = text[at - back];
        if (c == 'u' && is_escaped(text, at - back)) return back <= 4 || text[at] == '\\';
        if (!is_hex_digit(c)) return false;
    }
    return false;
}

/// Between two characters that mean something else, or nothing, by themselves. Words of texts count
/// for keywords: they are awkward for none, and telling them apart needs a parser.
bool is_awkward(std::string_view text, std::size_t at) {
    if (is_escaped(text, at) || is_in_code(text, at)) return true;
    const char before = text[at - 1];
    const char after = text[at];
    if (is_digit(before)) return is_digit(after) || after == '.' || after == 'e' || after == 'E';
    if (before == '-' || before == '.') return is_digit(after);
    const std::string_view keyword = text.substr(at - 1, 2);
    return keyword == "ru" || keyword == "al" || keyword == "ul";
}

}  // namespace

std::size_t end_of_character(std::string_view text, std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < text.size() && continues_character(text[end]))
        ++end;
    return end;
}

std::string_view whole_characters(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while (end > 0 && continues_character(text[end]))
        --end;
    return text.substr(0, end);
}

std::size_t cut_piece(std::string_view text, std::size_t begin, dice& dice) {
    std::size_t end = std::min(begin + 1 + dice.below(7), text.size());
    while (end < text.size() && continues_character(text[end]))
        ++end;
    return end;
}

std::size_t cut_word(std::string_view text, std::size_t begin) {
    std::size_t at = begin;
    if (text[at] == ' ' && at + 1 < text.size() && !is_blank(text[at + 1])) ++at;
    const char c = text[at];
    if (is_letter(c)) {
        // A character that is heavier than all that a word may weigh cannot be: it is a token.
        return std::max(end_of_word(text, at), end_of_character(text, at));
    }
    if (is_digit(c)) return end_of_run(text, at, digits_max, is_digit);
    if (is_blank(c)) return end_of_blanks(text, at);
    return end_of_marks(text, at);
}

std::size_t cut_awkwardly(std::string_view text, std::size_t begin, dice& dice) {
    const std::size_t usual = cut_piece(text, begin, dice);
    if (dice.below(4) == 0) return usual;
    const std::size_t limit = std::min(begin + awkward_reach, text.size());
    std::size_t chosen = usual;
    std::uint64_t seen = 0;
    for (std::size_t at = begin + 1; at < limit; ++at) {
        if (continues_character(text[at]) || !is_awkward(text, at)) continue;
        if (dice.below(++seen) == 0) chosen = at;  // each of them is as likely in the end
    }
    return chosen;
}

}  // namespace sluice::upstream::mock
