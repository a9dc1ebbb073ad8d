#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/traces/answer_notes.hpp"
#include "gateway/telemetry/traces/request_wishes.hpp"
#include "gateway/telemetry/traces/server_address.hpp"
#include "gateway/telemetry/traces/trace_context.hpp"
#include "gateway/telemetry/transcript.hpp"

#include <map>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// What is kept of a request for its spans, until it has ended. Owned by its stream.
struct request_trace {
    trace_context context;
    std::string state;  ///< the caller's tracestate
    std::string method;
    std::string path;  ///< without its query
    std::string_view scheme;
    server_address server;                            ///< as the client addressed it
    std::map<std::string, server_address> providers;  ///< that may be asked, by configured name
    request_wishes wishes;
    answer_notes answer;
    std::string stream;  ///< short hash of the stream's id; empty: clients don't know the id
};

/// Makes spans of generations that have ended. Of one worker.
class generation_tracer {
 public:
    /// `said`: null where nobody keeps prompts and answers. The log may want them, and spans not.
    virtual void note(
        const generation_record& record, const request_trace& trace, const transcript* said
    ) = 0;

 protected:
    ~generation_tracer() = default;
};

}  // namespace sluice::gateway
