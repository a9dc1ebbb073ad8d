#pragma once

#include "gateway/store/demand.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

namespace sluice::gateway {

/// One moment, on the clock that never jumps and on the one that knows what day it is.
struct limit_time {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;

    static limit_time now() {
        return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    }
};

/// Why an amount can't be had now.
struct shortage {
    std::chrono::nanoseconds wait{0};  ///< when it could be; zero where `never`
    bool never = false;                ///< it is more than the whole bound
};

/// What an account has used of one bound. The three kinds of it have the same calls, so that
/// limit_table need not tell them apart. Pure; times come from the caller, and `now` may be a
/// little before the one of an earlier call. Amounts are at least 0, but for `give_back`.

/// So many a minute: GCRA with a burst of the whole limit. A unit taken pushes a time ahead by
/// T = 60 s / limit, and that time may be at most limit * T ahead of now.
class rate {
 public:
    rate(std::int64_t limit, const limit_time& now) : limit_(limit), full_at_(now.steady) {}

    /// From now on the bound is `limit`. What was used under another one stays used.
    void adopt(std::int64_t limit, const limit_time& now);
    /// Nothing: the amount can be had.
    std::optional<shortage> lacks(std::int64_t amount, const limit_time& now) const;
    void take(std::int64_t amount, const limit_time& now);
    /// A negative amount is taken, beyond the bound if need be.
    void give_back(std::int64_t amount, const limit_time& now);
    standing stands(const limit_time& now) const;
    /// Nothing is used of it, so that it may be forgotten.
    bool whole(const limit_time& now) const { return full_at_ <= now.steady; }

 private:
    std::chrono::nanoseconds interval() const;
    std::chrono::nanoseconds span() const;
    std::chrono::nanoseconds used(const limit_time& now) const;
    void set_used(std::chrono::nanoseconds used, const limit_time& now);

    std::int64_t limit_;
    std::chrono::steady_clock::time_point full_at_;  ///< the theoretical arrival time
};

/// So many at once. Nobody can say when the next one leaves: it is worth asking again in a second.
class places {
 public:
    places(std::int64_t limit, const limit_time&) : limit_(limit) {}

    void adopt(std::int64_t limit, const limit_time&) { limit_ = limit; }
    std::optional<shortage> lacks(std::int64_t amount, const limit_time&) const;
    void take(std::int64_t amount, const limit_time&);
    void give_back(std::int64_t amount, const limit_time&);
    standing stands(const limit_time&) const;
    bool whole(const limit_time&) const { return taken_ == 0; }

 private:
    std::int64_t limit_;
    std::int64_t taken_ = 0;
};

/// So much in a UTC day, or month, and all of it again in the next one.
class budget {
 public:
    enum class period { day, month };

    budget(period length, std::int64_t limit, const limit_time& now);

    void adopt(std::int64_t limit, const limit_time& now);
    /// Where all of it is spent, even an amount of 0 can't be had.
    std::optional<shortage> lacks(std::int64_t amount, const limit_time& now) const;
    void take(std::int64_t amount, const limit_time& now);
    void give_back(std::int64_t amount, const limit_time& now);
    /// Whether the running period began after that: what was taken then is none of its sum.
    bool began_after(std::chrono::system_clock::time_point taken, const limit_time& now) const {
        return (over(now) ? now.wall : begins_) > taken;
    }
    standing stands(const limit_time& now) const;
    bool whole(const limit_time& now) const { return spent_ == 0 || over(now); }
    /// Sets the sum of the running period.
    void set_spent(std::int64_t spent, const limit_time& now);

 private:
    bool over(const limit_time& now) const;
    void turn_over(const limit_time& now);

    period length_;
    std::int64_t limit_;
    std::int64_t spent_ = 0;
    std::chrono::system_clock::time_point begins_;
    std::chrono::system_clock::time_point ends_;
};

using bound = std::variant<rate, places, budget>;

/// One of which nothing is used.
bound make_bound(demand::kind kind, std::int64_t limit, const limit_time& now);

}  // namespace sluice::gateway
