#include "gateway/load/stamp.hpp"

#include <charconv>

namespace sluice::gateway::load {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes a number off the front of `text`.
template <typename Number>
bool take_number(std::string_view& text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

}  // namespace

std::optional<std::string_view> content_of(std::string_view data) {
    constexpr std::string_view name = "\"content\":";
    const std::size_t at = data.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    data.remove_prefix(at + name.size());
    while (data.starts_with(' '))
        data.remove_prefix(1);
    if (!data.starts_with('"')) return std::nullopt;
    data.remove_prefix(1);
    std::size_t end = data.find_first_of("\"\\");
    while (end != std::string_view::npos && data[end] == '\\')
        end = data.find_first_of("\"\\", end + 2);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    return data.substr(0, end);
}

std::optional<stamp> next_stamp(std::string_view& text) {
    while (!text.empty()) {
        stamp found;
        std::string_view rest = text;
        const bool whole = is_digit(rest.front()) && take_number(rest, found.sequence) &&
                           rest.starts_with('@') && (rest.remove_prefix(1), !rest.empty()) &&
                           is_digit(rest.front()) && take_number(rest, found.sent_ns);
        if (whole) {
            text = rest;
            return found;
        }
        const std::size_t word = text.find(' ');
        text.remove_prefix(word == std::string_view::npos ? text.size() : word + 1);
    }
    return std::nullopt;
}

void stamp_check::see(std::uint64_t sequence) {
    if (sequence >= tokens_) {
        ++foreign_;
    } else if (sequence >= next_) {
        for (; next_ < sequence; ++next_)
            missing_.insert(missing_.end(), next_);
        ++next_;
    } else if (missing_.erase(sequence) > 0) {
        ++disordered_;
    } else {
        ++doubled_;
    }
}

}  // namespace sluice::gateway::load
