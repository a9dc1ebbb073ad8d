#include "gateway/http/loop_lag.hpp"

namespace sluice::gateway {

namespace {

/// A machine that is shared takes the processor away for some tenths of a second, and a crowd that
/// comes at once has been served within two: neither is to be turned away.
constexpr std::chrono::milliseconds late{200};
constexpr std::chrono::milliseconds late_for{2000};
constexpr int late_ticks_min = 4;
constexpr std::chrono::milliseconds punctual{100};

constexpr std::chrono::milliseconds tick_interval{100};
constexpr std::chrono::seconds unasked_time{1};

}  // namespace

void lag_judge::note(clock::duration lag, clock::time_point now) {
    if (lag < punctual) overloaded_ = false;
    if (lag < late) {
        late_since_.reset();
        late_ticks_ = 0;
        return;
    }
    if (!late_since_) late_since_ = now;
    ++late_ticks_;
    if (late_ticks_ >= late_ticks_min && now - *late_since_ >= late_for) overloaded_ = true;
}

bool loop_lag::overloaded() {
    if (stopped_) return false;
    asked_ = clock::now();
    if (!running_) {
        running_ = true;
        judge_ = {};
        arm(asked_);
    }
    return judge_.overloaded();
}

void loop_lag::stop() {
    stopped_ = true;
    timer_.cancel();
}

void loop_lag::arm(clock::time_point now) {
    due_ = now + tick_interval;
    timer_.set(due_, [this] { tick(); });
}

void loop_lag::tick() {
    const auto now = clock::now();
    judge_.note(now - due_, now);
    figures_.loop_lag.observe(std::chrono::nanoseconds(now - due_).count());
    running_ = now - asked_ < unasked_time || figures_.streams_live.value() > 0;
    if (running_) arm(now);
}

}  // namespace sluice::gateway
