#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"
#include "upstream/routing/destination.hpp"

#include <memory>

namespace sluice::gateway {

/// The trace of a request, where one is configured: what its call tells providers, its id for the
/// log, and what is kept for its spans. Null: no spans are made of it.
std::unique_ptr<request_trace> trace_of(
    request_scope& scope, const upstream::destination& to, decoded_request& decoded
);

}  // namespace sluice::gateway
