#include "gateway/load/report/quantities.hpp"
#include "gateway/load/report/reports.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace sluice::gateway::load {

namespace {

// A screen has room for so many; the JSON report has all.
constexpr std::size_t kinds_shown_max = 6;
constexpr std::size_t examples_shown_max = 3;
constexpr std::size_t example_bytes_shown_max = 160;
constexpr std::size_t label_width = 14;

constexpr std::string_view good_colour = "\x1b[32m";
constexpr std::string_view bad_colour = "\x1b[31m";
constexpr std::string_view plain_colour = "\x1b[0m";

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string line(std::string_view label, const std::string& text) {
    return padded(std::string(label), label_width) + text + "\n";
}

std::string verdict_line(std::string_view word, bool good, const std::string& text, bool colour) {
    const std::string shown = padded(std::string(word), label_width);
    if (!colour) return shown + text + "\n";
    const std::string_view code = good ? good_colour : bad_colour;
    return std::string(code) + shown + std::string(plain_colour) + text + "\n";
}

std::string validity_lines(const run_outcome& run, bool colour) {
    if (run.invalid.empty()) return verdict_line("VALID", true, "the client kept up", colour);
    std::string lines;
    for (const std::string& why : run.invalid)
        lines += verdict_line("INVALID", false, printable(why), colour);
    return lines;
}

std::string objectives_line(const run_outcome& run, bool colour) {
    if (run.wanted.empty()) return {};
    const bool met = !run.missed_objectives();
    const std::string text = share_text(run.good_share()) + " of streams within " +
                             run.wanted.text() + " (" + share_text(run.objective_share) +
                             " wanted)";
    return verdict_line(met ? "MET" : "MISSED", met, text, colour);
}

std::string broken_text(const integrity& content) {
    const std::array<std::pair<std::uint64_t, std::string_view>, 6> parts{{
        {content.lost, "lost"},
        {content.doubled, "doubled"},
        {content.disordered, "out of order"},
        {content.altered, "altered"},
        {content.foreign, "foreign"},
        {content.miscounted, "miscounted streams"},
    }};
    std::string text;
    for (const auto& [count, word] : parts) {
        if (count == 0) continue;
        text += (text.empty() ? "" : ", ") + count_text(count) + " " + std::string(word);
    }
    return text;
}

std::string content_line(const run_outcome& run, bool colour) {
    const integrity& content = run.seen.content;
    if (content.broken() > 0)
        return verdict_line(
            "BROKEN",
            false,
            broken_text(content) + ", of " + counted(content.checked, "token") + " compared",
            colour
        );
    if (!run.checked || content.checked == 0)
        return line("UNCHECKED", "the content is not the mock's, or was not compared with it");
    const std::string text = counted(content.checked, "token") +
                             " compared, none lost, doubled, out of order or altered";
    return verdict_line("INTACT", true, text, colour);
}

std::string streams_lines(const run_outcome& run) {
    const figures& seen = run.seen;
    std::string text = count_text(seen.due) + " due, " + count_text(seen.started) + " started, " +
                       count_text(seen.whole) + " whole, " + count_text(seen.failed) + " failed";
    if (seen.aborted > 0) text += ", " + count_text(seen.aborted) + " aborted on purpose";
    if (seen.unended > 0) text += ", " + count_text(seen.unended) + " still going at the end";
    if (seen.resumed > 0) text += ", " + count_text(seen.resumed) + " resumed";
    return line("streams", text);
}

std::string rates_line(const run_outcome& run) {
    const figures& seen = run.seen;
    const auto per_s = [&](std::uint64_t count) {
        return run.duration_s > 0 ? static_cast<double>(count) / run.duration_s : 0;
    };
    std::string text = number_text(per_s(seen.started)) + " streams/s";
    if (!run.wanted.empty()) text += " (" + number_text(run.goodput()) + " good)";
    text += ", " + number_text(per_s(seen.events)) + " events/s, " +
            number_text(per_s(seen.output_tokens)) + " output tokens/s, " +
            bytes_text(per_s(seen.bytes)) + "/s";
    return line("rates", text);
}

std::string table_row(std::string_view name, const histogram& times) {
    constexpr std::array<double, 4> shares{0.5, 0.9, 0.99, 0.999};
    constexpr std::size_t cell = 10;
    std::string row =
        padded(std::string(name), label_width) + right(count_text(times.count()), cell);
    for (const double share : shares)
        row += right(time_text(times.percentile_ns(share)), cell);
    return row + right(time_text(times.max_ns()), cell) + "\n";
}

std::string table_of(const figures& seen) {
    std::string rows;
    for (const metric_row& row : metric_rows()) {
        const histogram& times = seen.of(row.what);
        if (row.what == metric::schedule_lag || times.count() == 0) continue;
        rows += table_row(row.key, times);
    }
    if (rows.empty()) return {};
    return padded("", label_width) +
           "     count       p50       p90       p99     p99.9       max\n" + rows + "\n";
}

std::string errors_lines(const figures& seen) {
    if (seen.errors.empty()) return line("errors", "none");
    std::vector<std::pair<std::string, std::uint64_t>> kinds(
        seen.errors.begin(), seen.errors.end()
    );
    std::stable_sort(kinds.begin(), kinds.end(), [](auto& a, auto& b) {
        return a.second > b.second;
    });
    std::string lines;
    for (std::size_t i = 0; i < std::min(kinds.size(), kinds_shown_max); ++i) {
        const std::string text =
            right(count_text(kinds[i].second), 6) + " x " + printable(kinds[i].first);
        lines += line(i == 0 ? "errors" : "", text);
    }
    if (kinds.size() > kinds_shown_max)
        lines += line("", "and " + counted(kinds.size() - kinds_shown_max, "other kind"));
    return lines;
}

std::string examples_lines(const figures& seen) {
    std::string lines;
    for (std::size_t i = 0; i < std::min(seen.examples.size(), examples_shown_max); ++i) {
        std::string text = printable(seen.examples[i]);
        if (text.size() > example_bytes_shown_max) {
            std::size_t end = example_bytes_shown_max;
            while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
                --end;
            text = text.substr(0, end) + " ...";
        }
        lines += line(i == 0 ? "for example" : "", text);
    }
    return lines;
}

std::string client_line(const run_outcome& run) {
    const histogram& lag = run.seen.of(metric::schedule_lag);
    const double cpu = run.duration_s > 0 ? run.seen.cpu_s / (run.duration_s * run.workers) : 0;
    std::string text = share_text(cpu) + " of " +
                       (run.workers == 1 ? "its core" : count_text(run.workers) + " cores");
    if (lag.count() > 0)
        text += ", schedule lag p99 " + time_text(lag.percentile_ns(0.99)) + " max " +
                time_text(lag.max_ns());
    if (run.seen.loop_lag.count() > 0)
        text += ", loop lag p99 " + time_text(run.seen.loop_lag.percentile_ns(0.99)) + " max " +
                time_text(run.seen.loop_lag.max_ns());
    if (run.seen.reconnected > 0)
        text += ", " + counted(run.seen.reconnected, "dead connection") + " replaced";
    return line("client", text);
}

std::string head_line(const run_outcome& run) {
    const auto length_ns = static_cast<std::int64_t>(std::min(run.duration_s, 1e9) * 1e9);
    std::string text = run.url + ", " + run.dialect + ", " + run.load + ", " + time_text(length_ns);
    if (!run.work.empty()) text += "\n" + std::string(label_width, ' ') + printable(run.work);
    return line("load test", text);
}

}  // namespace

std::string text_report(const run_outcome& run, bool colour) {
    return validity_lines(run, colour) + objectives_line(run, colour) + content_line(run, colour) +
           "\n" + head_line(run) + streams_lines(run) + rates_line(run) + "\n" +
           table_of(run.seen) + errors_lines(run.seen) + examples_lines(run.seen) +
           client_line(run) + "What each time means: sluice load --help.\n";
}

}  // namespace sluice::gateway::load
