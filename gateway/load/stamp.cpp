#include "gateway/load/stamp.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::gateway::load {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes a number off the front of `text`.
template <typename Number>
bool take_number(std::string_view& text, Number& value) {
    if (text.empty() || !is_digit(text.front())) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::optional<stamp> read_stamp(std::string_view text) {
    stamp found;
    std::string_view rest = text;
    const bool whole = take_number(rest, found.sequence) && take(rest, '@') &&
                       take_number(rest, found.sent_ns) && take(rest, ' ');
    if (!whole) return std::nullopt;
    found.size = text.size() - rest.size();
    return found;
}

bool may_become_stamp(std::string_view text) {
    if (text.empty() || text.size() >= stamp_bytes_max || !is_digit(text.front())) return false;
    const std::size_t at = std::min(text.find('@'), text.size());
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), is_digit) &&
           (at == text.size() ||
            std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), is_digit));
}

void sequence_check::see(std::uint64_t sequence) {
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
