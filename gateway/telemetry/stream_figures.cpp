#include "gateway/telemetry/stream_figures.hpp"

#include "gateway/telemetry/record_reading.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace sluice::gateway {

namespace {

using time_point = generation_record::clock::time_point;

const std::string everything_else = "other";

std::int64_t ns_between(time_point from, time_point to) {
    return std::chrono::nanoseconds(std::max(to, from) - from).count();
}

std::size_t index_of(upstream::outcome outcome) {
    return static_cast<std::size_t>(outcome);
}

/// One that was under way when its generation ended fared as that did.
std::size_t outcome_of(const upstream::attempt_record& attempt, const generation_record& record) {
    if (attempt.outcome.empty()) return index_of(record.ending.outcome);
    std::size_t outcome = 0;
    while (outcome + 1 < attempt_outcome_count && attempt_outcome_word(outcome) != attempt.outcome)
        ++outcome;
    return outcome;
}

std::string model_of(const upstream::attempt_record& attempt) {
    return attempt.named_by_client ? "*" : attempt.model;
}

/// Of a generation that nobody answered: those of the last that was asked, if any was.
stream_labels labels_of(const generation_record& record) {
    stream_labels labels;
    labels.route = record.route;
    labels.dialect = record.dialect;
    labels.operation = record.operation;
    if (const auto* by = answering_attempt(record.upstream.trail)) {
        labels.provider = by->provider;
        labels.model = model_of(*by);
        labels.vendor = by->vendor;
    }
    return labels;
}

template <class Of>
histogram_view total(const stream_figures& figures, Of of) {
    histogram_view sum;
    figures.each_stream([&](const stream_series& series) { sum.add((series.*of).view()); });
    return sum;
}

}  // namespace

// ---- labels ----

std::size_t stream_labels::hash() const {
    return hash_together(route, provider, model, dialect, operation, vendor);
}

stream_labels stream_labels::other() {
    const auto& word = everything_else;
    return {word, word, word, word, word, word};
}

std::size_t attempt_labels::hash() const {
    return hash_together(provider, model, operation, vendor);
}

attempt_labels attempt_labels::other() {
    const auto& word = everything_else;
    return {word, word, word, word};
}

std::string_view attempt_outcome_word(std::size_t outcome) {
    if (outcome == upstream::outcome_count) return superseded_outcome;
    return upstream::to_string(static_cast<upstream::outcome>(outcome));
}

const upstream::attempt_record* answering_attempt(const std::vector<upstream::attempt_record>& trail
) {
    const upstream::attempt_record* last = nullptr;
    const upstream::attempt_record* heard = nullptr;
    for (const auto& attempt : trail) {
        if (attempt.outcome == skipped_outcome || attempt.outcome == superseded_outcome) continue;
        last = &attempt;
        if (attempt.first_content) heard = last;
    }
    return heard != nullptr ? heard : last;
}

// ---- series ----

rare_histogram::~rare_histogram() {
    delete made_.load(std::memory_order_relaxed);
}

void rare_histogram::observe(std::span<const std::int64_t> bounds, std::int64_t value) {
    auto* made = made_.load(std::memory_order_relaxed);
    if (made == nullptr) {
        made = std::make_unique<histogram>(bounds).release();
        made_.store(made, std::memory_order_release);
    }
    made->observe(value);
}

stream_series::stream_series(stream_labels labels)
    : time_to_first_token(first_token_bounds),
      inter_token(inter_token_bounds),
      time_per_output_token(output_token_bounds),
      input_tokens(token_bounds),
      output_tokens(token_bounds),
      labels_(std::move(labels)) {}

void stream_series::note_end(const generation_record& record) {
    const auto whole = ns_between(record.asked, record.ended);
    duration.observe(index_of(record.ending.outcome), whole);
    if (record.usage.input_tokens) input_tokens.observe(*record.usage.input_tokens);
    const auto tokens = record.usage.output_tokens.value_or(0);
    if (tokens > 0) output_tokens.observe(tokens);
    // What came in one piece tells nothing of the time between its tokens.
    const bool in_pieces = record.first_content && record.content_items > 1 && tokens > 1;
    if (record.ending.outcome != upstream::outcome::completed || !in_pieces) return;
    const auto to_first = ns_between(record.asked, *record.first_content);
    time_per_output_token.observe((whole - to_first) / (tokens - 1));
}

attempt_series::attempt_series(attempt_labels labels)
    : time_to_first_chunk(duration_bounds), labels_(std::move(labels)) {}

void attempt_series::note(
    const generation_record& record, const upstream::attempt_record& attempt
) {
    const auto how = outcome_of(attempt, record);
    ended[how].add(1);
    if (!record.measured) return;
    const auto end = attempt.outcome.empty() ? record.ended : attempt.ended;
    duration.observe(how, ns_between(attempt.began, end));
    if (attempt.first_content && !came_whole(record))
        time_to_first_chunk.observe(ns_between(attempt.began, *attempt.first_content));
}

// ---- figures ----

void stream_figures::note(const generation_record& record, stream_series* series) {
    for (const auto& attempt : record.upstream.trail) {
        if (attempt.outcome == skipped_outcome) continue;
        const attempt_labels labels{
            attempt.provider,
            model_of(attempt),
            std::string{record.operation},
            std::string{attempt.vendor}};
        attempts_.of(labels).note(record, attempt);
    }
    if (!record.measured) return;
    if (series == nullptr) series = &series_of(labels_of(record));
    series->note_end(record);
}

histogram_view stream_figures::time_to_first_token() const {
    return total(*this, &stream_series::time_to_first_token);
}

histogram_view stream_figures::inter_token() const {
    return total(*this, &stream_series::inter_token);
}

}  // namespace sluice::gateway
