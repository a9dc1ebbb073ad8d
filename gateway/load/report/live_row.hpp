#pragma once

#include "gateway/load/report/live_frame.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// Colours and weights, by meaning.
enum class ink { plain, quiet, strong, good, warning, bad, chart };

/// One line of a screen: knows how wide it is, and takes no more than fits. Pure.
class live_row {
 public:
    live_row(std::size_t columns, terminal_style style) : columns_(columns), style_(style) {}

    /// ASCII; other bytes, which may be foreign and steer the terminal, become '?'.
    live_row& put(std::string_view text, ink how = ink::plain);
    /// The same, at the right of so many columns.
    live_row& put_right(std::string_view text, std::size_t width, ink how = ink::plain);
    /// Blanks up to that column.
    live_row& to(std::size_t column);
    /// A bar that is filled to `share`.
    live_row& bar(double share, std::size_t width);
    /// One sign for each of the last `width` values, as high as it is among them; blank where a
    /// value is below 0.
    live_row& sparkline(std::span<const double> values, std::size_t width);

    std::size_t left() const { return columns_ - used_; }
    const std::string& text() const { return text_; }

 private:
    /// Signs of one column each.
    void put_signs(std::span<const std::string_view> signs, ink how);
    void open(ink how);
    void close(ink how);

    std::size_t columns_;
    terminal_style style_;
    std::string text_;
    std::size_t used_ = 0;
};

}  // namespace sluice::gateway::load
