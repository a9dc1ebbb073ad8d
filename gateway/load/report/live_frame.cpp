#include "gateway/load/report/live_frame.hpp"

#include "gateway/load/report/live_row.hpp"
#include "gateway/load/report/quantities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t label_width = 9;
constexpr std::size_t cell_width = 10;
/// From here on the figures of a run are in doubt; it is invalid from 90 % on.
constexpr double busy_share = 0.8;
constexpr std::size_t errors_max = 8;

/// What has to go first when a screen is low. Rows of one importance go from the last to the first.
enum class importance { title, broken, streams, times, progress, client, chart, errors, blank };

struct placed_row {
    importance matters;
    std::string text;
};

/// `42`, `1:05`, `1:02:03`: hours only where there are some.
std::string clock_text(double seconds) {
    constexpr double most = 1e9;
    const auto whole = static_cast<unsigned>(std::clamp(seconds, 0.0, most));
    std::array<char, 32> text{};
    const unsigned hours = whole / 3600;
    const unsigned minutes = whole / 60 % 60;
    if (hours > 0)
        std::snprintf(text.data(), text.size(), "%u:%02u:%02u", hours, minutes, whole % 60);
    else
        std::snprintf(text.data(), text.size(), "%u:%02u", minutes, whole % 60);
    return text.data();
}

std::string whole_percent(double share) {
    constexpr double most = 1e6;
    const double percent = std::clamp(share * 100, 0.0, most);
    return count_text(static_cast<std::uint64_t>(std::llround(percent))) + " %";
}

/// Fits into a cell with a blank before it.
std::string short_count(std::uint64_t count) {
    constexpr std::uint64_t longest = 9'999'999;
    if (count <= longest) return count_text(count);
    return number_text(static_cast<double>(count) / 1e6) + " M";
}

class frame {
 public:
    frame(screen_size size, terminal_style style) : size_(size), style_(style) {}

    live_row row() const { return {size_.columns > 0 ? size_.columns - 1 : 0, style_}; }
    void add(importance matters, const live_row& made) { rows_.push_back({matters, made.text()}); }
    void blank() { rows_.push_back({importance::blank, ""}); }
    std::vector<std::string> lines() &&;

 private:
    screen_size size_;
    terminal_style style_;
    std::vector<placed_row> rows_;
};

/// One row stays free below, so that the terminal never scrolls.
std::vector<std::string> frame::lines() && {
    const std::size_t room = std::max<std::size_t>(size_.rows, 2) - 1;
    while (rows_.size() > room) {
        const auto least = std::max_element(
            rows_.rbegin(),
            rows_.rend(),
            [](const placed_row& a, const placed_row& b) { return a.matters < b.matters; }
        );
        rows_.erase(std::next(least).base());
    }
    std::vector<std::string> lines;
    for (placed_row& one : rows_)
        lines.push_back(std::move(one.text));
    return lines;
}

void add_progress(frame& to, const run_glance& now) {
    live_row row = to.row();
    const std::string elapsed = clock_text(now.elapsed_s);
    if (now.left_s < 0) {
        to.add(importance::progress, row.put(elapsed, ink::strong).put("  until it is stopped"));
        return;
    }
    const double whole_s = now.elapsed_s + now.left_s;
    const double share = whole_s > 0 ? now.elapsed_s / whole_s : 1;
    std::string rest = "  " + clock_text(now.left_s + 0.999) + " left";
    row.put(elapsed, ink::strong).to(label_width);
    const std::size_t spare = row.left() - std::min(row.left(), rest.size());
    row.bar(share, std::min<std::size_t>(spare, live_history::seconds_max));
    to.add(importance::progress, row.put(rest));
}

void add_streams(frame& to, const run_glance& now, const live_history& past) {
    live_row head = to.row();
    head.put("streams", ink::quiet).to(label_width);
    for (const char* title : {"due", "started", "ended", "failed", "live"})
        head.put_right(title, cell_width, ink::quiet);
    to.add(importance::streams, head);

    const ink bad = now.failed > 0 ? ink::bad : ink::plain;
    live_row all = to.row();
    all.put("in all", ink::quiet).to(label_width);
    all.put_right(short_count(now.due), cell_width);
    all.put_right(short_count(now.started), cell_width);
    all.put_right(short_count(now.ended), cell_width);
    all.put_right(short_count(now.failed), cell_width, bad);
    to.add(importance::streams, all.put_right(short_count(now.live), cell_width, ink::strong));

    const auto rates = past.recent();
    live_row each = to.row();
    each.put("per s", ink::quiet).to(label_width);
    const auto cell = [&](double rate) { return rates ? number_text(rate) : std::string("-"); };
    const live_history::rates shown = rates.value_or(live_history::rates{});
    each.put_right(cell(shown.due), cell_width).put_right(cell(shown.started), cell_width);
    each.put_right(cell(shown.ended), cell_width);
    to.add(importance::streams, each.put_right(cell(shown.failed), cell_width));
}

void add_times(frame& to, const live_subject& subject, const run_glance& now) {
    live_row head = to.row();
    head.put("times", ink::quiet).to(label_width);
    for (const char* title : {"p50", "p90", "p99"})
        head.put_right(title, cell_width, ink::quiet);
    to.add(importance::times, head);
    const auto add = [&](std::string_view label, const std::array<std::int64_t, 3>& times) {
        live_row row = to.row();
        row.put(label, ink::quiet).to(label_width);
        for (const std::int64_t ns : times)
            row.put_right(ns > 0 ? time_text(ns) : "-", cell_width);
        to.add(importance::times, row);
    };
    add("ttft", now.ttft_ns);
    add("gap", now.gap_ns);
    if (subject.stamped) add("added", now.added_ns);
}

void add_charts(frame& to, const run_glance& now, const live_history& past) {
    const auto add =
        [&](std::string_view label, const std::string& value, const std::vector<double>& values) {
            live_row row = to.row();
            row.put(label, ink::quiet).to(label_width).put_right(value, cell_width);
            if (!values.empty()) row.put("  ").sparkline(values, live_history::seconds_max);
            to.add(importance::chart, row);
        };
    const std::int64_t ttft = now.ttft_ns[2];
    add("events/s", number_text(now.events_per_s), past.events_per_s());
    add("ttft p99", ttft > 0 ? time_text(ttft) : "-", past.ttft_p99_ns());
    add("MB/s", number_text(now.mb_per_s), {});
}

void add_content(frame& to, const live_subject& subject, const run_glance& now) {
    live_row row = to.row();
    row.put("content", ink::quiet).to(label_width);
    if (now.broken_content > 0) {
        row.put_right(count_text(now.broken_content), cell_width, ink::bad);
        row.put("  broken: lost, doubled, out of order or altered", ink::bad);
        to.add(importance::broken, row);
    } else if (subject.checked) {
        to.add(importance::client, row.put_right("0", cell_width, ink::good).put("  broken"));
    }
}

void add_errors(frame& to, const run_glance& now) {
    const std::size_t shown = std::min(now.errors.size(), errors_max);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& [kind, count] = now.errors[i];
        live_row row = to.row();
        row.put(i == 0 ? "errors" : "", ink::quiet).to(label_width);
        row.put_right(count_text(count), cell_width, ink::bad).put("  ").put(kind);
        to.add(i == 0 ? importance::streams : importance::errors, row);
    }
    if (shown == now.errors.size()) return;
    live_row more = to.row();
    more.to(label_width + cell_width + 2);
    to.add(importance::errors, more.put("and of other kinds", ink::quiet));
}

void add_machines(
    frame& to,
    const live_subject& subject,
    const run_glance& now,
    const std::optional<server_glance>& server
) {
    const unsigned workers = std::max(subject.workers, 1U);
    const double share = now.cpu_share / workers;
    const bool busy = share >= busy_share;
    live_row client = to.row();
    client.put("client", ink::quiet).to(label_width);
    client.put_right(whole_percent(share), cell_width, busy ? ink::warning : ink::plain);
    client.put(workers == 1 ? "  of a core" : "  of " + count_text(workers) + " cores");
    if (busy) client.put("; busy: it may measure itself", ink::warning);
    to.add(importance::client, client);
    if (!server) return;
    live_row other = to.row();
    other.put("server", ink::quiet).to(label_width);
    other.put_right(whole_percent(server->cpu_share), cell_width).put("  of a core, ");
    other.put(bytes_text(static_cast<double>(server->memory_bytes)));
    to.add(importance::client, other);
}

}  // namespace

std::vector<std::string> draw(
    const live_subject& subject,
    const run_glance& now,
    const live_history& past,
    const std::optional<server_glance>& server,
    screen_size size,
    terminal_style style
) {
    frame made(size, style);
    live_row title = made.row();
    made.add(importance::title, title.put(subject.title, ink::strong));
    add_progress(made, now);
    made.blank();
    add_streams(made, now, past);
    made.blank();
    add_times(made, subject, now);
    made.blank();
    add_charts(made, now, past);
    made.blank();
    add_content(made, subject, now);
    add_machines(made, subject, now, server);
    add_errors(made, now);
    return std::move(made).lines();
}

}  // namespace sluice::gateway::load
