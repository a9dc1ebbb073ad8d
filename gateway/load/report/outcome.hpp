#pragma once

#include "gateway/load/report/figures.hpp"
#include "gateway/load/report/objectives.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

/// A run that is over: what it was, what it saw, and whether its figures can be believed.
struct run_outcome {
    std::string version;  ///< of Sluice
    std::string url;
    std::string dialect;
    std::string load;          ///< for people: "poisson, 20 streams/s", "closed, 100 clients"
    std::string work;          ///< for people: prompts and lengths
    std::string command;       ///< as it was given; without values of headers
    std::int64_t unix_ms = 0;  ///< when it began
    double duration_s = 0;     ///< from the warm-up's end to the last end
    double warmup_s = 0;       ///< streams due within it are in no figure
    unsigned workers = 1;
    double target_rate = 0;          ///< streams per second; 0: a closed loop
    std::size_t target_clients = 0;  ///< of a closed loop
    double objective_share = 0.99;   ///< so many streams have to be good
    objectives wanted;
    bool checked = false;  ///< the content was compared with the mock's
    bool stamped = false;  ///< the mock's stamps told what was added
    figures seen;
    /// The client's machine, for people: {"kernel", "Linux 6.1"}, {"processors", "2"}.
    std::vector<std::pair<std::string, std::string>> environment;

    /// Why the client itself was the bottleneck; empty: it was not.
    std::vector<std::string> invalid;

    bool interrupted = false;  ///< a signal ended it early

    /// Good streams per second.
    double goodput() const;
    /// Good ones among those that were due and not aborted on purpose; 1 where there are none.
    double good_share() const;
    bool missed_objectives() const { return !wanted.empty() && good_share() < objective_share; }
};

/// What a run may look like while it goes on. A value; made several times a second.
struct run_glance {
    double elapsed_s = 0;
    double left_s = -1;  ///< below 0: not known
    std::uint64_t due = 0;
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
    std::uint64_t failed = 0;
    std::uint64_t live = 0;
    std::uint64_t events = 0;
    std::uint64_t broken_content = 0;
    double streams_per_s = 0;  ///< of the last second
    double events_per_s = 0;
    double mb_per_s = 0;
    double cpu_share = 0;  ///< of one core
    /// Of the run so far, in nanoseconds: p50, p90, p99.
    std::array<std::int64_t, 3> ttft_ns{};
    std::array<std::int64_t, 3> gap_ns{};
    std::array<std::int64_t, 3> added_ns{};                     ///< zero without stamps
    std::vector<std::pair<std::string, std::uint64_t>> errors;  ///< most frequent first
};

}  // namespace sluice::gateway::load
