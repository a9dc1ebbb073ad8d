#include "gateway/telemetry/traces/generation_spans.hpp"

#include "gateway/telemetry/genai_attributes.hpp"
#include "gateway/telemetry/record_reading.hpp"
#include "gateway/telemetry/stream_figures.hpp"
#include "gateway/telemetry/traces/otlp.hpp"
#include "gateway/telemetry/traces/span_parts.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::gateway {

namespace {

namespace names = span_names;
using upstream::attempt_record;

class span_maker {
 public:
    span_maker(
        const generation_record& record,
        const request_trace& trace,
        const transcript* said,
        const two_clocks& clocks
    )
        : record_(record), trace_(trace), said_(said), clocks_(clocks) {}

    std::vector<std::string> make() {
        std::vector<std::string> spans{otlp::encode(of_request())};
        const auto& trail = record_.upstream.trail;
        const auto* answering = answering_attempt(trail);
        for (std::size_t i = 0; i < trail.size(); ++i) {
            if (trail[i].outcome == skipped_outcome) continue;
            spans.push_back(otlp::encode(of_attempt(i, &trail[i] == answering)));
        }
        return spans;
    }

 private:
    otlp::span of_request() const {
        const auto request = served();
        auto span = span_parts::begin(request, trace_, clocks_);
        if (record_.first_content && !came_whole(record_)) {
            span.event = clocks_.wall_time_of(*record_.first_content);
            span.event_name = names::first_token;
        }
        tell_of_attempts(span.attributes);
        span_parts::judge(span, request);
        return span;
    }

    served_request served() const {
        return {
            .operation = record_.operation,
            .model = record_.model,
            .streamed = record_.streamed,
            .route = record_.route,
            .dialect = record_.dialect,
            .key_id = record_.key_id,
            .request_id = record_.request_id,
            .stream = trace_.stream,
            .status = record_.status,
            .outcome = to_string(record_.ending.outcome),
            .failure = failure_type(),
            .asked = record_.asked,
            .ended = record_.ended};
    }

    otlp::span of_attempt(std::size_t number, bool answered) const {
        const auto& attempt = record_.upstream.trail[number];
        const bool under_way = attempt.outcome.empty();
        auto span = span_parts::begin(
            trace_, otlp::kind::client, {record_.operation, attempt.model, record_.streamed}
        );
        span.id = attempt.span;
        span.parent = trace_.context.span;
        span.began = clocks_.wall_time_of(attempt.began);
        span.ended = clocks_.wall_time_of(under_way ? record_.ended : attempt.ended);
        auto& put = span.attributes;
        put.text(genai::provider_name, genai::provider_of(attempt.vendor));
        tell_wishes(put);
        if (const auto at = trace_.providers.find(attempt.provider); at != trace_.providers.end())
            span_parts::tell_server(put, at->second);
        if (attempt.first_content && !came_whole(record_)) {
            const std::chrono::duration<double> waited = *attempt.first_content - attempt.began;
            put.real(genai::response_time_to_first_chunk, waited.count());
        }
        tell_answer(put, attempt, answered);
        put.text(names::provider, attempt.provider);
        put.integer(names::attempt, static_cast<std::int64_t>(number) + 1);
        const auto outcome = under_way ? to_string(record_.ending.outcome) : attempt.outcome;
        span_parts::judge(span, outcome, under_way ? failure_type() : attempt.error_type);
        return span;
    }

    void tell_of_attempts(attribute_list& put) const {
        put.text(names::target, record_.upstream.target);
        put.integer(names::attempts, record_.upstream.attempts);
        const auto discarded = record_.upstream.discarded_tokens;
        if (discarded > 0) put.integer(names::discarded_tokens, discarded);
    }

    void tell_wishes(attribute_list& put) const {
        const auto& wishes = trace_.wishes;
        put.integer(genai::request_max_tokens, wishes.max_tokens);
        put.real(genai::request_temperature, wishes.temperature);
        put.real(genai::request_top_p, wishes.top_p);
        put.integer(genai::request_top_k, wishes.top_k);
        put.integer(genai::request_seed, wishes.seed);
        put.real(genai::request_frequency_penalty, wishes.frequency_penalty);
        put.real(genai::request_presence_penalty, wishes.presence_penalty);
        put.integer(genai::request_choice_count, wishes.choices);
        put.texts(genai::request_stop_sequences, wishes.stop);
    }

    /// The tokens stand in one span only, or who adds them up would count them twice.
    void tell_answer(attribute_list& put, const attempt_record& attempt, bool answered) const {
        const auto& head = record_.upstream;
        const bool open = attempt.outcome.empty();
        const int status = open ? head.status : attempt.status;
        if (status > 0) put.integer(names::http_response_status_code, status);
        put.text(names::upstream_request_id, open ? head.request_id : attempt.request_id);
        if (!answered) return;
        put.text(genai::response_id, trace_.answer.id());
        put.text(genai::response_model, trace_.answer.model());
        put.texts(genai::response_finish_reasons, trace_.answer.finish_reasons());
        put.integer(genai::usage_input_tokens, record_.usage.input_tokens);
        if (!told_nothing()) put.integer(genai::usage_output_tokens, record_.usage.output_tokens);
        put.integer(genai::usage_cache_read, record_.usage.cached_tokens);
        put.integer(genai::usage_cache_write, record_.usage.cache_write_tokens);
        put.integer(genai::usage_reasoning, record_.usage.reasoning_tokens);
        if (head.estimated) put.flag(names::usage_estimated, true);
        if (!said_) return;
        put.text(genai::input_messages, said_->prompt());
        put.text(genai::output_messages, said_->output_messages());
    }

    /// What a failed provider did not tell is counted here, and nothing came.
    bool told_nothing() const {
        return record_.usage.output_tokens == 0 &&
               record_.ending.outcome != upstream::outcome::completed;
    }

    std::string_view failure_type() const {
        const auto& failure = record_.ending.failure;
        return failure ? std::string_view(failure->type) : std::string_view();
    }

    const generation_record& record_;
    const request_trace& trace_;
    const transcript* said_;
    const two_clocks& clocks_;
};

}  // namespace

std::vector<std::string> spans_of(
    const generation_record& record,
    const request_trace& trace,
    const transcript* said,
    const two_clocks& clocks
) {
    return span_maker{record, trace, said, clocks}.make();
}

}  // namespace sluice::gateway
