#include "upstream/providers/thinking_tags.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

constexpr std::string_view think = "<think>";
constexpr std::string_view think_end = "</think>";
constexpr std::string_view response = "<response>";
constexpr std::string_view response_end = "</response>";
constexpr std::string_view white_space = " \t\r\n";

void put(bool thought, std::string_view text, std::vector<thinking_tags::piece>& out) {
    if (!text.empty()) out.push_back({thought, text});
}

std::size_t leading_spaces(std::string_view text) {
    return std::min(text.find_first_not_of(white_space), text.size());
}

/// Where the tag stands, or where it may begin with the last bytes; the end where it does not.
std::size_t find_beginning(std::string_view text, std::string_view tag) {
    const auto whole = text.find(tag);
    if (whole != std::string_view::npos) return whole;
    const auto longest = std::min(text.size(), tag.size() - 1);
    for (auto length = longest; length > 0; --length) {
        if (tag.starts_with(text.substr(text.size() - length))) return text.size() - length;
    }
    return text.size();
}

}  // namespace

void thinking_tags::feed(std::string_view text, std::vector<piece>& out) {
    if (!held_.empty()) {
        joined_ = std::exchange(held_, {});
        joined_ += text;
        text = joined_;
    }
    waits_ = false;
    while (!text.empty() && !waits_)
        text = step(text, out);
    held_ = text;
}

/// Reads up to the next change of place; returns the rest.
std::string_view thinking_tags::step(std::string_view text, std::vector<piece>& out) {
    switch (at_) {
        case place::opening:
            return step_to_tag(text, think, place::thought, out);
        case place::thought:
            return step_in_thought(text, out);
        case place::between:
            return step_to_tag(text, response, place::response, out);
        case place::response:
            return step_in_response(text, out);
        case place::plain:
            break;
    }
    put(false, text, out);
    return {};
}

/// A tag that stands here or nowhere. White space before it is part of the markup.
std::string_view thinking_tags::step_to_tag(
    std::string_view text, std::string_view tag, place found, std::vector<piece>& out
) {
    const auto spaces = leading_spaces(text);
    const auto rest = text.substr(spaces);
    if (spaces <= spaces_max && rest.starts_with(tag)) {
        at_ = found;
        return rest.substr(tag.size());
    }
    waits_ = spaces <= spaces_max && tag.starts_with(rest);
    if (waits_) return text;
    at_ = place::plain;
    put(false, text, out);
    return {};
}

std::string_view thinking_tags::step_in_thought(std::string_view text, std::vector<piece>& out) {
    const auto begin = find_beginning(text, think_end);
    put(true, text.substr(0, begin), out);
    text.remove_prefix(begin);
    waits_ = text.size() < think_end.size();
    if (waits_) return text;
    at_ = place::between;
    return text.substr(think_end.size());
}

/// The closing tag is one only if nothing comes behind it.
std::string_view thinking_tags::step_in_response(std::string_view text, std::vector<piece>& out) {
    const auto begin = find_beginning(text, response_end);
    put(false, text.substr(0, begin), out);
    text.remove_prefix(begin);
    if (text.size() < response_end.size()) {
        waits_ = true;
        return text;
    }
    const auto behind = text.substr(response_end.size());
    waits_ = leading_spaces(behind) == behind.size() && behind.size() <= spaces_max;
    if (waits_) return text;
    put(false, response_end, out);
    return behind;
}

void thinking_tags::end(std::vector<piece>& out) {
    joined_ = std::exchange(held_, {});
    const std::string_view text = joined_;
    const bool closed = at_ == place::response && text.starts_with(response_end);
    const bool separates = at_ == place::between && leading_spaces(text) == text.size();
    if (!closed && !separates) put(at_ == place::thought, text, out);
    at_ = place::plain;
}

}  // namespace sluice::upstream
