// What a continuation repeats of the text before it: however it is cut, the same is left of it, and
// that is its end. What is taken off stands at the end of the text before and is more than chance;
// where all is ASCII, nothing longer could have been taken off.
//
// Input: one byte, odd: the model was given the text as the beginning of its answer; one byte that
// says where, in parts of 256, the text ends and the continuation begins; one byte: the length of
// the pieces; the two texts.

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"
#include "upstream/routing/overlap_filter.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::upstream::is_utf8;
using sluice::upstream::overlap_filter;

std::string left_of(
    std::string_view before, bool prefilled, const std::vector<std::string_view>& pieces
) {
    overlap_filter filter(before, prefilled);
    std::string out;
    for (const auto piece : pieces)
        out += filter.feed(piece);
    out += filter.finish();
    FUZZ_CHECK(filter.decided());
    return out;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_more_than_chance(std::string_view text) {
    return text.size() >= 8 && std::set<char>(text.begin(), text.end()).size() >= 4;
}

/// The rule as it is written down, for ASCII.
bool is_repetition(std::string_view before, std::string_view text, bool prefilled) {
    if (!before.ends_with(text) || !is_more_than_chance(text)) return false;
    if (std::ranges::none_of(text, is_letter)) return false;
    if (text.size() == before.size()) return text.size() <= overlap_filter::restart_bytes_max;
    if (prefilled || text.size() > overlap_filter::overlap_bytes_max) return false;
    const char last = before[before.size() - text.size() - 1];
    return !is_letter(last) || !is_letter(text.front());
}

void check_taken(std::string_view before, std::string_view taken, bool prefilled) {
    if (taken.empty()) return;
    const auto blanks = before.substr(before.find_last_not_of(" \t\n\v\f\r") + 1);
    if (prefilled && blanks.starts_with(taken)) return;
    FUZZ_CHECK(before.ends_with(taken));
    FUZZ_CHECK(is_more_than_chance(taken));
    if (is_utf8(before)) FUZZ_CHECK(is_utf8(taken));
}

void check_longest(
    std::string_view before, std::string_view next, std::size_t taken, bool prefilled
) {
    for (std::size_t size = std::min(before.size(), next.size()); size > taken; --size)
        FUZZ_CHECK(!is_repetition(before, next.substr(0, size), prefilled));
    if (!prefilled && taken > 0)
        FUZZ_CHECK(is_repetition(before, next.substr(0, taken), prefilled));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const bool prefilled = data[0] % 2 == 1;
    const auto texts = input.substr(3);
    const auto before = texts.substr(0, texts.size() * data[1] / 256);
    const auto next = texts.substr(before.size());
    const auto left = left_of(before, prefilled, {next});
    FUZZ_CHECK(left == left_of(before, prefilled, cut(next, {})));
    FUZZ_CHECK(left == left_of(before, prefilled, cut(next, input.substr(2, 1))));
    FUZZ_CHECK(next.ends_with(left));
    const auto taken = next.size() - left.size();
    check_taken(before, next.substr(0, taken), prefilled);
    if (is_ascii(before)) check_longest(before, next, taken, prefilled);
    return 0;
}
