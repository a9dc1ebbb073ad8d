#include "gateway/dialects/altered_json.hpp"

#include "upstream/json_members.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sluice::gateway {

namespace {

/// Where something stands in a frame.
struct place {
    std::size_t begin = 0;
    std::size_t size = 0;
};

/// The JSON of a frame: no dialect has braces ahead of it or behind it.
place json_of(std::string_view frame) {
    const auto begin = frame.find('{');
    const auto end = frame.rfind('}');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    return {begin, end + 1 - begin};
}

bool is_key(std::string_view frame, std::size_t behind) {
    return frame.substr(behind).starts_with(':');
}

/// Bytes of what the text begins with: an escape, or a character.
std::size_t unit_bytes(std::string_view text) {
    if (text.starts_with("\\u")) return std::min<std::size_t>(6, text.size());
    if (text.starts_with('\\')) return std::min<std::size_t>(2, text.size());
    return std::max<std::size_t>(1, upstream::utf8_length(text));
}

/// The strings of the frame's JSON that are no keys, without their quotes.
std::vector<place> values_of(std::string_view frame) {
    std::vector<place> values;
    const auto json = json_of(frame);
    const auto end = json.begin + json.size;
    for (auto at = json.begin; at < end; ++at) {
        if (frame[at] != '"') continue;
        const auto begin = ++at;
        while (at < end && frame[at] != '"')
            at += unit_bytes(frame.substr(at));
        if (at < end && !is_key(frame, at + 1)) values.push_back({begin, at - begin});
    }
    return values;
}

/// What the words are once they were written and read.
std::string as_read(std::string_view words) {
    std::string quoted;
    upstream::append_json_string(quoted, words);
    return upstream::unescape_json(std::string_view(quoted).substr(1, quoted.size() - 2));
}

/// The first value that says `words`, whichever escapes it is written with; or the longest.
place value_of(std::string_view frame, std::string_view words) {
    const auto wanted = as_read(words);
    place longest;
    for (const auto& value : values_of(frame)) {
        const auto raw = frame.substr(value.begin, value.size);
        if (!words.empty() && upstream::unescape_json(raw) == wanted) return value;
        if (value.size > longest.size) longest = value;
    }
    return longest;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// How good a character or an escape is to be replaced.
int fitness(std::string_view unit) {
    if (unit.size() == 1 && is_letter(unit.front())) return 4;
    if (unit.size() == 1 && unit.front() >= '0' && unit.front() <= '9') return 3;
    return unit.starts_with('\\') ? 1 : 2;
}

/// The last of the fittest.
place fittest(std::string_view frame, place value) {
    place best;
    int fit = 0;
    const auto end = value.begin + value.size;
    for (auto at = value.begin; at < end;) {
        const auto unit = frame.substr(at, unit_bytes(frame.substr(at, end - at)));
        if (fitness(unit) >= fit) {
            fit = fitness(unit);
            best = {at, unit.size()};
        }
        at += unit.size();
    }
    return best;
}

/// Another character of the same kind, which no JSON string has to escape.
std::string another(std::string_view unit) {
    std::string made(unit);
    auto& last = made.back();
    if (fitness(unit) == 4) {
        last = last == 'z' ? 'a' : last == 'Z' ? 'A' : static_cast<char>(last + 1);
    } else if (fitness(unit) == 3) {
        last = last == '9' ? '0' : static_cast<char>(last + 1);
    } else if (unit.size() > 1 && unit.front() != '\\') {
        last = static_cast<char>(last ^ 1);  // of a character of several bytes: its neighbour
    } else {
        made = "x";
    }
    return made;
}

}  // namespace

std::string without_end_of_json(const std::string& frame) {
    const auto json = json_of(frame);
    auto half = json.begin + json.size / 2;
    while (half > json.begin && (static_cast<unsigned char>(frame[half]) & 0xC0U) == 0x80U)
        --half;
    return frame.substr(0, half) + frame.substr(json.begin + json.size);
}

std::string with_other_character(std::string frame, std::string_view words) {
    const auto unit = fittest(frame, value_of(frame, words));
    if (unit.size == 0) return frame;
    const auto made = another(std::string_view(frame).substr(unit.begin, unit.size));
    return frame.replace(unit.begin, unit.size, made);
}

}  // namespace sluice::gateway
