#include "tests/bench/load_phases.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <utility>

namespace sluice::bench {

namespace {

using nlohmann::ordered_json;
using namespace gateway::load;

constexpr double look_s = 0.05;
constexpr double ns_per_s = 1e9;

double microseconds(std::int64_t ns) {
    return std::round(static_cast<double>(ns) / 100.0) / 10.0;
}

ordered_json percentiles(const histogram& times) {
    return {
        {"p50", microseconds(times.percentile_ns(0.50))},
        {"p90", microseconds(times.percentile_ns(0.90))},
        {"p99", microseconds(times.percentile_ns(0.99))},
        {"max", microseconds(times.max_ns())},
        {"count", times.count()},
    };
}

}  // namespace

load_phases::load_phases(const phase_settings& settings, worker& work, teller tell)
    : settings_(settings),
      work_(work),
      tell_(std::move(tell)),
      signals_(catch_stop_signals()),
      begun_(settings.connections),
      ended_(settings.connections) {}

void load_phases::run() {
    work_.when_told([this](client& one, bool ended) { on_client(one, ended); });
    look_for_signal();
    if (settings_.shape == pattern::once) open_window();
    work_.run();
    end_window();
}

void load_phases::look_for_signal() {
    if (take_signal(signals_)) return end_window();
    work_.after(look_s, [this] { look_for_signal(); });
}

void load_phases::on_client(client& one, bool ended) {
    const std::size_t index = one.index();
    clients_.emplace(index, &one);
    if (has_begun(one) || ended) count_begun(index);
    // Who has read all stays: its going would cost the server what others' tokens are charged for.
    const bool read = settings_.shape == pattern::read && one.reading().has_last();
    if (read || (ended && settings_.shape != pattern::loop)) count_ended(index);
}

/// Readers are waited for until they are attached, which is before there are tokens.
bool load_phases::has_begun(const client& one) const {
    return settings_.shape == pattern::read ? one.is_answered() : one.reading().events() > 0;
}

void load_phases::count_begun(std::size_t index) {
    if (begun_[index]) return;
    begun_[index] = true;
    if (++begun_count_ == settings_.connections) on_all_begun();
}

void load_phases::count_ended(std::size_t index) {
    if (ended_[index]) return;
    ended_[index] = true;
    if (++ended_count_ == settings_.connections) end_window();
}

void load_phases::on_all_begun() {
    if (settings_.shape != pattern::once) open_window();
    if (settings_.shape == pattern::hold) tell_("held");
    if (settings_.shape == pattern::leave) {
        std::uniform_real_distribution<double> moment(0, settings_.leave_s);
        for (const auto& [index, one] : clients_)
            if (one->is_streaming())
                work_.after(moment(random_), [this, at = index] { leave(at); });
    } else if (settings_.duration_s > 0) {
        work_.after(settings_.duration_s, [this] { end_window(); });
    }
}

void load_phases::leave(std::size_t index) {
    client& one = *clients_[index];
    if (!one.is_streaming()) return;
    left_.emplace(settings_.first_id + one.job().number, now_ns());
    work_.leave(one);
}

void load_phases::open_window() {
    if (settings_.shape != pattern::once) work_.measure_from_now();
    opened_ns_ = now_ns();
    tell_("window_start");
}

void load_phases::end_window() {
    if (opened_ns_ >= 0 && window_s_ == 0) {
        window_s_ = static_cast<double>(now_ns() - opened_ns_) / ns_per_s;
        tell_("window_end");
    }
    work_.finish();
}

bool load_phases::sound() const {
    const figures& seen = work_.seen();
    return seen.content.broken() + seen.failed == 0;
}

std::string load_phases::report() const {
    const figures& seen = work_.seen();
    const double per_s = window_s_ > 0 ? static_cast<double>(seen.events) / window_s_ : 0;
    ordered_json left = ordered_json::object();
    for (const auto& [id, at_ns] : left_)
        left[std::to_string(id)] = at_ns;
    const ordered_json report = {
        {"event", "report"},
        {"sound", sound()},
        {"streams", seen.whole},
        {"tokens", seen.of(metric::added).count()},
        {"lost", seen.content.lost},
        {"doubled", seen.content.doubled},
        {"disordered", seen.content.disordered},
        {"foreign", seen.content.foreign},
        {"failed", seen.failed},
        {"examples", seen.examples},
        {"reconnects", seen.reconnected},
        {"latency_us", percentiles(seen.of(metric::added))},
        {"ttft_us", percentiles(seen.of(metric::ttft_sent))},
        {"stream_us", percentiles(seen.of(metric::e2e_sent))},
        {"window_s", window_s_},
        {"tokens_per_s", std::round(per_s)},
        {"left", left},
    };
    // An example may quote bytes of a server that are no UTF-8.
    return report.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sluice::bench
