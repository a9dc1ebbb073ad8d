#include "gateway/load/report/saturation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <random>
#include <span>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

/// A server with so many slots, that streams wait for and then hold for a time of their own.
struct simulated {
    double rate;
    std::size_t slots = std::numeric_limits<std::size_t>::max();
    std::function<double(std::mt19937_64&)> stay_s;
    std::size_t burst = 1;  ///< come at once
};

struct change {
    double at_s;
    bool is_end;
};

std::vector<change> changes_of(const simulated& server, std::size_t seconds, unsigned seed) {
    std::mt19937_64 random(seed);
    std::exponential_distribution<double> gap(server.rate / static_cast<double>(server.burst));
    std::priority_queue<double, std::vector<double>, std::greater<>> busy;  // until when
    std::vector<change> all;
    for (double at = gap(random); at < static_cast<double>(seconds); at += gap(random)) {
        for (std::size_t i = 0; i < server.burst; ++i) {
            double begins = at;
            if (busy.size() >= server.slots) {
                begins = std::max(begins, busy.top());
                busy.pop();
            }
            const double ends = begins + server.stay_s(random);
            busy.push(ends);
            all.push_back({at, false});
            all.push_back({ends, true});
        }
    }
    return all;
}

std::vector<interval> run(const simulated& server, std::size_t seconds, unsigned seed) {
    std::vector<interval> made(seconds);
    for (const auto& [at_s, is_end] : changes_of(server, seconds, seed)) {
        const auto second = static_cast<std::size_t>(at_s);
        if (second >= seconds) continue;
        if (is_end)
            ++made[second].ended;
        else
            ++made[second].due;
    }
    std::uint32_t live = 0;
    for (interval& second : made)
        second.live = live = live + second.due - second.ended;
    return made;
}

/// The first second at which it is seen, as a run that asks each second would; 0: never.
std::size_t seen_after(const std::vector<interval>& seconds) {
    for (std::size_t count = 1; count <= seconds.size(); ++count) {
        if (is_outrun(std::span(seconds).first(count))) return count;
    }
    return 0;
}

std::function<double(std::mt19937_64&)> constant(double stay_s) {
    return [=](std::mt19937_64&) { return stay_s; };
}

std::function<double(std::mt19937_64&)> exponential(double mean_s) {
    return [=](std::mt19937_64& random) {
        return std::exponential_distribution<double>(1 / mean_s)(random);
    };
}

std::function<double(std::mt19937_64&)> log_normal(double median_s, double sigma) {
    return [=](std::mt19937_64& random) {
        return std::lognormal_distribution<double>(std::log(median_s), sigma)(random);
    };
}

/// In how many of 10 runs it is seen.
int runs_seen(const simulated& server, std::size_t seconds) {
    int seen = 0;
    for (unsigned seed = 1; seed <= 10; ++seed)
        seen += seen_after(run(server, seconds, seed)) > 0 ? 1 : 0;
    return seen;
}

TEST(Saturation, IsSeenWhereMoreStreamsComeThanAServerCanEnd) {
    // 40 slots of 2 seconds end 20 streams per second.
    EXPECT_GE(runs_seen({40, 40, constant(2)}, 60), 10);
    EXPECT_GE(runs_seen({30, 40, exponential(2)}, 60), 10);
    EXPECT_GE(runs_seen({150, 200, log_normal(1.5, 0.75)}, 60), 10);
}

TEST(Saturation, IsSeenLongBeforeTheRunIsOver) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        const std::size_t after = seen_after(run({30, 40, constant(2)}, 60, seed));
        EXPECT_GT(after, 0U) << seed;
        EXPECT_LE(after, 40U) << seed;
    }
}

TEST(Saturation, IsNotSeenWhereAServerKeepsUp) {
    EXPECT_EQ(runs_seen({20, 1000, constant(2)}, 120), 0);
    EXPECT_EQ(runs_seen({100, 1000, exponential(3)}, 120), 0);
    EXPECT_EQ(runs_seen({2, 1000, exponential(5)}, 120), 0);
    EXPECT_EQ(runs_seen({50, 1000, log_normal(3, 1)}, 120), 0);
    EXPECT_EQ(runs_seen({17, 40, exponential(2)}, 60), 0);
}

TEST(Saturation, IsNotTheFillingOfAnIdleServer) {
    for (const double stay_s : {5.0, 20.0, 40.0, 100.0}) {
        SCOPED_TRACE(stay_s);
        EXPECT_EQ(runs_seen({50, 1'000'000, constant(stay_s)}, 60), 0);
        EXPECT_LE(runs_seen({50, 1'000'000, exponential(stay_s)}, 60), 1);
    }
}

TEST(Saturation, IsNotSeenInBursts) {
    EXPECT_EQ(runs_seen({50, 1'000'000, exponential(3), 50}, 120), 0);
}

TEST(Saturation, IsNotJudgedByLessThan21Seconds) {
    std::vector<interval> seconds(30);
    for (std::size_t i = 0; i < seconds.size(); ++i)
        seconds[i] = {100, 100, 70, 0, static_cast<std::uint32_t>(30 * (i + 1)), 0, 0};
    EXPECT_EQ(seen_after(seconds), 21U);
    EXPECT_FALSE(is_outrun({}));
    EXPECT_FALSE(is_outrun(std::vector<interval>(100)));
}

}  // namespace

}  // namespace sluice::gateway::load::testing
