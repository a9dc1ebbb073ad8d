#pragma once

#include "gateway/load/client.hpp"
#include "gateway/load/event_log.hpp"
#include "gateway/load/job_feed.hpp"
#include "gateway/load/plan.hpp"
#include "gateway/load/report/figures.hpp"
#include "gateway/load/stream_reading.hpp"
#include "gateway/load/wire/poller.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace sluice::gateway::load {

/// How far a run is to go on. Set by one thread, looked at by all workers.
enum class run_phase : int {
    starting,  ///< streams are begun as they are due
    draining,  ///< no more are begun
    over,      ///< those that have not ended are broken off
};

/// What the workers of one run share.
struct run_share {
    const plan& settings;
    const endpoint& to;
    ssl_ctx_st* tls;  ///< null: none
    job_feed& jobs;
    event_log* log;  ///< null: nothing is logged
    std::atomic<run_phase> phase{run_phase::starting};
};

/// What a worker shows of itself while it runs.
struct worker_glance {
    std::uint64_t due = 0;
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
    std::uint64_t failed = 0;
    std::uint64_t live = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::uint64_t broken_content = 0;
    double cpu_s = 0;
    histogram ttft;
    histogram gap;
    histogram added;
    std::map<std::string, std::uint64_t> errors;
    std::vector<interval> seconds;
};

/// One thread's share of a run: its clients, its clock, its figures. Runs on one thread, during
/// which only `glance` may be called from another.
class worker {
 public:
    /// Called when something came of a client's stream; `ended`: it is over.
    using client_hook = std::function<void(client& one, bool ended)>;

    /// `clients`: its part of the plan's. `share` outlives it. `epoch_ns`: when the run began.
    /// Throws std::system_error where the system gives no descriptors.
    worker(run_share& share, std::size_t clients, std::int64_t epoch_ns);

    /// Blocks until its part of the run is over.
    void run();

    const figures& seen() const { return seen_; }
    void flush_log() { log_.flush(); }
    worker_glance glance() const;

    // For those who run one worker by hand, from within its hooks.
    void when_told(client_hook hook) { hook_ = std::move(hook); }
    /// Calls back after so many seconds, while it runs.
    void after(double seconds, std::function<void()> callback);
    /// What was due or came before now is forgotten, but for failures and broken content.
    void measure_from_now();
    std::int64_t now() const { return around_.now(); }
    const run_clock& clock() const { return clock_; }
    /// Lets the client go away in the middle of its stream.
    void leave(client& one);
    /// Breaks off what has not ended, and ends.
    void finish();

 private:
    enum class task { due, next, turn, wake, callback };
    struct alarm {
        std::int64_t due_ns;
        task what;
        std::uint32_t index;
        bool operator>(const alarm& other) const { return due_ns > other.due_ns; }
    };

    void schedule_starts();
    void set_alarm(std::int64_t due_ns, task what, std::uint32_t index = 0);
    void run_alarms();
    void ring(const alarm& due);
    void await_next_due();
    void start_due();
    void start_next();
    void start_turn(std::uint32_t number);
    void stop_starting(std::int64_t now_ns);
    void start_subscribers(const client& first);
    bool start(assignment job);
    void begin(client& one, assignment job);
    client* free_client();
    void on_event(const epoll_event& event);
    void after_step(client& one, bool was_streaming);
    void on_ended(client& one);
    void look();
    void look_for_silence(std::int64_t now_ns);
    void note_live(std::int64_t now_ns);
    bool is_done() const;
    void publish();

    run_share& share_;
    run_clock clock_;
    poller events_;
    figures seen_;
    event_log::writer log_;
    upstream::provider_settings server_;
    surroundings around_;
    std::size_t clients_max_;
    std::deque<client> clients_;  // they stay where they are
    std::vector<std::uint32_t> idle_;
    std::vector<std::int64_t> wakes_;  // by client: the alarm that is set, or never
    std::vector<bool> subscribed_;     // by client: its stream's other readers have been begun
    std::size_t live_ = 0;
    std::optional<assignment> next_;                       // an open loop's, not due yet
    std::unordered_map<std::uint32_t, assignment> turns_;  // of conversations, not due yet
    std::uint32_t turn_number_ = 0;
    std::vector<std::function<void()>> callbacks_;
    bool fed_ = true;                         // the feed may have more
    std::optional<std::int64_t> stopped_ns_;  // since then nothing more is begun
    std::int64_t last_begun_ns_ = 0;
    std::int64_t next_look_ns_ = 0;
    double unmeasured_cpu_s_ = 0;
    std::priority_queue<alarm, std::vector<alarm>, std::greater<>> alarms_;
    client_hook hook_;
    std::int64_t second_ = 0;  // that live streams were last noted in
    std::int64_t next_publish_ns_ = 0;
    bool over_ = false;

    mutable std::mutex glance_mutex_;
    worker_glance glance_;
};

}  // namespace sluice::gateway::load
