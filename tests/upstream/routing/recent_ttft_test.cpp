#include "upstream/routing/route_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using upstream::recent_ttft;

/// Notes 1 ms to `last` ms, in no order.
void note_up_to(recent_ttft& ttft, int last) {
    std::vector<std::chrono::milliseconds> times;
    for (int i = 1; i <= last; ++i)
        times.emplace_back(i);
    std::shuffle(times.begin(), times.end(), std::mt19937(3));
    for (const auto& time : times)
        ttft.note(time);
}

TEST(RecentTtft, KnowsNothingUsualOfAFewAnswers) {
    recent_ttft ttft;
    EXPECT_EQ(ttft.p95(), std::nullopt);
    note_up_to(ttft, 19);
    EXPECT_EQ(ttft.p95(), std::nullopt);
    ttft.note(1ms);
    EXPECT_TRUE(ttft.p95());
}

TEST(RecentTtft, TellsWhat95Of100DoNotExceed) {
    recent_ttft hundred;
    note_up_to(hundred, 100);
    EXPECT_EQ(hundred.p95(), 95ms);
    recent_ttft twenty;
    note_up_to(twenty, 20);
    EXPECT_EQ(twenty.p95(), 19ms);
    recent_ttft all;
    note_up_to(all, 256);
    EXPECT_EQ(all.p95(), 244ms);
}

TEST(RecentTtft, ForgetsAllButTheLatest) {
    recent_ttft ttft;
    for (int i = 0; i < 1000; ++i)
        ttft.note(9s);
    for (std::size_t i = 0; i < recent_ttft::kept; ++i)
        ttft.note(5ms);
    EXPECT_EQ(ttft.p95(), 5ms);
}

TEST(RecentTtft, IsSharedByThreads) {
    recent_ttft ttft;
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back([&] {
            for (int j = 0; j < 2000; ++j) {
                ttft.note(7ms);
                if (const auto usual = ttft.p95()) {
                    EXPECT_EQ(*usual, 7ms);
                }
            }
        });
    }
    for (auto& one : workers)
        one.join();
    EXPECT_EQ(ttft.p95(), 7ms);
}

}  // namespace
}  // namespace sluice::tests
