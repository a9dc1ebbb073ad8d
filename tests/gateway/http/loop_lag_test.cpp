#include "gateway/http/loop_lag.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <functional>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using clock = lag_judge::clock;

/// Ticks that come 25 ms after the last one, and so much later than that.
class ticking {
 public:
    bool after(const std::vector<std::chrono::milliseconds>& lags) {
        for (const auto lag : lags) {
            now_ += 25ms + lag;
            judge_.note(lag, now_);
        }
        return judge_.overloaded();
    }
    bool after(int count, std::chrono::milliseconds lag) {
        return after(std::vector<std::chrono::milliseconds>(static_cast<std::size_t>(count), lag));
    }

 private:
    lag_judge judge_;
    clock::time_point now_{1h};
};

TEST(LoopLag, IsOverloadWhereItStands) {
    ticking loop;
    EXPECT_FALSE(loop.after(9, 200ms));
    EXPECT_TRUE(loop.after(1, 200ms));
}

TEST(LoopLag, IsNoOverloadForOneLateTickHoweverLate) {
    for (const auto stall : {210ms, 2100ms, 60'000ms}) {
        ticking loop;
        EXPECT_FALSE(loop.after({1ms, stall, 1ms, stall, 0ms})) << stall.count();
    }
}

TEST(LoopLag, IsNoOverloadForThreeStallsInARow) {
    ticking loop;
    EXPECT_FALSE(loop.after({1900ms, 1900ms, 1900ms}));
}

TEST(LoopLag, CountsAnewAfterATickThatWasNotLate) {
    ticking loop;
    for (int round = 0; round < 20; ++round) {
        EXPECT_FALSE(loop.after(8, 200ms));
        EXPECT_FALSE(loop.after(1, 199ms));
    }
}

TEST(LoopLag, EndsOnlyWhenTheLoopIsPunctualAgain) {
    ticking loop;
    ASSERT_TRUE(loop.after(12, 230ms));
    EXPECT_TRUE(loop.after({170ms, 100ms, 199ms})) << "it would come and go";
    EXPECT_FALSE(loop.after(1, 99ms));
    EXPECT_FALSE(loop.after(6, 230ms)) << "it takes as long as before";
}

/// Keeps a loop busy for longer than it may be, over and over.
void occupy(boost::asio::io_context& loop, const std::function<bool()>& enough) {
    boost::asio::post(loop, [&loop, &enough] {
        const auto until = clock::now() + 250ms;
        while (clock::now() < until) {
        }
        if (!enough()) occupy(loop, enough);
    });
}

TEST(LoopLag, IsMeasuredOnTheLoopItself) {
    boost::asio::io_context loop{1};
    counters figures;
    loop_lag lag{loop, figures};
    const auto give_up = clock::now() + 20s;
    const std::function<bool()> enough = [&] { return lag.overloaded() || clock::now() > give_up; };
    occupy(loop, enough);
    while (!enough())
        loop.run_one();
    EXPECT_TRUE(lag.overloaded());
    lag.stop();
    EXPECT_FALSE(lag.overloaded()) << "nobody asks a loop that is to run dry";
}

TEST(LoopLag, CostsNothingWhileNobodyAsks) {
    boost::asio::io_context loop{1};
    counters figures;
    loop_lag lag{loop, figures};
    EXPECT_EQ(loop.run_for(10ms), 0U);
    EXPECT_TRUE(loop.stopped()) << "there is no timer";
    EXPECT_FALSE(lag.overloaded());
    loop.restart();
    loop.run_for(5s);
    EXPECT_TRUE(loop.stopped()) << "the timer goes on";
}

TEST(LoopLag, GoesOnWhileStreamsRunAndEndsWithTheLast) {
    boost::asio::io_context loop{1};
    counters figures;
    loop_lag lag{loop, figures};
    figures.streams_live.add(1);
    EXPECT_FALSE(lag.overloaded());
    loop.run_for(1500ms);
    EXPECT_FALSE(loop.stopped()) << "nobody has asked for longer than a second";
    const auto looks = figures.loop_lag.view().count();
    EXPECT_GT(looks, 4);
    EXPECT_LE(looks, 15);
    figures.streams_live.add(-1);
    loop.run_for(5s);
    EXPECT_TRUE(loop.stopped());
    EXPECT_LE(figures.loop_lag.view().count(), looks + 1);
}

TEST(LoopLag, LetsItsLoopRunDryOnceStopped) {
    boost::asio::io_context loop{1};
    counters figures;
    loop_lag lag{loop, figures};
    lag.overloaded();
    lag.stop();
    lag.overloaded();
    loop.run_for(100ms);
    EXPECT_TRUE(loop.stopped());
}

}  // namespace
}  // namespace sluice::gateway::testing
