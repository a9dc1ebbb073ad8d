#pragma once

#include "gateway/telemetry/counter.hpp"
#include "gateway/telemetry/histogram.hpp"
#include "gateway/telemetry/latency_bounds.hpp"
#include "gateway/telemetry/stream_figures.hpp"
#include "upstream/generation.hpp"

#include <array>
#include <cstddef>

namespace sluice::gateway {

/// When a client left the stream that it was reading.
enum class leaving_phase { before_first_token, streaming, after_end };
inline constexpr std::size_t leaving_phase_count = 3;

/// The figures of one worker that are of all its streams together. Changed by its thread only.
struct counters {
    static constexpr std::size_t status_classes = 6;

    counter connections;   ///< open now
    counter streams_live;  ///< being generated now
    counter readers;       ///< taking a stream now
    counter input_tokens;
    counter output_tokens;    ///< of streams that have ended
    counter content_items;    ///< about a token each, as they come
    counter coalesced_items;  ///< of these, what came and went together with the one before
    counter wasted_tokens;    ///< generated, and read by nobody
    counter paused_us;        ///< microseconds that sources stood still for slow readers
    counter upstream_resent;
    std::array<counter, upstream::outcome_count> outcomes;  ///< by upstream::outcome
    /// Of these, behind their first content, but for those that somebody ended on purpose.
    std::array<counter, upstream::outcome_count> midstream_failures;
    std::array<counter, leaving_phase_count> disconnects;
    std::array<counter, status_classes> requests;  ///< by the first digit of the status
    counter spans_exported;                        ///< taken by the collector
    counter spans_dropped;                         ///< never sent: too many waited
    counter spans_failed;                          ///< sent, or to be sent, and not taken

    // Nanoseconds.
    histogram added_first{added_latency_bounds};  ///< to the first content of a stream
    histogram added_event{added_latency_bounds};  ///< to what follows: bytes in, bytes out
    histogram loop_lag{added_latency_bounds};

    stream_figures streams;  ///< by route, target and dialect
};

}  // namespace sluice::gateway
