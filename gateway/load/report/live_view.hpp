#pragma once

#include "gateway/load/report/live_frame.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <termios.h>

namespace sluice::gateway::load {

/// Looks a variable of the environment up, as std::getenv does.
using environment = std::function<const char*(const char*)>;

/// NO_COLOR and the locale decide. Nothing: the terminal cannot move its cursor (TERM is `dumb` or
/// not set). Pure.
std::optional<terminal_style> terminal_style_of(const environment& variable);

/// A run on a terminal, drawn over and over in the same place, below what stood there before. Where
/// the descriptor is no terminal it does nothing at all, nor while it runs in the background or
/// while the terminal holds output back (Ctrl-S): drawing never blocks. Keys are not echoed
/// meanwhile; the destructor puts everything back and leaves the last frame standing. Owned by one
/// thread.
class live_view {
 public:
    live_view(int fd, live_subject subject);
    ~live_view();
    live_view(const live_view&) = delete;
    live_view& operator=(const live_view&) = delete;

    /// False: nothing will be drawn, and nobody needs to look.
    bool is_on() const { return style_.has_value(); }
    /// To be called a few times a second.
    void show(const run_glance& now, const std::optional<server_glance>& server = std::nullopt);
    /// Takes the last frame away and puts everything back: a report that stands in its place says
    /// the same and more.
    void erase();

 private:
    bool is_in_background() const;
    void take_terminal();
    void give_terminal_back();
    /// Back to the first row of what was drawn.
    std::string to_start() const;
    void write(std::string_view text);

    int fd_;
    live_subject subject_;
    std::optional<terminal_style> style_;
    std::optional<termios> modes_;  ///< as they were
    live_history past_;
    screen_size size_;
    std::size_t rows_ = 0;  ///< drawn last time
};

}  // namespace sluice::gateway::load
