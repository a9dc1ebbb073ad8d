#include "upstream/routing/target_health.hpp"

#include "upstream/routing/pauses.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

/// The part of a new measurement in the average: the last ten or so make it.
constexpr double newest_part = 0.2;

bool blames_target(const failure& why) {
    if (why.remedy != remedy::elsewhere && why.remedy != remedy::again) return false;
    switch (why.outcome) {
        case outcome::upstream_error:
        case outcome::upstream_eof:
        case outcome::first_token_timeout:
        case outcome::progress_timeout:
            return true;
        default:
            return false;
    }
}

}  // namespace

target_health::standing target_health::look(time_point now) const {
    standing seen;
    seen.outstanding = outstanding_.load(std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    seen.state = breaker_.look(now);
    seen.back = breaker_.closed_until();
    seen.failing = breaker_.failures_in_row() > 0;
    if (now - ttft_at_ <= ttft_age_max)
        seen.ttft = std::chrono::round<std::chrono::microseconds>(ttft_);
    return seen;
}

target_health::figures target_health::told() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

void target_health::note_limits(const header_list& headers, time_point now, wall_time wall) {
    const auto rest = time_without_allowance(headers, wall);
    if (rest.count() == 0) return;
    const std::lock_guard lock(mutex_);
    breaker_.rest_until(now + rest);
}

void target_health::adopt(const breaker_rules& rules) {
    const std::lock_guard lock(mutex_);
    breaker_.adopt(rules);
}

/// An old average is as good as none, so that the first measurement after it counts in full.
void target_health::measure(std::chrono::microseconds ttft, time_point now) {
    // Zero is for what is not known.
    ttft = std::max(ttft, std::chrono::microseconds{1});
    const bool known = ttft_.count() > 0 && now - ttft_at_ <= ttft_age_max;
    ttft_ = known ? ttft_ + (ttft - ttft_) * newest_part : ttft;
    ttft_at_ = std::max(ttft_at_, now);
}

void target_health::fail(breaker::pass& of, const failure& why, time_point now, wall_time wall) {
    const auto rest = read_retry_after(why.retry_after, wall);
    const std::lock_guard lock(mutex_);
    ++figures_.failed;
    if (breaker_.fail(of, now, rest.value_or(std::chrono::milliseconds{0}))) ++figures_.opened;
}

std::unique_ptr<target_health::attempt> target_health::begin(
    const std::shared_ptr<target_health>& of, time_point now, bool force
) {
    std::optional<breaker::pass> pass;
    {
        const std::lock_guard lock(of->mutex_);
        pass = force ? of->breaker_.force(now) : of->breaker_.admit(now);
        if (!pass) return nullptr;
        ++of->figures_.attempts;
    }
    of->outstanding_.fetch_add(1, std::memory_order_relaxed);
    return std::unique_ptr<attempt>(new attempt(of, *pass, now));
}

target_health::attempt::~attempt() {
    if (of_ == nullptr) return;
    of_->outstanding_.fetch_sub(1, std::memory_order_relaxed);
    if (ended_) return;
    const std::lock_guard lock(of_->mutex_);
    ++of_->figures_.other;
    of_->breaker_.withdraw(pass_);
}

void target_health::attempt::hear(time_point now, bool streamed) {
    if (heard_ || ended_) return;
    heard_ = true;
    const std::lock_guard lock(of_->mutex_);
    of_->breaker_.hear(pass_, now);
    if (streamed)
        of_->measure(std::chrono::duration_cast<std::chrono::microseconds>(now - began_), now);
}

void target_health::attempt::end(const ending& ending, time_point now, wall_time wall) {
    if (ended_) return;
    ended_ = true;
    if (ending.failure && blames_target(*ending.failure)) {
        of_->fail(pass_, *ending.failure, now, wall);
        return;
    }
    const std::lock_guard lock(of_->mutex_);
    if (ending.outcome == outcome::completed) {
        ++of_->figures_.completed;
        of_->breaker_.succeed(pass_, now);
    } else {
        ++of_->figures_.other;
        of_->breaker_.withdraw(pass_);
    }
}

}  // namespace sluice::upstream
