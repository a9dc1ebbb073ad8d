#include "upstream/routing/breaker.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

/// The cool-down doubles three times: a target that is back is found within eight of them.
constexpr int doublings_max = 3;

}  // namespace

breaker::state breaker::look(time_point now) const {
    if (now < closed_until()) return state::open;
    return opened_ ? state::half_open : state::closed;
}

std::optional<breaker::pass> breaker::admit(time_point now) {
    switch (look(now)) {
        case state::closed:
            return pass(pass::kind::usual);
        case state::half_open:
            if (trial_) return std::nullopt;
            trial_ = true;
            return pass(pass::kind::trial);
        case state::open:
            break;
    }
    return std::nullopt;
}

breaker::pass breaker::force(time_point now) {
    return admit(now).value_or(pass(pass::kind::forced));
}

void breaker::hear(pass& of, time_point now) {
    if (of.heard_) return;
    silent_in_row_ = 0;
    const bool tried = of.how_ != pass::kind::usual;
    if (tried && (opened_ || now < open_until_)) close();
    settle(of);
    of.heard_ = slice_number(now);
    ++slice_of(*of.heard_).good;
}

void breaker::succeed(pass& of, time_point now) {
    hear(of, now);
    settle(of);
    if (opened_) return;  // it began before the failures did
    broken_in_row_ = 0;
    openings_ = 0;
}

bool breaker::fail(pass& of, time_point now, milliseconds rest) {
    const bool tried = of.how_ != pass::kind::usual;
    count_failure(of, now);
    settle(of);
    if (!rules_.on) return false;
    rest = std::clamp(rest, milliseconds{0}, rest_max);
    const bool still_open = opened_ && now < open_until_;
    const bool left_alone = now < closed_until();
    if (rest.count() > 0) open_until_ = std::max(open_until_, now + rest);
    // What was forced through an open breaker never keeps it open, or one that is always asked
    // would not get its trial; what began before it opened tells nothing new.
    const bool opens = opened_ ? tried && !still_open : too_many_in_row() || too_many_failed(now);
    if (opens) open(now, rest);
    return opens || (!left_alone && now < closed_until());
}

void breaker::withdraw(pass& of) {
    settle(of);
}

void breaker::rest_until(time_point when) {
    if (!rules_.on) return;
    rest_until_ = std::max(rest_until_, when);
}

void breaker::adopt(const breaker_rules& rules) {
    // Slices of another length are not comparable.
    if (rules.window != rules_.window) slices_.fill({});
    rules_ = rules;
    if (!rules_.on) close();
}

std::int64_t breaker::slice_number(time_point now) const {
    const std::chrono::nanoseconds least = milliseconds{1};
    const auto length = std::max(std::chrono::nanoseconds(rules_.window) / 10, least);
    return now.time_since_epoch() / length;
}

breaker::slice& breaker::slice_of(std::int64_t number) {
    const auto size = static_cast<std::int64_t>(slices_.size());
    auto& found = slices_[static_cast<std::size_t>((number % size + size) % size)];
    if (found.number < number) found = {number, 0, 0};
    return found;
}

bool breaker::too_many_in_row() const {
    return rules_.failures > 0 && failures_in_row() >= rules_.failures;
}

bool breaker::too_many_failed(time_point now) const {
    const auto newest = slice_number(now);
    int good = 0;
    int bad = 0;
    for (const auto& one : slices_) {
        if (one.number <= newest - static_cast<std::int64_t>(slices_.size())) continue;
        good += one.good;
        bad += one.bad;
    }
    if (bad == 0 || good + bad < rules_.requests_min) return false;
    return bad >= rules_.error_rate * (good + bad);
}

/// Only the one that has the trial ends it, and only once.
void breaker::settle(pass& of) {
    if (std::exchange(of.how_, pass::kind::usual) == pass::kind::trial) trial_ = false;
}

/// What broke after its content was counted as good, and is one request all the same.
void breaker::count_failure(const pass& of, time_point now) {
    ++slice_of(slice_number(now)).bad;
    if (!of.heard_) {
        ++silent_in_row_;
        return;
    }
    ++broken_in_row_;
    auto& heard = slice_of(*of.heard_);
    if (heard.number == *of.heard_ && heard.good > 0) --heard.good;
}

void breaker::open(time_point now, milliseconds rest) {
    const auto cool_down = rules_.cool_down * (1 << std::min(openings_, doublings_max));
    open_until_ = std::max(open_until_, now + (rest.count() > 0 ? rest : cool_down));
    opened_ = true;
    openings_ = std::min(openings_ + 1, doublings_max);
}

/// What failed before says nothing of what is to come.
void breaker::close() {
    slices_.fill({});
    silent_in_row_ = 0;
    broken_in_row_ = 0;
    opened_ = false;
    open_until_ = {};
}

}  // namespace sluice::upstream
