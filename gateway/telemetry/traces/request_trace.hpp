#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/traces/answer_notes.hpp"
#include "gateway/telemetry/traces/request_wishes.hpp"
#include "gateway/telemetry/traces/served_request.hpp"
#include "gateway/telemetry/traces/server_address.hpp"
#include "gateway/telemetry/traces/trace_context.hpp"
#include "gateway/telemetry/transcript.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// What is kept of a request for its spans, until it has ended. Owned by the request, and by the
/// stream from when one is begun for it. Of one that is not sampled there is the context alone.
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

    // Of a request that no stream is begun for; its stream tells these by itself.
    std::string route;             ///< as configured; empty: none was found
    std::optional<bool> streamed;  ///< nothing: it was not decoded
    std::string failure;           ///< type of what it was answered with; empty: of none
};

/// Makes spans of generations, and of requests, that have ended. Of one worker.
class generation_tracer {
 public:
    /// `said`: null where nobody keeps prompts and answers. The log may want them, and spans not.
    virtual void note(
        const generation_record& record, const request_trace& trace, const transcript* said
    ) = 0;
    /// Of a request that ended without a generation of its own.
    virtual void note(const served_request& request, const request_trace& trace) = 0;

 protected:
    ~generation_tracer() = default;
};

}  // namespace sluice::gateway
