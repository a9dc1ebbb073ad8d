#include "gateway/telemetry/metrics.hpp"

#include "gateway/telemetry/metric_lines.hpp"
#include "upstream/generation.hpp"

#include <functional>
#include <string_view>

namespace sluice::gateway {

namespace {

using workers = std::vector<const counters*>;

std::int64_t sum(const workers& all, const std::function<std::int64_t(const counters&)>& of) {
    std::int64_t total = 0;
    for (const auto* one : all)
        total += of(*one);
    return total;
}

}  // namespace

std::string metrics_text(const workers& all) {
    std::string out;
    const auto plain =
        [&](std::string_view name, std::string_view type, std::string_view help, auto of) {
            declare_metric(out, name, type, help);
            append_sample(out, name, "", sum(all, of));
        };
    plain("sluice_connections", "gauge", "Client connections open now.", [](const counters& one) {
        return one.connections.value();
    });
    plain("sluice_streams_live", "gauge", "Streams being generated now.", [](const counters& one) {
        return one.streams_live.value();
    });
    plain("sluice_readers", "gauge", "Clients taking a stream now.", [](const counters& one) {
        return one.readers.value();
    });
    plain(
        "sluice_input_tokens_total",
        "counter",
        "Prompt tokens, as providers count them.",
        [](const counters& one) { return one.input_tokens.value(); }
    );
    plain(
        "sluice_output_tokens_total",
        "counter",
        "Generated tokens; estimated for cut streams.",
        [](const counters& one) { return one.output_tokens.value(); }
    );
    plain(
        "sluice_upstream_resent_total",
        "counter",
        "Requests sent again because a reused connection died before any answer.",
        [](const counters& one) { return one.upstream_resent.value(); }
    );

    declare_metric(out, "sluice_streams_total", "counter", "Streams that have ended, by outcome.");
    for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
        const auto word = upstream::to_string(static_cast<upstream::outcome>(i));
        append_sample(
            out,
            "sluice_streams_total",
            "{outcome=\"" + std::string{word} + "\"}",
            sum(all, [i](const counters& one) { return one.outcomes[i].value(); })
        );
    }
    declare_metric(
        out, "sluice_requests_total", "counter", "Requests answered, by class of status."
    );
    for (std::size_t i = 1; i < counters::status_classes; ++i) {
        append_sample(
            out,
            "sluice_requests_total",
            "{status_class=\"" + std::to_string(i) + "xx\"}",
            sum(all, [i](const counters& one) { return one.requests[i].value(); })
        );
    }
    return out;
}

}  // namespace sluice::gateway
