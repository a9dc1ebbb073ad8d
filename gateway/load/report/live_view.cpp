#include "gateway/load/report/live_view.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr std::string_view hide_cursor = "\x1b[?25l";
constexpr std::string_view show_cursor = "\x1b[?25h";
/// Terminals that know it show all that is between at once; others ignore it.
constexpr std::string_view begin_frame = "\x1b[?2026h";
constexpr std::string_view end_frame = "\x1b[?2026l";
constexpr std::string_view clear_row_end = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";
/// A terminal that has taken part of a frame and no more for so long is left alone.
constexpr int stuck_ms = 200;

screen_size size_of(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

bool is_writable(int fd, int within_ms) {
    pollfd wanted{fd, POLLOUT, 0};
    return ::poll(&wanted, 1, within_ms) == 1 && (wanted.revents & POLLOUT) != 0;
}

std::string_view value_of(const environment& variable, const char* name) {
    const char* value = variable(name);
    return value == nullptr ? std::string_view() : value;
}

bool names_utf8(std::string_view locale) {
    std::string letters;
    for (const char c : locale) {
        if (c != '-') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return letters.find("utf8") != std::string::npos;
}

}  // namespace

std::optional<terminal_style> terminal_style_of(const environment& variable) {
    const std::string_view kind = value_of(variable, "TERM");
    if (kind.empty() || kind == "dumb") return std::nullopt;
    terminal_style style;
    style.colour = value_of(variable, "NO_COLOR").empty();
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view locale = value_of(variable, name);
        if (locale.empty()) continue;
        style.utf8 = names_utf8(locale);
        break;
    }
    return style;
}

live_view::live_view(int fd, live_subject subject) : fd_(fd), subject_(std::move(subject)) {
    if (::isatty(fd_) == 0) return;
    style_ = terminal_style_of([](const char* name) { return std::getenv(name); });
}

live_view::~live_view() {
    if (rows_ > 0) write("\r\n");
    give_terminal_back();
}

void live_view::show(const run_glance& now, const std::optional<server_glance>& server) {
    if (!is_on()) return;
    past_.add(now);
    if (is_in_background()) {
        // Others write there now: the next frame begins on a row of its own.
        rows_ = 0;
        return;
    }
    if (!is_writable(fd_, 0)) return;
    take_terminal();
    const screen_size size = size_of(fd_);
    std::string text(begin_frame);
    // What a terminal made of the old rows when it got another size cannot be known.
    text += rows_ > 0 && size != size_ ? std::string(clear_screen) : to_start();
    size_ = size;
    const auto lines = draw(subject_, now, past_, server, size_, *style_);
    for (std::size_t i = 0; i < lines.size(); ++i)
        text.append(i == 0 ? "" : "\r\n").append(lines[i]).append(clear_row_end);
    text.append(clear_below).append(end_frame);
    rows_ = lines.size();
    write(text);
}

void live_view::erase() {
    if (rows_ > 0 && !is_in_background()) write(to_start() + std::string(clear_below));
    rows_ = 0;
    give_terminal_back();
}

bool live_view::is_in_background() const {
    const pid_t front = ::tcgetpgrp(fd_);
    return front > 0 && front != ::getpgrp();
}

void live_view::take_terminal() {
    if (modes_) return;
    termios modes{};
    if (::tcgetattr(fd_, &modes) != 0) return;
    modes_ = modes;
    // A key that is echoed would shift the rows that are drawn over.
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSANOW, &modes);
    write(hide_cursor);
}

void live_view::give_terminal_back() {
    if (!modes_) return;
    write(show_cursor);
    // From the background that would stop this process; the shell has set its own modes by then.
    if (!is_in_background()) ::tcsetattr(fd_, TCSANOW, &*modes_);
    modes_.reset();
}

std::string live_view::to_start() const {
    if (rows_ <= 1) return "\r";
    return "\r\x1b[" + std::to_string(rows_ - 1) + "A";
}

void live_view::write(std::string_view text) {
    while (!text.empty()) {
        if (!is_writable(fd_, stuck_ms)) {
            style_.reset();
            return;
        }
        const ssize_t written = ::write(fd_, text.data(), text.size());
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (written <= 0) {
            style_.reset();
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace sluice::gateway::load
