#include "gateway/telemetry/target_metrics.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

metric_labels labels_of(const target_figures& target) {
    return {{"provider", target.provider}, {"model", target.model}};
}
metric_labels labels_of(const route_figures& route) {
    return {{"model", route.model}};
}

/// One figure of each.
template <class Row>
void add_figure(
    prometheus::MetricFamily& to, const std::vector<Row>& rows, std::int64_t (*of)(const Row&)
) {
    for (const auto& row : rows)
        add_sample(to, labels_of(row), of(row));
}

void add_ttft(metric_families& to, const std::vector<target_figures>& targets) {
    auto& family = gauge_family(
        to,
        "sluice_target_ttft_seconds",
        "Recent time to first token, where it is known; the longest of the models behind a pattern."
    );
    for (const auto& target : targets) {
        if (target.ttft.count() == 0) continue;
        const std::chrono::duration<double> seconds = target.ttft;
        add_sample(family, labels_of(target), seconds.count());
    }
}

void add_targets(metric_families& to, const std::vector<target_figures>& targets) {
    using row = target_figures;
    add_figure<row>(
        gauge_family(
            to,
            "sluice_target_state",
            "0: requests go to the target, 1: one at a time, 2: none; the worst of the models "
            "behind a pattern."
        ),
        targets,
        [](const row& of) { return static_cast<std::int64_t>(of.state); }
    );
    add_figure<row>(
        gauge_family(to, "sluice_target_outstanding", "Attempts at the target under way now."),
        targets,
        [](const row& of) { return of.outstanding; }
    );
    add_ttft(to, targets);
    add_figure<row>(
        counter_family(
            to, "sluice_breaker_opened_total", "How often the target has begun to be left alone."
        ),
        targets,
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

void add_target_metrics(
    metric_families& to,
    const std::vector<target_figures>& targets,
    const std::vector<route_figures>& routes
) {
    add_targets(to, targets);
    for (const auto& [name, help, of] : route_counters)
        add_figure<route_figures>(counter_family(to, name, help), routes, of);
}

}  // namespace sluice::gateway
