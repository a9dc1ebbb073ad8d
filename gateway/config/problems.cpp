#include "gateway/config/problems.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

// More than anybody reads at once; a hostile file must not fill the terminal or the memory.
constexpr std::size_t problems_max = 100;
constexpr std::size_t quoted_bytes_max = 64;

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

bool problems::full() const {
    return found_.size() == problems_max;
}

void problems::add(position at, std::string message) {
    if (full()) {
        ++left_out_;
        return;
    }
    found_.push_back({at, std::move(message)});
}

std::vector<std::string> problems::messages() const {
    std::vector<problem> sorted = found_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const problem& a, const problem& b) {
        return a.at < b.at;
    });
    std::vector<std::string> messages;
    for (const problem& one : sorted) {
        messages.push_back(
            file_ + ":" + std::to_string(one.at.line) + ":" + std::to_string(one.at.column) + ": " +
            one.message
        );
    }
    if (left_out_ != 0) {
        messages.push_back(file_ + ": and " + std::to_string(left_out_) + " more errors");
    }
    return messages;
}

std::string in_quotes(std::string_view text) {
    std::size_t end = std::min(text.size(), quoted_bytes_max);
    while (end < text.size() && end > 0 && is_continuation(text[end]))
        --end;
    std::string out = "'";
    for (const char byte : text.substr(0, end)) {
        const auto code = static_cast<unsigned char>(byte);
        out += code < 0x20 || code == 0x7F ? '?' : byte;
    }
    if (end < text.size()) out += "...";
    return out + "'";
}

}  // namespace sluice::gateway
