#pragma once

#include "gateway/config/configuration.hpp"
#include "upstream/attempt_record.hpp"
#include "upstream/generation.hpp"

#include <array>
#include <cstdint>
#include <optional>
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

}  // namespace sluice::gateway
