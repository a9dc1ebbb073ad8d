#pragma once

#include "gateway/load/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// Runs a plan from its first connection to its end, on the calling thread. Everything that it
/// opens is closed when it is destroyed.
class runner {
 public:
    /// Called with `window_start`, `held` and `window_end`, at the moment that they name.
    using teller = std::function<void(std::string_view event)>;

    /// `settings`, `to` and `tls` must outlive it; `tls` null: none. SIGTERM and SIGINT end the run
    /// early from now on. Throws std::system_error where the system gives no descriptors.
    runner(const plan& settings, const endpoint& to, ssl_ctx_st* tls, teller tell);

    /// Blocks until the run is over.
    const tally& run();

 private:
    enum class task { start, leave, end_window, look };
    struct alarm {
        std::int64_t due_ns;
        task what;
        std::size_t index;
        bool operator>(const alarm& other) const { return due_ns > other.due_ns; }
    };

    void schedule_starts();
    void set_alarm(double in_s, task what, std::size_t index = 0);
    void run_alarms();
    void ring(const alarm& due);
    void on_event(const epoll_event& event);
    void start(std::size_t index);
    void after(std::size_t index);
    bool has_begun(const connection& one) const;
    void count_begun(std::size_t index);
    void count_ended(std::size_t index);
    void on_all_begun();
    void open_window();
    void finish();
    void look_for_progress();
    void give_up(const std::string& why);

    const plan& settings_;
    teller tell_;
    descriptor signals_;
    poller events_;
    tally figures_;
    surroundings around_;
    std::vector<connection> connections_;
    std::vector<bool> begun_;  // has received, or has failed before it did
    std::vector<bool> ended_;  // starts nothing more, or has read all there is
    std::size_t begun_count_ = 0;
    std::size_t ended_count_ = 0;
    std::uint64_t next_id_;
    std::priority_queue<alarm, std::vector<alarm>, std::greater<>> alarms_;
    std::mt19937 random_;
    std::int64_t began_ns_ = 0;
    std::int64_t last_arrival_ns_ = 0;
    bool arrived_ = false;  // since the last look
    bool held_ = false;
    bool over_ = false;
};

}  // namespace sluice::gateway::load
