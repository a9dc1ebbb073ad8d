#include "gateway/telemetry/target_metrics.hpp"

#include "gateway/telemetry/metric_lines.hpp"

#include <chrono>

namespace sluice::gateway {

namespace {

/// Without braces.
std::string labels_of(const target_figures& target) {
    return metric_label("provider", target.provider) + "," + metric_label("model", target.model);
}
std::string labels_of(const route_figures& route) {
    return metric_label("model", route.model);
}

/// One figure of each.
template <class Row>
void add_figure(
    std::string& out,
    const std::vector<Row>& rows,
    std::string_view name,
    std::string_view type,
    std::string_view help,
    std::int64_t (*of)(const Row&)
) {
    declare_metric(out, name, type, help);
    for (const auto& row : rows)
        append_sample(out, name, "{" + labels_of(row) + "}", of(row));
}

void add_attempts(std::string& out, const std::vector<target_figures>& targets) {
    constexpr std::string_view name = "sluice_target_attempts_total";
    declare_metric(out, name, "counter", "Attempts at a target that have ended, by how.");
    for (const auto& target : targets) {
        const auto add = [&](std::string_view result, std::int64_t count) {
            const auto labels = labels_of(target) + "," + metric_label("result", result);
            append_sample(out, name, "{" + labels + "}", count);
        };
        add("completed", target.completed);
        add("failed", target.failed);
        add("other", target.other);
    }
}

void add_ttft(std::string& out, const std::vector<target_figures>& targets) {
    constexpr std::string_view name = "sluice_target_ttft_seconds";
    declare_metric(
        out,
        name,
        "gauge",
        "Recent time to first token, where it is known; the longest of the models behind a pattern."
    );
    for (const auto& target : targets) {
        if (target.ttft.count() == 0) continue;
        const std::chrono::duration<double> seconds = target.ttft;
        append_sample(out, name, "{" + labels_of(target) + "}", seconds.count());
    }
}

void add_targets(std::string& out, const std::vector<target_figures>& targets) {
    using row = target_figures;
    add_figure<row>(
        out,
        targets,
        "sluice_target_state",
        "gauge",
        "0: requests go to the target, 1: one at a time, 2: none; the worst of the models behind a "
        "pattern.",
        [](const row& of) { return static_cast<std::int64_t>(of.state); }
    );
    add_figure<row>(
        out,
        targets,
        "sluice_target_outstanding",
        "gauge",
        "Attempts at the target under way now.",
        [](const row& of) { return of.outstanding; }
    );
    add_attempts(out, targets);
    add_ttft(out, targets);
    add_figure<row>(
        out,
        targets,
        "sluice_breaker_opened_total",
        "counter",
        "How often the target has begun to be left alone.",
        [](const row& of) { return of.opened; }
    );
}

/// What is counted for a route.
struct route_counter {
    std::string_view name;
    std::string_view help;
    std::int64_t (*of)(const route_figures&);
};

constexpr route_counter route_counters[] = {
    {"sluice_retries_total",
     "Attempts at a target that the request had asked already.",
     [](const route_figures& of) { return of.retries; }},
    {"sluice_fallbacks_total",
     "Attempts at another target after one failed.",
     [](const route_figures& of) { return of.fallbacks; }},
    {"sluice_retry_budget_spent_total",
     "Attempts not made because the retry budget was spent.",
     [](const route_figures& of) { return of.budget_spent; }},
    {"sluice_hedges_total",
     "Second targets asked because the first was later than usual.",
     [](const route_figures& of) { return of.hedges; }},
    {"sluice_hedges_won_total",
     "Second targets that were faster than the first.",
     [](const route_figures& of) { return of.hedges_won; }},
    {"sluice_continuations_total",
     "Broken answers that another attempt went on with.",
     [](const route_figures& of) { return of.continuations; }},
    {"sluice_discarded_tokens_total",
     "Tokens of prompts whose answer nobody got, as told or estimated.",
     [](const route_figures& of) { return of.discarded_tokens; }},
};

}  // namespace

std::string target_metrics_text(
    const std::vector<target_figures>& targets, const std::vector<route_figures>& routes
) {
    std::string out;
    add_targets(out, targets);
    for (const auto& [name, help, of] : route_counters)
        add_figure<route_figures>(out, routes, name, "counter", help, of);
    return out;
}

}  // namespace sluice::gateway
