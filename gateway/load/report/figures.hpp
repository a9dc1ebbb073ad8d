#pragma once

#include "gateway/load/report/histogram.hpp"
#include "gateway/load/report/metric.hpp"
#include "gateway/load/report/stream_record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::gateway::load {

/// What came of the tokens whose content is known.
struct integrity {
    std::uint64_t checked = 0;  ///< tokens compared with what the mock must say
    std::uint64_t lost =
        0;  ///< passed over, or missing at the end of a stream that ended as if whole
    std::uint64_t doubled = 0;     ///< came again
    std::uint64_t disordered = 0;  ///< came behind a later one
    std::uint64_t altered = 0;     ///< came with other bytes
    std::uint64_t foreign = 0;     ///< nobody asked for them
    std::uint64_t miscounted = 0;  ///< streams whose usage or finish is not the mock's

    std::uint64_t broken() const {
        return lost + doubled + disordered + altered + foreign + miscounted;
    }
    void add(const integrity& other);
    bool operator==(const integrity&) const = default;
};

/// One second of a run.
struct interval {
    std::uint32_t due = 0;  ///< the schedule's starts
    std::uint32_t started = 0;
    std::uint32_t ended = 0;
    std::uint32_t errors = 0;
    std::uint32_t live = 0;  ///< at its end
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;

    void add(const interval& other);
};

/// What one run has seen, or one of its workers so far. Plain data; owned by one thread, added
/// together when the workers have ended.
struct figures {
    /// So many streams are kept one by one; more are in sums and histograms only.
    static constexpr std::size_t records_max = 1'000'000;
    static constexpr std::size_t examples_max = 10;

    std::uint64_t due = 0;      ///< streams that the schedule wanted
    std::uint64_t started = 0;  ///< asked for
    std::uint64_t whole = 0;
    std::uint64_t failed = 0;
    std::uint64_t aborted = 0;
    std::uint64_t unended = 0;
    std::uint64_t met_objectives = 0;
    std::uint64_t resumed = 0;      ///< connections that came back on purpose
    std::uint64_t reconnected = 0;  ///< kept connections that had died, and were replaced
    std::uint64_t events = 0;       ///< with content
    std::uint64_t bytes = 0;        ///< of responses
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    integrity content;
    std::array<histogram, metric_count> times;
    std::map<std::string, std::uint64_t> errors;  ///< by kind, in a few words: "HTTP 429"
    std::vector<std::string> examples;            ///< of errors and of broken content, in full
    std::vector<stream_record> records;
    std::vector<interval> seconds;  ///< from the run's beginning

    histogram loop_lag;  ///< how late the event loop looked at its timers
    double cpu_s = 0;    ///< of the worker's thread

    histogram& of(metric which) { return times[static_cast<std::size_t>(which)]; }
    const histogram& of(metric which) const { return times[static_cast<std::size_t>(which)]; }

    void add(const figures& other);
    /// The second that `at_ns` lies in; makes those before it. After a day, the day's last one.
    interval& second(std::int64_t at_ns);
    /// Keeps it where there is room and it is not there yet; of a long one, its beginning.
    void note_example(std::string text);
};

}  // namespace sluice::gateway::load
