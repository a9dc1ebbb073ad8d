#include "gateway/load/report/live_row.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace sluice::gateway::load {

namespace {

constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> ascii_blocks{".", ":", "-", "=", "+", "*", "#", "@"};

std::string_view code_of(ink how) {
    switch (how) {
        case ink::plain:
            return "";
        case ink::quiet:
            return "\x1b[2m";
        case ink::strong:
            return "\x1b[1m";
        case ink::good:
            return "\x1b[32m";
        case ink::warning:
            return "\x1b[33m";
        case ink::bad:
            return "\x1b[1;31m";
        case ink::chart:
            return "\x1b[36m";
    }
    return "";
}

std::size_t level_of(double value, double most) {
    const double share = most > 0 ? std::clamp(value / most, 0.0, 1.0) : 0;
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(blocks.size() - 1)));
}

}  // namespace

live_row& live_row::put(std::string_view text, ink how) {
    const std::string_view fitting = text.substr(0, left());
    if (fitting.empty()) return *this;
    open(how);
    for (const char c : fitting)
        text_ += c >= ' ' && c <= '~' ? c : '?';
    used_ += fitting.size();
    close(how);
    return *this;
}

live_row& live_row::put_right(std::string_view text, std::size_t width, ink how) {
    return to(used_ + width - std::min(width, text.size())).put(text, how);
}

live_row& live_row::to(std::size_t column) {
    const std::size_t end = std::min(column, columns_);
    if (end > used_) put(std::string(end - used_, ' '));
    return *this;
}

live_row& live_row::bar(double share, std::size_t width) {
    const double full = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
    const auto filled = std::min(static_cast<std::size_t>(std::lround(full)), width);
    const std::vector<std::string_view> done(filled, style_.utf8 ? "█" : "#");
    const std::vector<std::string_view> open(width - filled, style_.utf8 ? "░" : ".");
    put_signs(done, ink::chart);
    put_signs(open, ink::quiet);
    return *this;
}

live_row& live_row::sparkline(std::span<const double> values, std::size_t width) {
    const auto shown = values.last(std::min({width, left(), values.size()}));
    if (shown.empty()) return *this;
    const double most = *std::max_element(shown.begin(), shown.end());
    std::vector<std::string_view> signs;
    for (const double value : shown) {
        const std::size_t level = level_of(value, most);
        const std::string_view sign = style_.utf8 ? blocks[level] : ascii_blocks[level];
        signs.push_back(value < 0 ? " " : sign);
    }
    put_signs(signs, ink::chart);
    return *this;
}

void live_row::put_signs(std::span<const std::string_view> signs, ink how) {
    const auto fitting = signs.first(std::min(signs.size(), left()));
    if (fitting.empty()) return;
    open(how);
    for (const std::string_view sign : fitting)
        text_ += sign;
    used_ += fitting.size();
    close(how);
}

void live_row::open(ink how) {
    if (style_.colour) text_ += code_of(how);
}

void live_row::close(ink how) {
    if (style_.colour && how != ink::plain) text_ += "\x1b[0m";
}

}  // namespace sluice::gateway::load
