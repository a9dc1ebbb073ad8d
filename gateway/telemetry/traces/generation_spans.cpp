#include "gateway/telemetry/traces/generation_spans.hpp"

#include "gateway/telemetry/genai_attributes.hpp"
#include "gateway/telemetry/record_reading.hpp"
#include "gateway/telemetry/stream_figures.hpp"
#include "gateway/telemetry/traces/otlp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::gateway {

namespace {

namespace names = span_names;
using upstream::attempt_record;

constexpr std::size_t name_bytes_max = 256;
constexpr int first_error_of_client = 400;
constexpr int first_error_of_server = 500;

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
        auto span = begin(otlp::kind::server, record_.model);
        span.id = trace_.context.span;
        span.parent = trace_.context.parent;
        span.parent_is_remote = span.parent != 0;
        span.began = clocks_.wall_time_of(record_.asked);
        span.ended = clocks_.wall_time_of(record_.ended);
        if (record_.first_content && !came_whole(record_)) {
            span.event = clocks_.wall_time_of(*record_.first_content);
            span.event_name = names::first_token;
        }
        tell_http(span.attributes);
        tell_of_stream(span.attributes);
        const auto outcome = to_string(record_.ending.outcome);
        span.attributes.text(names::outcome, outcome);
        if (!is_clients_error()) judge(span, outcome, failure_type());
        return span;
    }

    otlp::span of_attempt(std::size_t number, bool answered) const {
        const auto& attempt = record_.upstream.trail[number];
        const bool under_way = attempt.outcome.empty();
        auto span = begin(otlp::kind::client, attempt.model);
        span.id = attempt.span;
        span.parent = trace_.context.span;
        span.began = clocks_.wall_time_of(attempt.began);
        span.ended = clocks_.wall_time_of(under_way ? record_.ended : attempt.ended);
        auto& put = span.attributes;
        put.text(genai::provider_name, genai::provider_of(attempt.vendor));
        tell_wishes(put);
        if (const auto at = trace_.providers.find(attempt.provider); at != trace_.providers.end())
            tell_server(put, at->second);
        if (attempt.first_content && !came_whole(record_)) {
            const std::chrono::duration<double> waited = *attempt.first_content - attempt.began;
            put.real(genai::response_time_to_first_chunk, waited.count());
        }
        tell_answer(put, attempt, answered);
        put.text(names::provider, attempt.provider);
        put.integer(names::attempt, static_cast<std::int64_t>(number) + 1);
        const auto outcome = under_way ? to_string(record_.ending.outcome) : attempt.outcome;
        put.text(names::outcome, outcome);
        judge(span, outcome, under_way ? failure_type() : attempt.error_type);
        return span;
    }

    otlp::span begin(otlp::kind kind, std::string_view model) const {
        otlp::span span;
        span.trace_id = trace_.context.trace_id;
        span.trace_state = trace_.state;
        span.kind = kind;
        model = model.substr(0, name_bytes_max);
        span.name = record_.operation;
        if (!model.empty()) span.name.append(1, ' ').append(model);
        span.attributes.text(genai::operation_name, record_.operation);
        span.attributes.text(genai::request_model, model);
        span.attributes.flag(genai::request_stream, record_.streamed);
        return span;
    }

    static void tell_server(attribute_list& put, const server_address& server) {
        put.text(names::server_address, server.address);
        put.integer(names::server_port, server.port);
    }

    void tell_http(attribute_list& put) const {
        put.text(names::http_request_method, trace_.method);
        put.text(names::url_path, trace_.path);
        put.text(names::url_scheme, trace_.scheme);
        tell_server(put, trace_.server);
        if (record_.status > 0) put.integer(names::http_response_status_code, record_.status);
    }

    void tell_of_stream(attribute_list& put) const {
        put.text(names::request_id, record_.request_id);
        put.text(names::key, record_.key_id);
        put.text(names::route, record_.route);
        put.text(names::dialect, record_.dialect);
        put.text(names::stream, trace_.stream);
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

    /// The error's type is the outcome, as in metrics; `type`: the failure's, which says more.
    /// Messages of failures stay out: providers quote prompts in them.
    static void judge(otlp::span& span, std::string_view outcome, std::string_view type) {
        if (is_well(outcome)) return;
        span.failed = true;
        span.failure = type.empty() ? outcome : type;
        span.attributes.text(genai::error_type, outcome);
    }

    /// A server that refuses did well (HTTP conventions). Where a stream broke behind its head, the
    /// status is that of the head, below all errors.
    bool is_clients_error() const {
        return record_.status >= first_error_of_client && record_.status < first_error_of_server;
    }

    /// What a failed provider did not tell is counted here, and nothing came.
    bool told_nothing() const {
        return record_.usage.output_tokens == 0 &&
               record_.ending.outcome != upstream::outcome::completed;
    }

    std::string_view failure_type() const {
        const auto& failure = record_.ending.failure;
        return failure ? std::string_view(failure->type).substr(0, name_bytes_max) : "";
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
