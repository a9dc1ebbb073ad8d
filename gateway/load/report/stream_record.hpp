#pragma once

#include <cstdint>

namespace sluice::gateway::load {

/// How a stream came out, as its client saw it.
enum class verdict : std::uint8_t {
    whole,    ///< the protocol's own end came
    failed,   ///< refused, broken, timed out, or ended by an error
    aborted,  ///< the client went away on purpose
    unended,  ///< the run was over before it
};

/// What is kept of one stream. Times are nanoseconds since the run began; -1: did not happen.
struct stream_record {
    std::uint64_t number = 0;  ///< of the stream in the run
    std::int64_t due_ns = -1;
    std::int64_t sent_ns = -1;
    std::int64_t first_byte_ns = -1;
    std::int64_t first_event_ns = -1;
    std::int64_t first_content_ns = -1;
    std::int64_t first_visible_ns = -1;
    std::int64_t last_content_ns = -1;
    std::int64_t done_ns = -1;
    std::int64_t longest_gap_ns = -1;
    std::uint32_t events = 0;         ///< with content
    std::uint32_t input_tokens = 0;   ///< as the server counts, else 0
    std::uint32_t output_tokens = 0;  ///< as the server counts, else events
    std::uint32_t reconnects = 0;     ///< on purpose, with Last-Event-ID
    std::uint16_t status = 0;         ///< HTTP; 0: none came
    verdict how = verdict::unended;
    bool met_objectives = false;  ///< whole, and within all that were given
};

}  // namespace sluice::gateway::load
