#pragma once

#include "gateway/doctor/facts.hpp"

#include <cstddef>

namespace sluice::gateway::doctor {

enum class pace {
    one_by_one,
    bursts,      ///< some at a time, as a buffer lets them go
    at_the_end,  ///< all at once, when the last was made
    nothing,     ///< none came while one looked
};

/// How the events of a stream came, beside how they were made.
struct pacing {
    pace how = pace::nothing;
    double late_ms = 0;  ///< nine in ten were no later, beside the quickest
    double span_ms = 0;  ///< in which they were made
    std::size_t bursts = 0;
    std::size_t burst_events = 0;  ///< of the largest
    std::size_t burst_bytes = 0;   ///< likewise: what a buffer holds
    double silence_ms = 0;         ///< the longest, that ahead of the first included
    std::size_t bytes = 0;         ///< in all
};

/// Where events say when they were made, what counts is how much later than the quickest each came;
/// where they do not, the pace at which they are made. Networks delay a few; buffers delay most.
pacing judge_pace(const stream_facts& seen);

}  // namespace sluice::gateway::doctor
