#pragma once

#include "gateway/load/worker.hpp"
#include "tests/bench/bench_work.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// What becomes of a client's stream, and when the run ends.
enum class pattern {
    once,   ///< each client carries one stream; the run ends with the last
    loop,   ///< each starts its next stream as soon as one has ended, for `duration_s`
    hold,   ///< all streams are held open until `duration_s` is over, or a signal
    leave,  ///< the clients leave their streams, at random times within `leave_s`
    read,   ///< each reads what is there already, until all have the stream's last token
};

struct phase_settings {
    pattern shape = pattern::once;
    std::size_t connections = 1;
    std::uint64_t first_id = 0;
    double duration_s = 0;  ///< of the measuring window; 0 with `hold`: until a signal
    double leave_s = 0;
};

/// Leads a worker through the phases of a benchmark: all clients begin, then there is a window in
/// which is measured.
class load_phases {
 public:
    /// Called with `window_start`, `held` and `window_end`, at the moment that they name.
    using teller = std::function<void(std::string_view event)>;

    /// `work` outlives it. SIGTERM and SIGINT end the run early.
    load_phases(const phase_settings& settings, gateway::load::worker& work, teller tell);

    /// Blocks until the run is over.
    void run();

    /// One line of JSON; README says what its fields mean.
    std::string report() const;
    /// Nothing was lost, doubled or disordered, and every stream ended well.
    bool sound() const;

 private:
    void on_client(gateway::load::client& one, bool ended);
    bool has_begun(const gateway::load::client& one) const;
    void count_begun(std::size_t index);
    void count_ended(std::size_t index);
    void on_all_begun();
    void leave(std::size_t index);
    void open_window();
    void end_window();
    void look_for_signal();

    const phase_settings& settings_;
    gateway::load::worker& work_;
    teller tell_;
    gateway::load::descriptor signals_;
    std::map<std::size_t, gateway::load::client*> clients_;
    std::vector<bool> begun_;
    std::vector<bool> ended_;
    std::size_t begun_count_ = 0;
    std::size_t ended_count_ = 0;
    std::int64_t opened_ns_ = -1;
    double window_s_ = 0;
    std::map<std::uint64_t, std::int64_t> left_;  // CLOCK_MONOTONIC, by stream id
    std::mt19937 random_;
};

}  // namespace sluice::bench
