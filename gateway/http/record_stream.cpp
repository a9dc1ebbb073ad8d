#include "gateway/http/record_stream.hpp"

#include "gateway/http/stream_answer.hpp"
#include "gateway/http/trace_of.hpp"
#include "gateway/streams/stream_id.hpp"

#include <chrono>

namespace sluice::gateway {

namespace {

void record_generation(request_scope& scope, stream& stream) {
    auto& record = scope.record;
    if (const auto first = stream.metered().first_content()) {
        record.ttft = std::chrono::duration_cast<std::chrono::milliseconds>(*first - scope.started);
    }
    const auto& head = stream.upstream_head();
    record.target = header_text(head.target);
    record.attempts = head.attempts;
    record.discarded_tokens = head.discarded_tokens;
    const auto usage = stream.metered().usage();
    record.input_tokens = usage.input_tokens;
    record.output_tokens = usage.output_tokens;
    record_content(scope, stream);
}

}  // namespace

void record_content(request_scope& scope, stream& stream) {
    const auto& plan = stream.plan();
    if (!plan.transcript || !plan.settings->log.content) return;
    const auto& said = *plan.transcript;
    scope.record.content = {said.prompt(), said.prompt_cut(), said.answer(), said.answer_cut()};
    if (stream.ended()) stream.forget_transcript();
}

void record_end(request_scope& scope, const publication& stream, stream_response::end end) {
    using upstream::outcome;
    const auto generated = stream.ended() ? stream.ending().outcome : outcome::completed;
    scope.record.outcome = outcome_word(end, generated);
    if (stream.ended() && stream.ending().failure) note_failure(scope, *stream.ending().failure);
}

void record_stream(request_scope& scope, const publication& stream, gateway::stream* begun) {
    if (begun) record_generation(scope, *begun);
    if (stream.identity().names.told) scope.record.stream = short_hash(stream.id());
    if (stream.ended()) scope.record.outcome = upstream::to_string(stream.ending().outcome);
}

}  // namespace sluice::gateway
