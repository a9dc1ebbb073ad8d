#include "gateway/telemetry/stream_metrics.hpp"

#include "gateway/telemetry/genai_names.hpp"
#include "gateway/telemetry/record_reading.hpp"

#include <map>
#include <string>
#include <string_view>

namespace sluice::gateway {

namespace {

using workers = std::vector<const counters*>;

metric_labels own_labels(const stream_labels& of) {
    return {
        {"route", of.route},
        {"provider", of.provider},
        {"model", of.model},
        {"dialect", of.dialect}};
}

/// Of a stream's series or an attempt's.
template <class Labels>
metric_labels genai_labels(const Labels& of) {
    return {
        {genai::underscored(genai::operation_name), of.operation},
        {genai::underscored(genai::provider_name), std::string{genai::provider_of(of.vendor)}},
        {genai::underscored(genai::request_model), of.model}};
}

metric_labels with(metric_labels labels, std::string_view name, std::string_view value) {
    labels.push_back({std::string{name}, std::string{value}});
    return labels;
}

/// Only where it failed.
metric_labels with_error(metric_labels labels, std::string_view outcome) {
    if (is_well(outcome)) return labels;
    return with(std::move(labels), genai::underscored(genai::error_type), outcome);
}

/// Where nothing came there is no series.
void add_some(histogram_sums& to, metric_labels labels, const histogram& more) {
    const auto seen = more.view();
    if (seen.count() > 0) to.add(std::move(labels), seen);
}

template <std::size_t Outcomes, class Add>
void each_duration(const durations<Outcomes>& of, Add add) {
    for (std::size_t i = 0; i < Outcomes; ++i) {
        if (const auto* seen = of.of(i)) add(attempt_outcome_word(i), seen->view());
    }
}

struct stream_sums {
    explicit stream_sums(const workers& all) {
        for (const auto* worker : all)
            worker->streams.each_stream([this](const stream_series& series) { add(series); });
    }

    void add(const stream_series& series) {
        const auto own = own_labels(series.labels());
        const auto genai = genai_labels(series.labels());
        add_some(first_token, own, series.time_to_first_token);
        add_some(inter_token, own, series.inter_token);
        each_duration(series.duration, [&](std::string_view outcome, const histogram_view& seen) {
            duration.add(with(own, "outcome", outcome), seen);
            server_duration.add(with_error(genai, outcome), seen);
        });
        add_some(server_first_token, genai, series.time_to_first_token);
        add_some(server_output_token, genai, series.time_per_output_token);
        add_some(output_chunk, genai, series.inter_token);
        const auto type = genai::underscored(genai::token_type);
        add_some(tokens, with(genai, type, genai::input), series.input_tokens);
        add_some(tokens, with(genai, type, genai::output), series.output_tokens);
    }

    histogram_sums first_token;
    histogram_sums inter_token;
    histogram_sums duration;
    histogram_sums server_duration;
    histogram_sums server_first_token;
    histogram_sums server_output_token;
    histogram_sums output_chunk;
    histogram_sums tokens;
};

struct attempt_sums {
    explicit attempt_sums(const workers& all) {
        for (const auto* worker : all)
            worker->streams.each_attempt([this](const attempt_series& series) { add(series); });
    }

    void add(const attempt_series& series) {
        const auto genai = genai_labels(series.labels());
        for (std::size_t i = 0; i < attempt_outcome_count; ++i)
            count(series.labels(), i, series.ended[i].value());
        each_duration(series.duration, [&](std::string_view outcome, const histogram_view& seen) {
            duration.add(with_error(genai, outcome), seen);
        });
        add_some(first_chunk, genai, series.time_to_first_chunk);
    }

    /// A series of each outcome that came, and of those that did well.
    void count(const attempt_labels& labels, std::size_t outcome, std::int64_t times) {
        if (times == 0 && outcome != static_cast<std::size_t>(upstream::outcome::completed)) return;
        const metric_labels own{{"provider", labels.provider}, {"model", labels.model}};
        ended[with(own, "outcome", attempt_outcome_word(outcome))] += times;
    }

    std::map<metric_labels, std::int64_t> ended;
    histogram_sums duration;
    histogram_sums first_chunk;
};

void add_own(metric_families& to, const stream_sums& streams, const attempt_sums& attempts) {
    const auto seconds = [&](std::string_view name, std::string_view help, const auto& sums) {
        sums.append_to(histogram_family(to, name, help), ns_per_s);
    };
    seconds(
        "sluice_time_to_first_token_seconds",
        "From a request's arrival to the first content of its answer.",
        streams.first_token
    );
    seconds(
        "sluice_inter_token_latency_seconds",
        "Between one piece of content and the next, as they came from the provider.",
        streams.inter_token
    );
    seconds(
        "sluice_stream_duration_seconds",
        "From a request's arrival to the end of its stream, by outcome.",
        streams.duration
    );
    auto& ended = counter_family(
        to, "sluice_upstream_attempts_total", "Attempts at targets that have ended, by outcome."
    );
    for (const auto& [labels, times] : attempts.ended)
        add_sample(ended, labels, times);
}

void add_genai(metric_families& to, const stream_sums& streams, const attempt_sums& attempts) {
    const auto seconds = [&](std::string_view name, std::string_view help, const auto& sums) {
        const auto full = genai::underscored(name) + "_seconds";
        sums.append_to(histogram_family(to, full, help), ns_per_s);
    };
    streams.tokens.append_to(
        histogram_family(
            to,
            genai::underscored(genai::client_token_usage),
            "Tokens of prompts and of answers, as providers count them."
        ),
        1
    );
    seconds(genai::client_duration, "Duration of attempts at providers.", attempts.duration);
    seconds(
        genai::client_first_chunk,
        "From an attempt's begin to the first content of its answer.",
        attempts.first_chunk
    );
    seconds(
        genai::client_output_chunk,
        "Between one piece of content of an answer and the next.",
        streams.output_chunk
    );
    seconds(
        genai::server_duration,
        "From a request's arrival to the end of its answer.",
        streams.server_duration
    );
    seconds(
        genai::server_first_token,
        "From a request's arrival to the first content of its answer.",
        streams.server_first_token
    );
    seconds(
        genai::server_output_token,
        "Mean time between the tokens of an answer that completed, behind the first.",
        streams.server_output_token
    );
}

}  // namespace

void add_stream_metrics(metric_families& to, const workers& all) {
    const stream_sums streams(all);
    const attempt_sums attempts(all);
    add_own(to, streams, attempts);
    add_genai(to, streams, attempts);
}

}  // namespace sluice::gateway
