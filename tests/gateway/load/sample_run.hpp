#pragma once

#include "gateway/load/report/outcome.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace sluice::gateway::load::testing {

/// A run of whole streams, ten in a second, of ten tokens each; `slower`: all times by so much.
inline run_outcome sample_run(std::uint64_t streams, double slower = 1, std::uint64_t seed = 1) {
    run_outcome run;
    run.version = "1.2.3";
    run.url = "http://127.0.0.1:8080/v1/chat/completions";
    run.dialect = "openai";
    run.load = "poisson, 10 streams/s";
    run.work = "10 tokens each";
    run.unix_ms = 1'764'166'000'000;
    run.duration_s = static_cast<double>(streams) / 10;
    run.wanted = *parse_objectives("ttft=500ms,gap=50ms");
    run.checked = true;
    run.stamped = true;
    std::mt19937_64 random(seed);
    std::lognormal_distribution<double> ttft(std::log(200e6 * slower), 0.2);
    std::lognormal_distribution<double> gap(std::log(20e6 * slower), 0.1);
    figures& seen = run.seen;
    for (std::uint64_t i = 0; i < streams; ++i) {
        stream_record stream;
        stream.number = i;
        stream.due_ns = static_cast<std::int64_t>(i) * 100'000'000;
        stream.sent_ns = stream.due_ns + 1000;
        stream.first_content_ns = stream.due_ns + static_cast<std::int64_t>(ttft(random));
        stream.first_byte_ns = stream.first_event_ns = stream.first_content_ns;
        stream.first_visible_ns = stream.last_content_ns = stream.first_content_ns;
        for (int token = 1; token < 10; ++token) {
            const auto ns = static_cast<std::int64_t>(gap(random));
            seen.of(metric::gap).record(ns);
            stream.longest_gap_ns = std::max(stream.longest_gap_ns, ns);
            stream.last_content_ns += ns;
        }
        stream.done_ns = stream.last_content_ns;
        stream.events = stream.output_tokens = 10;
        stream.status = 200;
        stream.how = verdict::whole;
        stream.met_objectives = run.wanted.met_by(stream);
        seen.of(metric::schedule_lag).record(stream.sent_ns - stream.due_ns);
        seen.of(metric::ttft_content).record(stream.first_content_ns - stream.due_ns);
        seen.of(metric::e2e_done).record(stream.done_ns - stream.due_ns);
        interval& second = seen.second(stream.due_ns);
        ++second.due;
        ++second.started;
        ++seen.second(stream.done_ns).ended;
        seen.met_objectives += stream.met_objectives ? 1 : 0;
        seen.records.push_back(stream);
    }
    seen.due = seen.started = seen.whole = streams;
    seen.events = seen.output_tokens = seen.content.checked = 10 * streams;
    return run;
}

}  // namespace sluice::gateway::load::testing
