#include "gateway/load/report/baseline_report.hpp"
#include "gateway/load/report/noise.hpp"
#include "gateway/load/report/quantities.hpp"
#include "gateway/load/report/report_document.hpp"
#include "gateway/load/report/reports.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t name_width = 24;
constexpr std::size_t cell_width = 12;

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string change_text(double before, double now) {
    if (before <= 0) return now > 0 ? "new" : "";
    // A foreign report may hold anything, and no larger change needs telling apart.
    constexpr double tenths_max = 1e12;
    const double tenths = std::min(std::round(1000 * (now / before - 1)), tenths_max);
    const auto size = static_cast<long long>(std::abs(tenths));
    return (tenths < 0 ? "-" : "+") + std::to_string(size / 10) + "." + std::to_string(size % 10) +
           " %";
}

/// A figure of both runs, and how sure each is.
struct pair_of_figures {
    std::string name;
    double before;
    double now;
    span before_span;
    span now_span;
    bool more_is_worse;
};

/// One comparison while it grows.
class sheet {
 public:
    explicit sheet(double tolerance) : tolerance_(tolerance) {}

    template <typename Text>
    void row(const pair_of_figures& figure, Text text_of) {
        const std::string change = change_text(figure.before, figure.now);
        std::string verdict;
        if (moved(figure, figure.more_is_worse)) {
            verdict = "worse";
            regressions_.push_back(
                figure.name + " went from " + text_of(figure.before) + " to " +
                text_of(figure.now) + (change == "new" ? "" : " (" + change + ")")
            );
        } else if (moved(figure, !figure.more_is_worse)) {
            verdict = "better";
        } else if (beyond_tolerance(figure, true) || beyond_tolerance(figure, false)) {
            verdict = "noise";
        }
        plain_row(figure.name, text_of(figure.before), text_of(figure.now), change, verdict);
    }

    void plain_row(
        std::string name,
        const std::string& before,
        const std::string& now,
        const std::string& change = {},
        const std::string& verdict = {}
    ) {
        name.resize(std::max(name.size(), name_width), ' ');
        std::string line = name + right(before, cell_width) + right(now, cell_width);
        if (!change.empty()) line += right(change, cell_width);
        if (!verdict.empty()) line += "  " + verdict;
        rows_ += line + "\n";
    }

    void regression(std::string sentence) { regressions_.push_back(std::move(sentence)); }
    void note(const std::string& sentence) { notes_ += "note: " + sentence + "\n"; }

    comparison made(const std::string& head) const {
        std::string text = head + "\n" + notes_ + "\n" + std::string(name_width, ' ') +
                           right("baseline", cell_width) + right("now", cell_width) +
                           right("change", cell_width) + "\n" + rows_ + "\n";
        if (regressions_.empty()) text += "No regressions.\n";
        for (const std::string& sentence : regressions_)
            text += "regression: " + sentence + "\n";
        return {text, regressions_};
    }

 private:
    bool beyond_tolerance(const pair_of_figures& figure, bool upwards) const {
        if (upwards) return figure.now > figure.before * (1 + tolerance_);
        return figure.now < figure.before * (1 - tolerance_);
    }
    bool moved(const pair_of_figures& figure, bool upwards) const {
        const bool sure = upwards ? figure.now_span.above(figure.before_span)
                                  : figure.before_span.above(figure.now_span);
        return sure && beyond_tolerance(figure, upwards);
    }

    double tolerance_;
    std::string notes_;
    std::string rows_;
    std::vector<std::string> regressions_;
};

void note_difference(
    sheet& into, std::string_view what, const std::string& before, const std::string& now
) {
    if (before == now) return;
    const auto shown = [](const std::string& text) {
        return text.empty() ? std::string("none") : "'" + printable(text) + "'";
    };
    into.note(
        "the " + std::string(what) + " differs: " + shown(before) + " then, " + shown(now) + " now"
    );
}

void note_shapes(sheet& into, const baseline_report& before, const run_outcome& run) {
    if (!before.valid) into.note("the baseline was an invalid run: its client was the bottleneck");
    if (!run.invalid.empty()) into.note("this run is invalid: its client was the bottleneck");
    note_difference(into, "dialect", before.dialect, run.dialect);
    note_difference(into, "load", before.load, run.load);
    note_difference(into, "work", before.work, run.work);
    note_difference(into, "set of objectives", before.objectives, run.wanted.text());
}

void compare_rates(
    sheet& into, const baseline_report& before, const run_outcome& run, const nlohmann::json& now
) {
    struct rate_row {
        const char* key;
        const char* name;
        bool judged;  ///< less of it is worse
    };
    const bool same_objectives = !run.wanted.empty() && before.objectives == run.wanted.text();
    const std::array<rate_row, 5> rows{{
        {"streams_per_s", "streams/s", false},  // the schedule's, in an open loop
        {"whole_per_s", "whole streams/s", true},
        {"good_per_s", "good streams/s", same_objectives},
        {"output_tokens_per_s", "output tokens/s", true},
        {"events_per_s", "events/s", false},  // fewer of them may hold as much
    }};
    for (const rate_row& row : rows) {
        const auto known = before.rates.find(row.key);
        if (known == before.rates.end()) continue;
        const double then = known->second;
        const double rate = now.at(row.key).get<double>();
        if (row.judged) {
            const span then_span = rate_span(then, before.started);
            const span now_span = rate_span(rate, run.seen.started);
            into.row({row.name, then, rate, then_span, now_span, false}, number_text);
        } else {
            into.plain_row(row.name, number_text(then), number_text(rate), change_text(then, rate));
        }
    }
}

void compare_failures(sheet& into, const baseline_report& before, const run_outcome& run) {
    const auto share = [](std::uint64_t failed, std::uint64_t due) {
        return due == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(due);
    };
    const figures& seen = run.seen;
    into.row(
        {"failed streams",
         share(before.failed, before.due),
         share(seen.failed, seen.due),
         share_span(before.failed, before.due),
         share_span(seen.failed, seen.due),
         true},
        share_text
    );
    for (const auto& [kind, count] : seen.errors) {
        if (before.errors.contains(kind)) continue;
        into.regression("a new kind of error: " + printable(kind) + ", " + counted(count, "time"));
    }
}

void compare_content(sheet& into, const baseline_report& before, const run_outcome& run) {
    const integrity& content = run.seen.content;
    const bool compared = run.checked && content.checked > 0;
    const std::string now = content.broken() > 0 ? "broken" : compared ? "intact" : "unchecked";
    into.plain_row("content", printable(before.content), now);
    if (content.broken() > 0)
        into.regression("the content is broken: " + counted(content.broken(), "flaw"));
    if (now == "unchecked" && before.content != "unchecked")
        into.note("the content was compared then, and is not now");
    const bool comparable = before.objectives == run.wanted.text();
    if (comparable && !before.missed_objectives && run.missed_objectives())
        into.regression("the objectives were met, and are missed now");
}

void compare_times(sheet& into, const baseline_report& before, const figures& seen) {
    constexpr std::array<std::pair<const char*, double>, 4> percentiles{{
        {"p50", 0.5},
        {"p90", 0.9},
        {"p99", 0.99},
        {"p99.9", 0.999},
    }};
    for (const metric_row& metric : metric_rows()) {
        const histogram& then = before.times[static_cast<std::size_t>(metric.what)];
        const histogram& now = seen.of(metric.what);
        // The schedule's lag is the client's own.
        const bool its_own = metric.what == metric::schedule_lag;
        if (its_own || then.count() == 0 || now.count() == 0) continue;
        for (const auto& [name, share] : percentiles) {
            into.row(
                {std::string(metric.key) + " " + name,
                 static_cast<double>(then.percentile_ns(share)),
                 static_cast<double>(now.percentile_ns(share)),
                 percentile_span(then, share),
                 percentile_span(now, share),
                 true},
                [](double ns) { return time_text(static_cast<std::int64_t>(ns)); }
            );
        }
    }
}

}  // namespace

boost::system::result<comparison, std::string> compare_with(
    std::string_view baseline_json, const run_outcome& run, double tolerance
) {
    if (!(tolerance >= 0)) return std::string("the tolerance must not be below zero");
    const auto before = read_baseline(baseline_json);
    if (!before) return before.error();
    sheet made(tolerance);
    note_shapes(made, *before, run);
    compare_rates(made, *before, run, document_of(run)["rates"]);
    compare_failures(made, *before, run);
    compare_content(made, *before, run);
    compare_times(made, *before, run.seen);
    return made.made(
        "Against the run of " + printable(before->began) + ", Sluice " +
        printable(before->version) + ". Worse or better: by more than " + share_text(tolerance) +
        " and than the number of samples can explain."
    );
}

}  // namespace sluice::gateway::load
