#include "upstream/routing/overlap_filter.hpp"

#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <bitset>

namespace sluice::upstream {

namespace {

/// Shorter ones, and those of fewer different bytes, come about by chance: rows of blanks or
/// dashes.
constexpr std::size_t repetition_bytes_min = 8;
constexpr std::size_t different_bytes_min = 4;

/// As long as a character of UTF-8 can be: what stands before the tail tells whether a word goes
/// on.
constexpr std::size_t character_bytes_max = 4;

enum class character {
    mark,    ///< no part of a word
    letter,  ///< words are made of several, digits included
    word,    ///< one by itself
};

struct range {
    char32_t first;
    char32_t last;
    character kind;
};

/// Beyond ASCII, whatever is not here is a letter. In order.
constexpr std::array<range, 27> ranges{{
    {0x80, 0xa9, character::mark},       {0xab, 0xb4, character::mark},
    {0xb6, 0xb9, character::mark},       {0xbb, 0xbf, character::mark},
    {0xd7, 0xd7, character::mark},       {0xf7, 0xf7, character::mark},
    {0xe00, 0xeff, character::word},    // Thai, Lao
    {0x1000, 0x109f, character::word},  // Burmese
    {0x1780, 0x17ff, character::word},  // Khmer
    {0x2000, 0x206f, character::mark},  // dashes, quotes
    {0x20a0, 0x20cf, character::mark},  // currencies
    {0x2190, 0x2bff, character::mark},  // arrows, mathematics, boxes, pictures
    {0x2e00, 0x2e7f, character::mark},  // more punctuation
    {0x2e80, 0x2fff, character::word},  // radicals
    {0x3000, 0x3004, character::mark},   {0x3005, 0x3007, character::word},
    {0x3008, 0x3020, character::mark},  // brackets of East Asia
    {0x3021, 0x312f, character::word},  // kana, bopomofo
    {0x3190, 0xa4cf, character::word},  // ideographs
    {0xe000, 0xf8ff, character::mark},  // private
    {0xf900, 0xfaff, character::word},  // more ideographs
    {0xfe10, 0xfe6f, character::mark},  // forms of punctuation
    {0xff00, 0xff0f, character::mark},  // wide punctuation
    {0xff1a, 0xff20, character::mark},   {0xff3b, 0xff40, character::mark},
    {0x1f000, 0x1faff, character::mark},  // pictures
    {0x20000, 0x3ffff, character::word},  // rare ideographs
}};

char32_t decode(std::string_view bytes) {
    const auto byte = [&](std::size_t at) {
        return static_cast<char32_t>(static_cast<unsigned char>(bytes[at]));
    };
    constexpr std::array<char32_t, 5> of_first{0, 0x7f, 0x1f, 0x0f, 0x07};
    char32_t out = byte(0) & of_first[bytes.size()];
    for (std::size_t at = 1; at < bytes.size(); ++at)
        out = out << 6U | (byte(at) & 0x3fU);
    return out;
}

/// Of the character that `text` begins with. What is no UTF-8 counts as letters: nothing begins
/// there.
character kind_of_first(std::string_view text) {
    const std::size_t size = utf8_length(text);
    if (size == 0) return character::letter;
    const char32_t code = decode(text.substr(0, size));
    if (code < 0x80) {
        const bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
                            (code >= '0' && code <= '9');
        return letter ? character::letter : character::mark;
    }
    const auto* const found =
        std::ranges::lower_bound(ranges, code, std::ranges::less{}, &range::last);
    return found != ranges.end() && found->first <= code ? found->kind : character::letter;
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// Where the character begins whose last byte is in front of `end`, which is not 0.
std::size_t begin_of_last(std::string_view text, std::size_t end) {
    std::size_t begin = end - 1;
    while (begin > 0 && end - begin < character_bytes_max && continues_character(text[begin]))
        --begin;
    return begin;
}

/// Not within a word, nor within a character.
bool is_border(std::string_view text, std::size_t at) {
    if (continues_character(text[at])) return false;
    const auto before = kind_of_first(text.substr(begin_of_last(text, at)));
    return before != character::letter || kind_of_first(text.substr(at)) != character::letter;
}

bool ends_whole(std::string_view text) {
    if (text.empty()) return false;
    const std::size_t begin = begin_of_last(text, text.size());
    return utf8_length(text.substr(begin)) == text.size() - begin;
}

/// Behind the last place whose rest of the text is too much for chance; 0: there is none.
std::size_t end_of_begins(std::string_view text) {
    if (!ends_whole(text)) return 0;
    std::bitset<256> seen;
    bool letter = false;
    for (std::size_t at = text.size(); at-- > 0;) {
        seen.set(static_cast<unsigned char>(text[at]));
        letter = letter || (!continues_character(text[at]) &&
                            kind_of_first(text.substr(at)) != character::mark);
        const bool enough = text.size() - at >= repetition_bytes_min;
        if (enough && letter && seen.count() >= different_bytes_min) return at + 1;
    }
    return 0;
}

}  // namespace

overlap_filter::overlap_filter(std::string_view before, bool prefilled)
    : whole_(before.size() <= restart_bytes_max) {
    constexpr std::size_t tail_max = overlap_bytes_max + character_bytes_max;
    if (!whole_) before.remove_prefix(before.size() - tail_max);
    before_ = before;
    tail_begin_ = before.size() - std::min(before.size(), overlap_bytes_max);
    begins_end_ = end_of_begins(before_);
    blanks_at_ = before_.size();
    if (!prefilled) return;
    begins_end_ = std::min<std::size_t>(begins_end_, 1);
    blanks_at_ = before_.find_last_not_of(" \t\n\v\f\r") + 1;
}

bool overlap_filter::may_begin_at(std::size_t place) const {
    if (place == 0) return whole_;
    return place >= tail_begin_ && is_border(before_, place);
}

std::string_view overlap_filter::feed(std::string_view text) {
    if (decided_) return text;
    if (searched_) return without_blanks(text);
    held_ += text;
    if (!search(false)) return {};
    return without_blanks(std::string_view(held_).substr(matched_));
}

std::string_view overlap_filter::finish() {
    std::string_view rest;
    if (!searched_) {
        search(true);
        rest = without_blanks(std::string_view(held_).substr(matched_));
    }
    decided_ = true;
    return rest;
}

/// Looks for the longest end of the text before with which the continuation begins: as Knuth,
/// Morris and Pratt look for a pattern, but for one that is still growing. True: `matched_` is its
/// size.
bool overlap_filter::search(bool ended) {
    while (at_ < before_.size()) {
        const std::size_t begin = at_ - matched_;
        if (begin >= begins_end_) {
            matched_ = 0;
            break;
        }
        const bool more = matched_ < held_.size();
        if (!may_begin_at(begin)) {
            try_next();
        } else if (!more && !ended) {
            return false;
        } else if (more && before_[at_] == held_[matched_]) {
            ++at_;
            ++matched_;
        } else {
            try_next();
        }
    }
    searched_ = true;
    return true;
}

/// From what begins at one place to what begins at the next that has not been ruled out.
void overlap_filter::try_next() {
    if (matched_ > 0)
        matched_ = overlap_of(matched_);
    else
        at_ = std::max(at_ + 1, tail_begin_);
}

/// How much of the continuation's first `size` bytes, but not all, is their beginning and their end
/// as well. `size` is not 0.
std::size_t overlap_filter::overlap_of(std::size_t size) {
    if (overlaps_.empty()) overlaps_.assign(2, 0);
    while (overlaps_.size() <= size) {
        const char next = held_[overlaps_.size() - 1];
        std::size_t overlap = overlaps_.back();
        while (overlap > 0 && held_[overlap] != next)
            overlap = overlaps_[overlap];
        if (held_[overlap] == next) ++overlap;
        overlaps_.push_back(static_cast<std::uint32_t>(overlap));
    }
    return overlaps_[size];
}

/// Blanks that a model was not given stand in the text before already.
std::string_view overlap_filter::without_blanks(std::string_view text) {
    if (matched_ > 0) blanks_at_ = before_.size();
    while (blanks_at_ < before_.size() && !text.empty() && before_[blanks_at_] == text.front()) {
        ++blanks_at_;
        text.remove_prefix(1);
    }
    decided_ = blanks_at_ == before_.size() || !text.empty();
    return text;
}

}  // namespace sluice::upstream
