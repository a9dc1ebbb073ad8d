#pragma once

#include "gateway/load/report/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// How the highest rate under the objectives is looked for. Rates are streams per second.
struct knee_settings {
    double start = 1;
    double least = 0.1;
    double most = 10'000;
    double precision = 0.05;        ///< the rate that passed and the one that failed lie so close
    double objective_share = 0.99;  ///< so many streams have to be good
    /// Doubling from the least rate to the most takes 17, bisecting to the precision 4, and some
    /// are repeated; a server that answers at random is not asked for ever.
    unsigned probes_max = 40;
};

/// What one run at one rate came to.
struct probe {
    double rate = 0;
    double good_share = 0;
    double goodput = 0;  ///< good streams per second
    std::int64_t ttft_p99_ns = 0;
    bool outrun = false;       ///< streams came faster than they ended; it was broken off
    std::string client_limit;  ///< why the client was the bottleneck; empty: it was not
};

/// Of a run at `rate` with Poisson or constant arrivals.
probe probe_of(double rate, const run_outcome& run, bool outrun);

/// Doubles from the start until a probe fails (halves, if already the first one does), then bisects
/// on a logarithmic scale. A probe that fails narrowly, or in which the client was the bottleneck,
/// is repeated once, and counts as the second one comes out. Pure; owned by one thread.
class knee_search {
 public:
    enum class ending {
        none,            ///< goes on, or was given up
        found,           ///< the rate that passed and the one that failed are within the precision
        none_passes,     ///< the least rate fails
        all_pass,        ///< the most passes
        client_limited,  ///< above the knee the client is the bottleneck
        probes_spent,
    };
    struct entry {
        probe seen;
        bool passed = false;
        bool repeated = false;  ///< does not count: the next one at this rate does
    };

    /// Settings that make no sense are brought to the nearest that do.
    explicit knee_search(const knee_settings& settings);

    /// The rate to be tried next; nothing: it is over.
    std::optional<double> next() const;
    /// How the rate of `next` came out.
    void told(const probe& outcome);

    /// The highest rate that passed; 0: none did.
    double knee() const { return passed_; }
    /// The lowest rate above it that failed.
    std::optional<double> failed_at() const { return failed_; }
    ending how() const { return ending_; }
    const std::vector<entry>& entries() const { return entries_; }
    const knee_settings& settings() const { return settings_; }

 private:
    bool passes(const probe& outcome) const;
    bool is_doubtful(const probe& outcome) const;
    void bound(const probe& outcome, bool passed);
    void choose();
    void choose_between();
    void end(ending how);

    knee_settings settings_;
    std::vector<entry> entries_;
    double passed_ = 0;
    std::optional<double> failed_;
    bool failed_by_client_ = false;
    double next_;
    ending ending_ = ending::none;
};

/// A table of all probes and a sentence that says what they came to.
std::string knee_text(const knee_search& search);

/// The same as JSON: `{"knee_streams_per_s", "failed_at", "ending", "probes": [...]}`.
std::string knee_json(const knee_search& search);

}  // namespace sluice::gateway::load
