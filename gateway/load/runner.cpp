#include "gateway/load/runner.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr double ns_per_s = 1e9;
/// Of starts and leaves in one turn: what arrives meanwhile must not wait for thousands of them.
constexpr int alarms_per_turn = 64;
/// A connection whose stream has failed waits, or a server that is down would be asked in a spin.
constexpr double start_again_s = 0.1;
constexpr double look_s = 0.5;
constexpr std::uint64_t signal_tag = ~std::uint64_t{0};

}  // namespace

runner::runner(const plan& settings, const endpoint& to, ssl_ctx_st* tls, teller tell)
    : settings_(settings),
      tell_(std::move(tell)),
      signals_(catch_stop_signals()),
      around_{settings, to, tls, events_, figures_},
      begun_(settings.connections),
      ended_(settings.connections),
      next_id_(settings.first_id) {
    connections_.reserve(settings.connections);
    for (std::size_t i = 0; i < settings.connections; ++i)
        connections_.emplace_back(around_, static_cast<std::uint32_t>(i));
    events_.add(signals_.get(), EPOLLIN, signal_tag);
}

const tally& runner::run() {
    began_ns_ = last_arrival_ns_ = now_ns();
    schedule_starts();
    set_alarm(look_s, task::look);
    if (settings_.shape == pattern::once) open_window();
    while (!over_) {
        for (const auto& event : events_.wait(alarms_.top().due_ns)) {
            on_event(event);
            if (over_) break;
        }
        run_alarms();
    }
    return figures_;
}

void runner::schedule_starts() {
    const double step = settings_.ramp_s / static_cast<double>(connections_.size());
    for (std::size_t i = 0; i < connections_.size(); ++i)
        set_alarm(step * static_cast<double>(i), task::start, i);
}

void runner::set_alarm(double in_s, task what, std::size_t index) {
    alarms_.push({now_ns() + static_cast<std::int64_t>(in_s * ns_per_s), what, index});
}

void runner::run_alarms() {
    const std::int64_t now = now_ns();
    for (int i = 0; i < alarms_per_turn && !over_ && alarms_.top().due_ns <= now; ++i) {
        const alarm due = alarms_.top();
        alarms_.pop();
        ring(due);
    }
}

void runner::ring(const alarm& due) {
    switch (due.what) {
        case task::start:
            return start(due.index);
        case task::leave:
            if (!connections_[due.index].is_streaming()) return;
            connections_[due.index].leave();
            return after(due.index);
        case task::end_window:
            return finish();
        case task::look:
            set_alarm(look_s, task::look);
            return look_for_progress();
    }
}

void runner::on_event(const epoll_event& event) {
    if (event.data.u64 == signal_tag) return finish();
    const auto index = static_cast<std::uint32_t>(event.data.u64);
    arrived_ = true;
    connection& one = connections_[index];
    const bool streamed = one.is_streaming();
    one.on_event(event);
    if (!begun_[index] && has_begun(one)) count_begun(index);
    if (streamed && !one.is_streaming()) return after(index);
    // Who has read all stays: its going would cost the server what others' tokens are charged for.
    if (settings_.shape == pattern::read && one.has_last()) count_ended(index);
}

void runner::start(std::size_t index) {
    connections_[index].begin(next_id_++);
    if (!connections_[index].is_streaming()) after(index);
}

/// The connection's stream has ended, one way or the other.
void runner::after(std::size_t index) {
    const bool well = connections_[index].ended_well();
    if (settings_.shape == pattern::loop) {
        if (well)
            start(index);
        else
            set_alarm(start_again_s, task::start, index);
    }
    if (!begun_[index]) count_begun(index);
    if (settings_.shape != pattern::loop) return count_ended(index);
    const std::uint64_t bad_max = 100 + connections_.size();
    if (figures_.bad_streams() > bad_max) finish();
}

/// Readers are waited for until they are attached, which is before there are tokens.
bool runner::has_begun(const connection& one) const {
    return settings_.shape == pattern::read ? one.is_answered() : one.has_received();
}

void runner::count_begun(std::size_t index) {
    begun_[index] = true;
    if (++begun_count_ == connections_.size()) on_all_begun();
}

void runner::count_ended(std::size_t index) {
    if (ended_[index]) return;
    ended_[index] = true;
    if (++ended_count_ == connections_.size()) finish();
}

void runner::on_all_begun() {
    if (settings_.shape != pattern::once) open_window();
    if (settings_.shape == pattern::hold) {
        held_ = true;
        tell_("held");
    }
    if (settings_.shape == pattern::leave) {
        std::uniform_real_distribution<double> moment(0, settings_.leave_s);
        for (std::size_t i = 0; i < connections_.size(); ++i)
            if (connections_[i].is_streaming()) set_alarm(moment(random_), task::leave, i);
    } else if (settings_.duration_s > 0) {
        set_alarm(settings_.duration_s, task::end_window);
    }
}

void runner::open_window() {
    figures_.open_window(now_ns());
    tell_("window_start");
}

void runner::finish() {
    if (std::exchange(over_, true)) return;
    if (figures_.window_open()) {
        figures_.close_window(now_ns());
        tell_("window_end");
    }
    for (connection& one : connections_)
        one.break_off();
}

void runner::look_for_progress() {
    const std::int64_t now = now_ns();
    if (std::exchange(arrived_, false)) last_arrival_ns_ = now;
    const auto limit_ns = static_cast<std::int64_t>(settings_.timeout_s * ns_per_s);
    const auto ramp_ns = static_cast<std::int64_t>(settings_.ramp_s * ns_per_s);
    const std::size_t waiting = connections_.size() - begun_count_;
    if (waiting > 0 && now - began_ns_ > ramp_ns + limit_ns) {
        give_up(std::to_string(waiting) + " connections had not begun in time");
    } else if (!held_ && now - last_arrival_ns_ > ramp_ns + limit_ns) {
        give_up("nothing arrived any more");
    }
}

void runner::give_up(const std::string& why) {
    for (connection& one : connections_)
        if (one.is_streaming()) one.give_up(why);
    finish();
}

}  // namespace sluice::gateway::load
