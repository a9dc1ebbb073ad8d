#include "gateway/telemetry/metrics.hpp"

#include "upstream/generation.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sluice::gateway {

namespace {

using workers = std::vector<const counters*>;

constexpr double us_per_s = 1e6;

template <class Of>
std::int64_t sum(const workers& all, Of of) {
    std::int64_t total = 0;
    for (const auto* one : all)
        total += of(*one).value();
    return total;
}

std::int64_t sum(const workers& all, counter counters::*figure) {
    return sum(all, [figure](const counters& one) -> const counter& { return one.*figure; });
}

histogram_view sum(const workers& all, histogram counters::*figure) {
    histogram_view total;
    for (const auto* one : all)
        total.add((one->*figure).view());
    return total;
}

/// What is one number.
struct plain_metric {
    prometheus::MetricFamily& (*family)(metric_families&, std::string_view, std::string_view);
    std::string_view name;
    std::string_view help;
    counter counters::*figure;
};

constexpr std::array plain_metrics{
    plain_metric{
        gauge_family, "sluice_connections", "Client connections open now.", &counters::connections},
    plain_metric{
        gauge_family,
        "sluice_streams_active",
        "Streams being generated now.",
        &counters::streams_live},
    plain_metric{
        gauge_family,
        "sluice_stream_subscribers",
        "Clients taking a stream now.",
        &counters::readers},
    plain_metric{
        counter_family,
        "sluice_input_tokens_total",
        "Prompt tokens, as providers count them.",
        &counters::input_tokens},
    plain_metric{
        counter_family,
        "sluice_output_tokens_total",
        "Generated tokens; estimated for cut streams.",
        &counters::output_tokens},
    plain_metric{
        counter_family,
        "sluice_wasted_tokens_total",
        "Tokens generated after the last reader had left, and never read.",
        &counters::wasted_tokens},
    plain_metric{
        counter_family,
        "sluice_coalesced_events_total",
        "Pieces of content that came, and went out, together with the one before.",
        &counters::coalesced_items},
    plain_metric{
        counter_family,
        "sluice_upstream_resent_total",
        "Requests sent again because a reused connection died before any answer.",
        &counters::upstream_resent},
};

/// One of a family's samples, by the value of its only label.
struct labelled_counter {
    std::string_view value;
    counter counters::*figure;
};

constexpr std::array span_results{
    labelled_counter{"exported", &counters::spans_exported},
    labelled_counter{"dropped", &counters::spans_dropped},
    labelled_counter{"failed", &counters::spans_failed},
};

constexpr std::array<std::string_view, leaving_phase_count> phases{
    "before_first_token", "streaming", "after_end"};

void add_outcomes(metric_families& to, const workers& all) {
    const auto word = [](std::size_t i) {
        return std::string{upstream::to_string(static_cast<upstream::outcome>(i))};
    };
    auto& streams =
        counter_family(to, "sluice_streams_total", "Streams that have ended, by outcome.");
    for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
        const auto of = [i](const counters& one) -> const counter& { return one.outcomes[i]; };
        add_sample(streams, {{"outcome", word(i)}}, sum(all, of));
    }
    auto& broken = counter_family(
        to,
        "sluice_midstream_failures_total",
        "Streams that failed behind their first content, by cause."
    );
    for (const auto cause : midstream_causes) {
        const auto i = static_cast<std::size_t>(cause);
        const auto of = [i](const counters& one) -> const counter& {
            return one.midstream_failures[i];
        };
        add_sample(broken, {{"cause", word(i)}}, sum(all, of));
    }
}

void add_clients(metric_families& to, const workers& all) {
    auto& requests =
        counter_family(to, "sluice_requests_total", "Requests answered, by class of status.");
    for (std::size_t i = 1; i < counters::status_classes; ++i) {
        const auto of = [i](const counters& one) -> const counter& { return one.requests[i]; };
        add_sample(requests, {{"status_class", std::to_string(i) + "xx"}}, sum(all, of));
    }
    auto& left = counter_family(
        to,
        "sluice_client_disconnects_total",
        "Clients that left a stream before they had all of it, by when."
    );
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const auto of = [i](const counters& one) -> const counter& { return one.disconnects[i]; };
        add_sample(left, {{"phase", std::string{phases[i]}}}, sum(all, of));
    }
}

void add_latencies(metric_families& to, const workers& all) {
    auto& added = histogram_family(
        to,
        "sluice_added_latency_seconds",
        "What the gateway itself takes: to the first content of a stream, and to what follows."
    );
    add_histogram(added, {{"phase", "first"}}, sum(all, &counters::added_first), ns_per_s);
    add_histogram(added, {{"phase", "event"}}, sum(all, &counters::added_event), ns_per_s);
    auto& lag = histogram_family(
        to,
        "sluice_event_loop_lag_seconds",
        "How late a worker's loop is, looked at ten times a second while there are streams."
    );
    add_histogram(lag, {}, sum(all, &counters::loop_lag), ns_per_s);
    auto& paused = counter_family(
        to,
        "sluice_backpressure_paused_seconds_total",
        "How long providers were paused for slow readers."
    );
    const auto us = sum(all, &counters::paused_us);
    add_sample(paused, {}, static_cast<double>(us) / us_per_s);
}

}  // namespace

void add_worker_metrics(metric_families& to, const workers& all) {
    for (const auto& [family, name, help, figure] : plain_metrics)
        add_sample(family(to, name, help), {}, sum(all, figure));
    add_outcomes(to, all);
    add_clients(to, all);
    add_latencies(to, all);
    auto& spans =
        counter_family(to, "sluice_trace_spans_total", "Spans of traces, by what became of them.");
    for (const auto& [result, figure] : span_results)
        add_sample(spans, {{"result", std::string{result}}}, sum(all, figure));
}

}  // namespace sluice::gateway
