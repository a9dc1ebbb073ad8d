#pragma once

#include "gateway/config/configuration.hpp"
#include "upstream/attempt_record.hpp"
#include "upstream/generation.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// W3C Trace Context (Level 1): the trace that a request belongs to.
namespace sluice::gateway {

/// Where a request stands in its trace.
struct trace_context {
    std::array<std::uint8_t, 16> trace_id{};
    std::uint64_t parent = 0;  ///< the caller's span; zero: the trace begins here
    std::uint64_t span = 0;    ///< the gateway's own, of the request
    bool sampled = false;      ///< spans are made of it
};

/// The value of `traceparent`, read strictly: version 00, or what a later version has in its place.
/// Nothing: it is none. `span` of the result is zero, `parent` the caller's.
std::optional<trace_context> read_traceparent(std::string_view text);

/// The trace of a request with these headers (lower-case names): the caller's where it has one that
/// is valid, else a new one. Without an endpoint for spans there is none, and the caller's header
/// goes on as it came.
std::optional<trace_context> begin_trace(
    const upstream::header_list& headers, const trace_settings& settings
);

/// What providers are told: each attempt is a span of its own.
upstream::trace_parent parent_of_attempts(const trace_context& request);

/// The caller's `tracestate`, several of them as one; empty where no valid `traceparent` says whose
/// it is.
std::string tracestate_of(const upstream::header_list& headers);

/// Leaves of a client's headers what providers are told of its trace: a `tracestate` that belongs
/// to a trace, and no `traceparent` where the gateway has spans of its own.
void keep_trace_headers(upstream::header_list& headers, bool traced);

/// Lower-case hexadecimal, with all zeros.
std::string hex_text(std::uint64_t id);
std::string hex_text(const std::array<std::uint8_t, 16>& id);

}  // namespace sluice::gateway
