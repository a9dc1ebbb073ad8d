#include "gateway/load/worker.hpp"

#include "gateway/load/resource_watch.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t ns_per_ms = 1'000'000;
/// Of alarms in one turn: what arrives meanwhile must not wait for thousands of them.
constexpr int alarms_per_turn = 64;
/// A client whose stream has failed waits, or a server that is down would be asked in a spin.
constexpr std::int64_t start_again_ns = 100 * ns_per_ms;
constexpr std::int64_t look_ns = 20 * ns_per_ms;
constexpr std::int64_t publish_ns = 100 * ns_per_ms;

std::int64_t ns_of(double seconds) {
    return static_cast<std::int64_t>(seconds * static_cast<double>(ns_per_s));
}

}  // namespace

worker::worker(run_share& share, std::size_t clients, std::int64_t epoch_ns)
    : share_(share),
      clock_{epoch_ns, ns_of(share.settings.warmup_s)},
      log_(share.log),
      server_(server_of(*share.settings.spoken, share.settings.to, share.settings.api_key)),
      around_{
          share.settings,
          share.to,
          share.tls,
          server_,
          clock_,
          events_,
          seen_,
          log_,
          share.settings.sources},
      clients_max_(clients) {
    server_.ask_usage = share.settings.checked != check::stamps;
}

void worker::run() {
    schedule_starts();
    next_look_ns_ = now() + look_ns;
    while (!over_ && !is_done()) {
        const std::int64_t alarm_ns = alarms_.empty() ? never : alarms_.top().due_ns;
        for (const auto& event :
             events_.wait(std::min(alarm_ns, next_look_ns_) + clock_.epoch_ns)) {
            on_event(event);
            if (over_) break;
        }
        run_alarms();
        // Not one of the alarms: starts that are overdue would all come before it.
        if (!over_ && now() >= next_look_ns_) look();
    }
    finish();
    seen_.cpu_s = thread_cpu_s() - unmeasured_cpu_s_;
    publish();
}

void worker::schedule_starts() {
    if (share_.settings.arriving) return await_next_due();
    const auto step = ns_of(share_.settings.ramp_s) / static_cast<std::int64_t>(clients_max_);
    for (std::size_t i = 0; i < clients_max_; ++i) {
        set_alarm(now() + step * static_cast<std::int64_t>(i), task::next);
    }
}

void worker::set_alarm(std::int64_t due_ns, task what, std::uint32_t index) {
    alarms_.push({due_ns, what, index});
}

void worker::run_alarms() {
    const std::int64_t now_ns = now();
    for (int i = 0; i < alarms_per_turn && !over_ && !alarms_.empty(); ++i) {
        if (alarms_.top().due_ns > now_ns) return;
        const alarm due = alarms_.top();
        alarms_.pop();
        ring(due);
    }
}

void worker::ring(const alarm& due) {
    switch (due.what) {
        case task::due:
            return start_due();
        case task::next:
            return start_next();
        case task::turn:
            return start_turn(due.index);
        case task::wake: {
            // An alarm may outlive what it was set for.
            client& one = clients_[due.index];
            if (wakes_[due.index] != due.due_ns || !one.wake_ns()) return;
            wakes_[due.index] = never;
            one.on_wake();
            return after_step(one, true);
        }
        case task::callback: {
            const auto callback = std::exchange(callbacks_[due.index], {});
            return callback();
        }
    }
}

// ---- starting streams ----

/// Takes the next stream of an open loop off the feed and waits until it is due.
void worker::await_next_due() {
    next_ = share_.jobs.next(now());
    if (!next_) {
        fed_ = false;
        return;
    }
    set_alarm(next_->due_ns, task::due);
}

void worker::start_due() {
    if (!next_) return;
    start(*std::exchange(next_, {}));
    await_next_due();
}

/// The next stream of a closed loop, for whichever client is free.
void worker::start_next() {
    if (!fed_) return;
    auto job = share_.jobs.next(now());
    if (!job) {
        fed_ = false;
        return;
    }
    start(*std::move(job));
}

void worker::start_turn(std::uint32_t number) {
    auto turn = turns_.extract(number);
    if (!turn.empty()) start(std::move(turn.mapped()));
}

void worker::stop_starting(std::int64_t now_ns) {
    if (stopped_ns_) return;
    stopped_ns_ = now_ns;
    fed_ = false;
    next_.reset();
    turns_.clear();
}

/// False: all clients are busy, and the stream is not begun.
bool worker::start(assignment job) {
    const bool measured = job.due_ns >= clock_.measured_from_ns;
    if (measured) {
        ++seen_.due;
        ++seen_.second(job.due_ns).due;
    }
    client* const one = free_client();
    if (one == nullptr) {
        if (measured) ++seen_.errors["not begun: all clients were busy"];
        return false;
    }
    if (measured) {
        ++seen_.started;
        ++seen_.second(now()).started;
    }
    begin(*one, std::move(job));
    return true;
}

void worker::begin(client& one, assignment job) {
    ++live_;
    last_begun_ns_ = now();
    one.begin(std::move(job));
    after_step(one, true);
}

client* worker::free_client() {
    if (!idle_.empty()) {
        const std::uint32_t index = idle_.back();
        idle_.pop_back();
        return &clients_[index];
    }
    const std::size_t readers = share_.settings.how.subscribers;
    if (clients_.size() >= clients_max_ * readers) return nullptr;
    const auto index = static_cast<std::uint32_t>(clients_.size());
    wakes_.push_back(never);
    subscribed_.push_back(false);
    return &clients_.emplace_back(around_, index);
}

/// The other readers of a stream come as soon as it can be named.
void worker::start_subscribers(const client& first) {
    assignment reader = first.job();
    reader.attach = first.stream_path();
    reader.turns_left = 0;
    reader.abort_after = reader.drop_after = assignment::never;
    for (std::size_t i = 1; i < share_.settings.how.subscribers; ++i) {
        reader.due_ns = now();
        reader.number = share_.jobs.next_number();
        start(reader);
    }
}

// ---- what comes ----

void worker::on_event(const epoll_event& event) {
    const auto index = static_cast<std::uint32_t>(event.data.u64);
    client& one = clients_[index];
    const bool streamed = one.is_streaming();
    one.on_event(event);
    after_step(one, streamed);
}

void worker::after_step(client& one, bool was_streaming) {
    if (!was_streaming) return;
    const std::uint32_t index = one.index();
    const auto& job = one.job();
    const bool first = share_.settings.how.subscribers > 1 && job.attach.empty();
    if (first && !subscribed_[index] && !one.stream_path().empty()) {
        subscribed_[index] = true;
        start_subscribers(one);
    }
    const bool ended = !one.is_streaming();
    if (!ended && one.wake_ns() && *one.wake_ns() < wakes_[index]) {
        wakes_[index] = *one.wake_ns();
        set_alarm(wakes_[index], task::wake, index);
    }
    if (hook_) hook_(one, ended);
    if (ended) on_ended(one);
}

void worker::on_ended(client& one) {
    --live_;
    wakes_[one.index()] = never;
    subscribed_[one.index()] = false;
    idle_.push_back(one.index());
    if (over_ || stopped_ns_) return;
    const bool well = one.ended_well();
    const assignment& job = one.job();
    if (well && job.turns_left > 0) {
        const std::int64_t due_ns = now() + job.think_ns;
        turns_.emplace(turn_number_, share_.jobs.follow_up(job, one.reading().text(), due_ns));
        return set_alarm(due_ns, task::turn, turn_number_++);
    }
    const bool closed = !share_.settings.arriving && job.attach.empty();
    if (closed) set_alarm(now() + (well ? 0 : start_again_ns), task::next);
}

// ---- looking after itself ----

void worker::look() {
    const std::int64_t now_ns = now();
    seen_.loop_lag.record(now_ns - next_look_ns_);
    next_look_ns_ = now_ns + look_ns;
    if (now_ns < clock_.measured_from_ns) unmeasured_cpu_s_ = thread_cpu_s();
    note_live(now_ns);
    if (now_ns >= next_publish_ns_) {
        next_publish_ns_ = now_ns + publish_ns;
        look_for_silence(now_ns);
        publish();
    }
    const plan& settings = share_.settings;
    const bool late = settings.duration_s > 0 && now_ns > ns_of(settings.duration_s);
    if (late || share_.phase != run_phase::starting) stop_starting(now_ns);
    const bool idle = (!fed_ || share_.jobs.is_spent()) && turns_.empty();
    const std::int64_t last_ns = stopped_ns_ ? *stopped_ns_ : last_begun_ns_;
    const bool drained = idle && now_ns > last_ns + ns_of(settings.drain_s);
    if (drained || share_.phase == run_phase::over) finish();
}

void worker::look_for_silence(std::int64_t now_ns) {
    const std::int64_t limit_ns = ns_of(share_.settings.timeout_s);
    for (client& one : clients_) {
        if (!one.is_streaming() || one.wake_ns() || now_ns - one.heard_ns() < limit_ns) continue;
        one.give_up("timeout", "nothing came for " + std::to_string(limit_ns / ns_per_s) + " s");
        after_step(one, true);
    }
}

/// Live streams at the end of each second.
void worker::note_live(std::int64_t now_ns) {
    for (; second_ < now_ns / ns_per_s; ++second_) {
        seen_.second(second_ * ns_per_s).live = static_cast<std::uint32_t>(live_);
    }
}

bool worker::is_done() const {
    return !fed_ && live_ == 0 && turns_.empty() && !next_;
}

void worker::finish() {
    if (std::exchange(over_, true)) return;
    note_live(now());
    for (client& one : clients_) {
        if (!one.is_streaming()) continue;
        one.break_off();
        on_ended(one);
    }
}

void worker::leave(client& one) {
    one.leave();
    after_step(one, true);
}

void worker::after(double seconds, std::function<void()> callback) {
    callbacks_.push_back(std::move(callback));
    set_alarm(
        now() + ns_of(seconds), task::callback, static_cast<std::uint32_t>(callbacks_.size() - 1)
    );
}

void worker::measure_from_now() {
    figures fresh;
    fresh.content = seen_.content;
    fresh.failed = seen_.failed;
    fresh.examples = std::move(seen_.examples);
    seen_ = std::move(fresh);
    clock_.measured_from_ns = now();
}

void worker::publish() {
    const std::lock_guard lock(glance_mutex_);
    glance_.due = seen_.due;
    glance_.started = seen_.started;
    glance_.ended = seen_.whole + seen_.failed + seen_.aborted;
    glance_.failed = seen_.failed;
    glance_.live = live_;
    glance_.events = seen_.events;
    glance_.bytes = seen_.bytes;
    glance_.broken_content = seen_.content.broken();
    glance_.cpu_s = thread_cpu_s();
    glance_.ttft = seen_.of(metric::ttft_content);
    glance_.gap = seen_.of(metric::gap);
    glance_.added = seen_.of(metric::added);
    glance_.errors = seen_.errors;
    glance_.seconds = seen_.seconds;
}

worker_glance worker::glance() const {
    const std::lock_guard lock(glance_mutex_);
    return glance_;
}

}  // namespace sluice::gateway::load
