#pragma once

#include "gateway/store/limit_table.hpp"

#include <chrono>
#include <string>
#include <utility>

/// Time that tests make, and short words for demands.
namespace sluice::gateway::testing {

using namespace std::chrono_literals;

/// Both clocks go on together, from noon of the last day but one of a February with 29 days.
class made_time {
 public:
    explicit made_time(
        std::chrono::system_clock::time_point wall =
            std::chrono::sys_days{std::chrono::year{2028} / 2 / 28} + 12h
    )
        : now_{std::chrono::steady_clock::time_point{1000h}, wall} {}

    void pass(std::chrono::nanoseconds time) { now_ = in(time); }
    /// So much later than now.
    limit_time in(std::chrono::nanoseconds time) const {
        return {now_.steady + time, now_.wall + time};
    }
    operator const limit_time&() const { return now_; }

 private:
    limit_time now_;
};

inline demand requests(std::int64_t limit, std::int64_t amount = 1, std::string account = "a") {
    return {std::move(account), demand::kind::requests, limit, amount};
}
inline demand tokens(std::int64_t limit, std::int64_t amount, std::string account = "a") {
    return {std::move(account), demand::kind::tokens, limit, amount};
}
inline demand streams(std::int64_t limit, std::int64_t amount = 1, std::string account = "a") {
    return {std::move(account), demand::kind::streams, limit, amount};
}
inline demand day_cost(std::int64_t limit, std::int64_t amount, std::string account = "a") {
    return {std::move(account), demand::kind::day_cost, limit, amount};
}
inline demand month_cost(std::int64_t limit, std::int64_t amount, std::string account = "a") {
    return {std::move(account), demand::kind::month_cost, limit, amount};
}

inline bool admits(limit_table& table, const demand& one, const limit_time& now) {
    return !table.take({one}, now).refused;
}

}  // namespace sluice::gateway::testing
