#include "gateway/store/bounds.hpp"

#include <algorithm>
#include <limits>

namespace sluice::gateway {

namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;

constexpr nanoseconds minute = std::chrono::minutes{1};

/// No debt is longer, whatever a provider says was used: nobody is locked out for good.
constexpr nanoseconds longest_debt = std::chrono::hours{24};

/// How far the wall clock may be set back without opening the day before anew.
constexpr auto clock_jitter = std::chrono::minutes{5};

constexpr nanoseconds until_a_place = std::chrono::seconds{1};

constexpr auto most = std::numeric_limits<std::int64_t>::max();

std::int64_t sum_of(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return a < 0 ? -most : most;
    return sum;
}

std::int64_t difference_of(std::int64_t a, std::int64_t b) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a, b, &difference)) return a < 0 ? -most : most;
    return difference;
}

nanoseconds product_of(std::int64_t amount, nanoseconds each) {
    nanoseconds::rep product = 0;
    if (__builtin_mul_overflow(amount, each.count(), &product))
        return amount < 0 ? -longest_debt : longest_debt;
    return std::clamp(nanoseconds{product}, -longest_debt, longest_debt);
}

struct span_of_time {
    system_clock::time_point begin;
    system_clock::time_point end;
};

span_of_time running(budget::period length, system_clock::time_point wall) {
    namespace chrono = std::chrono;
    const auto day = chrono::floor<chrono::days>(wall);
    if (length == budget::period::day) return {day, day + chrono::days{1}};
    const chrono::year_month_day date{day};
    const auto month = date.year() / date.month();
    return {
        chrono::sys_days{month / chrono::day{1}},
        chrono::sys_days{(month + chrono::months{1}) / chrono::day{1}}};
}

}  // namespace

// ---- so many a minute ----

/// A limit above 60e9 is one a nanosecond.
nanoseconds rate::interval() const {
    return std::max(minute / std::max<std::int64_t>(limit_, 1), nanoseconds{1});
}

nanoseconds rate::span() const {
    return product_of(std::max<std::int64_t>(limit_, 0), interval());
}

nanoseconds rate::used(const limit_time& now) const {
    return std::max(nanoseconds{full_at_ - now.steady}, nanoseconds{0});
}

void rate::set_used(nanoseconds used, const limit_time& now) {
    full_at_ = now.steady + std::clamp(used, nanoseconds{0}, longest_debt);
}

void rate::adopt(std::int64_t limit, const limit_time& now) {
    if (limit == limit_) return;
    const auto units = static_cast<long double>(used(now).count()) / interval().count();
    limit_ = limit;
    const auto scaled = units * interval().count();
    const auto longest = static_cast<long double>(longest_debt.count());
    set_used(nanoseconds{static_cast<nanoseconds::rep>(std::min(scaled, longest))}, now);
}

std::optional<shortage> rate::lacks(std::int64_t amount, const limit_time& now) const {
    if (amount > limit_) return shortage{nanoseconds{0}, true};
    const auto over = used(now) + product_of(amount, interval()) - span();
    if (over <= nanoseconds{0}) return std::nullopt;
    return shortage{over, false};
}

void rate::take(std::int64_t amount, const limit_time& now) {
    set_used(used(now) + product_of(amount, interval()), now);
}

void rate::give_back(std::int64_t amount, const limit_time& now) {
    set_used(used(now) - product_of(amount, interval()), now);
}

standing rate::stands(const limit_time& now) const {
    const auto left = std::max(span() - used(now), nanoseconds{0});
    return {left / interval(), used(now)};
}

// ---- so many at once ----

std::optional<shortage> places::lacks(std::int64_t amount, const limit_time&) const {
    if (amount > limit_) return shortage{nanoseconds{0}, true};
    if (sum_of(taken_, amount) <= limit_) return std::nullopt;
    return shortage{until_a_place, false};
}

void places::take(std::int64_t amount, const limit_time&) {
    taken_ = sum_of(taken_, amount);
}

void places::give_back(std::int64_t amount, const limit_time&) {
    taken_ = std::max<std::int64_t>(difference_of(taken_, amount), 0);
}

standing places::stands(const limit_time&) const {
    return {
        std::max<std::int64_t>(difference_of(limit_, taken_), 0),
        taken_ > 0 ? until_a_place : nanoseconds{0}};
}

// ---- so much in a day or month ----

budget::budget(period length, std::int64_t limit, const limit_time& now)
    : length_(length), limit_(limit) {
    const auto current = running(length_, now.wall);
    begins_ = current.begin;
    ends_ = current.end;
}

/// A clock that was wrong by more than jitter when the period began was never in it.
bool budget::over(const limit_time& now) const {
    return now.wall >= ends_ || now.wall < begins_ - clock_jitter;
}

void budget::turn_over(const limit_time& now) {
    if (over(now)) *this = budget{length_, limit_, now};
}

void budget::adopt(std::int64_t limit, const limit_time& now) {
    limit_ = limit;
    turn_over(now);
}

std::optional<shortage> budget::lacks(std::int64_t amount, const limit_time& now) const {
    if (amount > limit_ || limit_ <= 0) return shortage{nanoseconds{0}, true};
    if (spent_ < limit_ && amount <= limit_ - spent_) return std::nullopt;
    return shortage{ends_ - now.wall, false};
}

void budget::take(std::int64_t amount, const limit_time&) {
    spent_ = sum_of(spent_, amount);
}

void budget::give_back(std::int64_t amount, const limit_time& now) {
    turn_over(now);
    spent_ = std::max<std::int64_t>(difference_of(spent_, amount), 0);
}

standing budget::stands(const limit_time& now) const {
    return {
        std::max<std::int64_t>(difference_of(limit_, spent_), 0),
        spent_ > 0 ? nanoseconds{ends_ - now.wall} : nanoseconds{0}};
}

void budget::set_spent(std::int64_t spent, const limit_time& now) {
    turn_over(now);
    spent_ = std::max<std::int64_t>(spent, 0);
}

bound make_bound(demand::kind kind, std::int64_t limit, const limit_time& now) {
    switch (kind) {
        case demand::kind::requests:
        case demand::kind::tokens:
            break;
        case demand::kind::streams:
            return places{limit, now};
        case demand::kind::day_cost:
            return budget{budget::period::day, limit, now};
        case demand::kind::month_cost:
            return budget{budget::period::month, limit, now};
    }
    return rate{limit, now};
}

}  // namespace sluice::gateway
