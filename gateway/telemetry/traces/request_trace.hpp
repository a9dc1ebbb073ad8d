#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/traces/trace_context.hpp"
#include "gateway/telemetry/transcript.hpp"

namespace sluice::gateway {

/// What is kept of a request for its spans, until it has ended. Owned by its stream.
struct request_trace {
    trace_context context;
};

/// Makes spans of generations that have ended. Of one worker.
class generation_tracer {
 public:
    /// `said`: null unless prompts and answers are wanted.
    virtual void note(
        const generation_record& record, const request_trace& trace, const transcript* said
    ) = 0;

 protected:
    ~generation_tracer() = default;
};

}  // namespace sluice::gateway
