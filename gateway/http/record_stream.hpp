#pragma once

#include "gateway/http/request_scope.hpp"
#include "gateway/http/stream_response.hpp"
#include "gateway/streams/publication.hpp"
#include "gateway/streams/stream.hpp"

/// What the access log's line of a request tells of its stream.
namespace sluice::gateway {

/// How it ended; of the stream that was `begun` for the request, what it cost, too. Null: it was
/// joined.
void record_stream(request_scope& scope, const publication& stream, gateway::stream* begun);

/// How a request ended that its stream was written to, for the log and for its own span.
void record_end(request_scope& scope, const publication& stream, stream_response::end end);

/// What was asked, and answered so far: only where the operator wants it in the log. Spans are
/// another matter.
void record_content(request_scope& scope, stream& stream);

}  // namespace sluice::gateway
