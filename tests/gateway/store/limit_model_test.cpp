#include "tests/gateway/store/limit_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>

/// Random calls, compared with books that are kept in the simplest way there is.
namespace sluice::gateway::testing {
namespace {

/// Of one account and kind. Rates drain a bucket; limits are chosen so that a millisecond drains a
/// whole number of millionths of a unit.
struct naive_bound {
    std::int64_t used = 0;  ///< rates: millionths
    std::int64_t day = 0;   ///< costs: in which day, or 30 days, it was spent
    limit_time at{};
    std::int64_t drained_at_limit = 0;
};

class naive_table {
 public:
    struct answer {
        std::vector<bool> can;
        bool taken = false;
    };

    answer take(const std::vector<demand>& all, const limit_time& now) {
        answer told;
        const auto before = bounds_;
        for (const auto& one : all) {
            auto& bound = at(one, now);
            bound.drained_at_limit = one.limit;
            told.can.push_back(can(one, bound));
            bound.used += one.amount * unit(one);
        }
        told.taken = std::all_of(told.can.begin(), told.can.end(), [](bool can) { return can; });
        if (told.taken) return told;
        bounds_ = before;
        for (const auto& one : all)
            at(one, now).drained_at_limit = one.limit;
        return told;
    }
    void give_back(const std::vector<demand>& all, const limit_time& now) {
        for (const auto& one : all) {
            auto& bound = at(one, now);
            bound.used = std::max<std::int64_t>(bound.used - one.amount * unit(one), 0);
        }
    }
    std::int64_t remaining(const demand& one, const limit_time& now) {
        const auto left = one.limit * unit(one) - at(one, now).used;
        return std::max<std::int64_t>(left, 0) / unit(one);
    }

 private:
    static bool is_rate(const demand& one) {
        return one.of == demand::kind::requests || one.of == demand::kind::tokens;
    }
    static bool is_cost(const demand& one) {
        return one.of == demand::kind::day_cost || one.of == demand::kind::month_cost;
    }
    static std::int64_t unit(const demand& one) { return is_rate(one) ? 1'000'000 : 1; }

    static bool can(const demand& one, const naive_bound& bound) {
        if (is_cost(one) && bound.used >= one.limit) return false;
        return bound.used + one.amount * unit(one) <= one.limit * unit(one);
    }
    /// As it is now.
    naive_bound& at(const demand& one, const limit_time& now) {
        const auto day = std::chrono::floor<std::chrono::days>(now.wall);
        const std::chrono::year_month_day date{day};
        const std::int64_t period = one.of == demand::kind::day_cost
                                        ? day.time_since_epoch().count()
                                        : static_cast<unsigned>(date.month());
        const auto [found, made] =
            bounds_.try_emplace({one.account, one.of}, naive_bound{0, period, now, one.limit});
        auto& bound = found->second;
        if (is_rate(one)) {
            const auto passed = (now.steady - bound.at.steady) / 1ms;
            bound.used -= passed * bound.drained_at_limit * 1'000'000 / 60'000;
            bound.used = std::max<std::int64_t>(bound.used, 0);
        }
        if (is_cost(one) && bound.day != period) bound.used = 0;
        bound.day = period;
        bound.at = now;
        return bound;
    }

    std::map<std::pair<std::string, demand::kind>, naive_bound> bounds_;
};

class LimitModel : public ::testing::TestWithParam<unsigned> {
 protected:
    std::int64_t pick(std::int64_t below) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
    }
    demand any_demand() {
        demand one;
        one.account = std::string(1, static_cast<char>('a' + pick(3)));
        one.of = static_cast<demand::kind>(pick(5));
        one.limit = limits_.try_emplace({one.account, one.of}, 60).first->second;
        one.amount = pick(3) == 0 ? pick(50) : pick(3);
        return one;
    }
    void reload_sometimes() {
        static constexpr std::array limits{30, 60, 120, 240};
        for (auto& [whose, limit] : limits_) {
            if (pick(500) == 0) limit = limits[static_cast<std::size_t>(pick(4))];
        }
    }
    std::vector<demand> some_demands() {
        std::vector<demand> all;
        for (auto count = 1 + pick(4); count > 0; --count)
            all.push_back(any_demand());
        return all;
    }
    void pass_some_time() {
        if (pick(3) != 0) return;
        if (pick(30) == 0) now_.pass(std::chrono::hours{pick(30 * 24)});
        now_.pass(std::chrono::milliseconds{pick(3000)});
    }
    bool take(const std::vector<demand>& all) {
        const auto told = table_.take(all, now_);
        const auto wanted = naive_.take(all, now_);
        EXPECT_EQ(!told.refused, wanted.taken);
        if (told.refused) {
            EXPECT_FALSE(wanted.can[*told.refused]);
        }
        EXPECT_EQ(told.standings.size(), all.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            EXPECT_EQ(told.standings[i].remaining, naive_.remaining(all[i], now_)) << i;
        if (!told.refused) return true;
        ask_again(all, told);
        return false;
    }
    /// When a refusal says so, if time is all that it takes.
    void ask_again(const std::vector<demand>& all, const limit_verdict& told) {
        if (told.never || all[*told.refused].of == demand::kind::streams) return;
        if (pick(4) != 0 || told.retry_after > 1h || all.size() > 1) return;
        if (told.retry_after % 1ms != 0ns) return;  // the naive books know no less
        now_.pass(told.retry_after - 1ms);
        EXPECT_FALSE(take_both(all));
        now_.pass(1ms);
        EXPECT_TRUE(take_both(all));
    }
    bool take_both(const std::vector<demand>& all) {
        const auto told = table_.take(all, now_);
        EXPECT_EQ(!told.refused, naive_.take(all, now_).taken);
        return !told.refused;
    }
    void give_back_some() {
        auto all = some_demands();
        for (auto& one : all)
            one.amount -= pick(3) == 0 ? pick(60) : 0;
        table_.give_back(all, now_);
        naive_.give_back(all, now_);
    }

    std::mt19937_64 random_{GetParam()};
    std::map<std::pair<std::string, demand::kind>, std::int64_t> limits_;
    limit_table table_;
    naive_table naive_;
    made_time now_;
};

TEST_P(LimitModel, SaysTheSameAsBooksKeptInTheSimplestWay) {
    std::size_t taken = 0;
    constexpr std::size_t steps = 5'000;
    for (std::size_t step = 0; step < steps && !HasFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        pass_some_time();
        reload_sometimes();
        if (pick(3) == 0)
            give_back_some();
        else
            taken += take(some_demands());
    }
    EXPECT_GT(taken, steps / 20);
    EXPECT_LT(taken, steps / 2);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LimitModel, ::testing::Range(1U, 9U));

/// Limits that divide no minute evenly, at nanoseconds: at most the limit at once, and never more
/// in any time than the limit and what that time brings.
TEST_P(LimitModel, NeverLetsInMoreThanTheLimitAndWhatTimeBrings) {
    for (const std::int64_t limit : {1, 7, 59, 97, 1009, 65'537, 99'999'989}) {
        SCOPED_TRACE(limit);
        limit_table table;
        made_time now;
        const auto each = std::chrono::nanoseconds{1min} / limit;
        std::chrono::nanoseconds passed{0};
        std::int64_t let_in = 0;
        for (int step = 0; step < 500; ++step) {
            const auto amount = 1 + pick(std::max<std::int64_t>(limit / 5, 1));
            const auto verdict = table.take({tokens(limit, amount)}, now);
            if (verdict.refused) {
                ASSERT_FALSE(admits(table, tokens(limit, amount), now.in(verdict.retry_after - 1ns))
                );
            } else {
                let_in += amount;
            }
            ASSERT_LE(let_in, limit + passed / each);
            const std::chrono::nanoseconds pause{pick(each.count() * 3)};
            now.pass(pause);
            passed += pause;
        }
        ASSERT_GE(let_in, std::min<std::int64_t>(limit, 100));
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
