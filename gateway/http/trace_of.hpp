#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/request_scope.hpp"
#include "upstream/generation.hpp"
#include "upstream/routing/destination.hpp"

/// The trace of a request: begun as soon as it is known to ask for a generation, handed over to the
/// stream that is begun for it, or told where the request ends without one.
namespace sluice::gateway {

/// Begins the trace, where one is configured, and notes its id for the log.
void begin_trace_of(request_scope& scope);

/// What its call tells providers of the trace, and what is kept of both for spans.
void tell_call(request_scope& scope, const upstream::destination& to, decoded_request& decoded);

/// What the request is answered with instead of a stream.
void note_failure(request_scope& scope, const upstream::failure& reason);

/// The span of a request that has ended, where its trace is not a stream's.
void tell_request(const request_scope& scope);

}  // namespace sluice::gateway
