#include "gateway/http/pressure.hpp"

#include "gateway/http/load_shedding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t mib = 1U << 20;

/// A look that finds so much in use.
void look(pressure& at, std::uint64_t bytes) {
    at.look([bytes] { return bytes; });
}

/// The levels that follow from one figure after the other, of a ceiling of 1000.
std::vector<memory_level> levels(const std::vector<std::uint64_t>& used) {
    std::vector<memory_level> seen;
    auto level = memory_level::calm;
    for (const auto bytes : used)
        seen.push_back(level = level_after(level, bytes, 1000));
    return seen;
}

using level = memory_level;

TEST(MemoryLevel, IsRedBeforeItSheds) {
    const std::vector<std::uint64_t> used{0, 879, 880, 919, 920, 5000};
    const std::vector<memory_level> expected{
        level::calm, level::calm, level::red, level::red, level::shed, level::shed};
    EXPECT_EQ(levels(used), expected);
}

TEST(MemoryLevel, ShedsAtOnceWhereMemoryGrewThatFast) {
    EXPECT_EQ(level_after(level::calm, 960, 1000), level::shed);
}

TEST(MemoryLevel, FallsOnlyWellBelowWhereItRose) {
    const std::vector<std::uint64_t> used{920, 919, 880, 879, 840, 839, 879};
    const std::vector<memory_level> expected{
        level::shed, level::shed, level::shed, level::red, level::red, level::calm, level::calm};
    EXPECT_EQ(levels(used), expected);
}

TEST(MemoryLevel, IsCalmWhereNobodyKnowsHowMuchThereIs) {
    EXPECT_EQ(level_after(level::shed, UINT64_MAX, 0), level::calm);
}

TEST(Pressure, StaysAsItWasWhereTheKernelDoesNotSay) {
    pressure at;
    at.set_ceiling(100 * mib);
    look(at, 93 * mib);
    at.look([] { return std::nullopt; });
    EXPECT_EQ(at.level(), level::shed);
    EXPECT_EQ(at.used(), 93 * mib);
}

TEST(Pressure, GivesNoMoreRoomThanIsLeftBelowTheSheddingMark) {
    pressure at;
    at.set_ceiling(100 * mib);
    look(at, 52 * mib);
    EXPECT_TRUE(at.take(30 * mib));
    EXPECT_FALSE(at.take(10 * mib + 1));
    EXPECT_TRUE(at.take(10 * mib));
    EXPECT_FALSE(at.take(1));
    EXPECT_EQ(at.taken(), 40 * mib);
}

TEST(Pressure, HasNoRoomOnceItSheds) {
    pressure at;
    at.set_ceiling(100 * mib);
    look(at, 99 * mib);
    EXPECT_FALSE(at.take(1));
}

TEST(Pressure, GivesRoomWithoutEndWhereThereIsNoCeiling) {
    pressure at;
    look(at, 99 * mib);
    EXPECT_TRUE(at.take(1ULL << 60U));
    EXPECT_EQ(at.level(), level::calm);
}

TEST(Pressure, SeesWhatARequestLeftBehindBeforeItsRoomIsFree) {
    pressure at;
    at.set_ceiling(100 * mib);
    ASSERT_TRUE(at.take(90 * mib));
    at.give_back(90 * mib);
    EXPECT_FALSE(at.take(10 * mib)) << "what it left behind has not been looked at";
    look(at, 80 * mib);
    EXPECT_FALSE(at.take(20 * mib));
    EXPECT_TRUE(at.take(10 * mib));
}

TEST(Pressure, WaitsForTheNextLookWhereSomethingIsGivenBackDuringOne) {
    pressure at;
    at.set_ceiling(100 * mib);
    ASSERT_TRUE(at.take(90 * mib));
    at.look([&] {
        at.give_back(90 * mib);
        return std::uint64_t{0};
    });
    EXPECT_EQ(at.taken(), 90 * mib);
    look(at, 0);
    EXPECT_EQ(at.taken(), 0U);
}

TEST(Pressure, GivesExactlyItsRoomToManyThreads) {
    pressure at;
    at.set_ceiling(100 * mib);  // 92 MiB of it can be taken
    std::vector<std::thread> threads;
    std::atomic<int> taken{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int tries = 0; tries < 2000; ++tries)
                taken += at.take(mib / 16) ? 1 : 0;
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(taken, 92 * 16);
}

TEST(Pressure, LeavesRoomForAllCopiesOfItsLargestBody) {
    pressure at;
    EXPECT_EQ(at.body_bytes_max(), UINT64_MAX);
    at.set_ceiling(64 * mib);
    EXPECT_EQ(at.body_bytes_max(), 8 * mib);
    request_share share{at};
    EXPECT_TRUE(share.cover(at.body_bytes_max()));
}

TEST(RequestShare, CountsAllThatADecodedRequestComesTo) {
    pressure at;
    at.set_ceiling(100 * mib);
    {
        request_share share{at};
        ASSERT_TRUE(share.cover(10 * mib));
        EXPECT_GE(at.taken(), 40 * mib);
        EXPECT_LT(at.taken(), 41 * mib);
        request_share more{at};
        EXPECT_FALSE(more.cover(14 * mib));
        EXPECT_FALSE(more.holds_any());
        EXPECT_TRUE(more.cover(12 * mib));
    }
    look(at, 0);
    EXPECT_EQ(at.taken(), 0U);
}

TEST(RequestShare, GrowsWithABodyThatDoesNotTellItsLength) {
    pressure at;
    at.set_ceiling(100 * mib);
    request_share share{at};
    std::uint64_t bytes = 0;
    while (share.cover(bytes))
        bytes += 1000;
    EXPECT_GT(bytes, 22 * mib);
    EXPECT_LE(bytes, 23 * mib + 1000);
    EXPECT_LE(at.taken(), 92 * mib);
    EXPECT_TRUE(share.holds_any()) << "what was covered before still is";
}

TEST(RequestShare, IsNotCountedForUsualRequests) {
    pressure at;
    at.set_ceiling(100 * mib);
    look(at, 100 * mib);
    request_share share{at};
    EXPECT_TRUE(share.cover(4096));
    EXPECT_FALSE(share.holds_any());
    EXPECT_FALSE(share.cover(4097));
}

TEST(RequestShare, MovesWithWhatItHolds) {
    pressure at;
    at.set_ceiling(100 * mib);
    {
        request_share first{at};
        ASSERT_TRUE(first.cover(mib));
        const request_share second{std::move(first)};
        EXPECT_TRUE(second.holds_any());
    }
    look(at, 0);
    EXPECT_EQ(at.taken(), 0U) << "given back once";
}

TEST(RequestShare, TakesNothingForWhatIsOnlyAnnounced) {
    pressure at;
    at.set_ceiling(100 * mib);
    const request_share share{at};
    EXPECT_TRUE(share.could_cover(22 * mib));
    EXPECT_FALSE(share.could_cover(23 * mib));
    EXPECT_EQ(at.taken(), 0U);
}

TEST(RequestShare, CoversNoLengthThatNobodyHas) {
    pressure at;
    at.set_ceiling(UINT64_MAX / 2);
    request_share share{at};
    for (const auto bytes : {UINT64_MAX, UINT64_MAX / 2, UINT64_MAX / 4}) {
        EXPECT_FALSE(share.could_cover(bytes));
        EXPECT_FALSE(share.cover(bytes));
    }
    EXPECT_FALSE(share.holds_any());
}

TEST(LoadMetrics, TellWhatIsUsedAndWhatWasShed) {
    pressure at;
    at.set_ceiling(1000);
    look(at, 930);
    at.count_shed(shed_reason::memory);
    at.count_shed(shed_reason::memory);
    at.count_shed(shed_reason::lag);
    metric_families families;
    add_load_metrics(families, at);
    const auto text = metrics_text(families);
    EXPECT_THAT(text, HasSubstr("\nsluice_memory_bytes 930\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_memory_limit_bytes 1000\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_shed_total{reason=\"memory\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_shed_total{reason=\"streams\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_shed_total{reason=\"lag\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_shed_total{reason=\"bodies\"} 0\n"));
}

TEST(LoadShedding, LetsThroughWhoMayJoinAStreamThatRuns) {
    http_request request;
    EXPECT_FALSE(may_join(request));
    request.query = "prompt=hello";
    EXPECT_FALSE(may_join(request));
    request.query = "prompt=hello&request=n1";
    EXPECT_TRUE(may_join(request));
    request.query = "last_event_id=s/4";
    EXPECT_TRUE(may_join(request));
    request.query = {};
    for (const char* name : {"last-event-id", "idempotency-key"}) {
        request.headers = {{name, "x"}};
        EXPECT_TRUE(may_join(request)) << name;
    }
}

TEST(Pressure, KeepsRoomForWhatStreamsThatHaveJustBegunWillHold) {
    pressure load;
    load.set_ceiling(100 << 20);
    const auto used = [] { return std::optional<std::uint64_t>{50U << 20}; };
    load.look(used, 10);
    EXPECT_EQ(load.level(), memory_level::calm);
    EXPECT_FALSE(load.has_room(42U << 20)) << "10 streams are to grow";
    load.look(used, 1000);
    EXPECT_EQ(load.level(), memory_level::shed) << "they would not all find room";
    for (int look = 0; look < 2000; ++look)
        load.look(used, 1000);
    EXPECT_EQ(load.level(), memory_level::calm) << "what they hold is among what is used by now";
}

TEST(Pressure, ExpectsNothingOfStreamsThatHaveEnded) {
    pressure load;
    load.set_ceiling(100 << 20);
    const auto used = [] { return std::optional<std::uint64_t>{50U << 20}; };
    // Thousands a second, however many: few of them at a time.
    for (int look = 0; look < 2000; ++look)
        load.look(used, look % 2 == 0 ? 0 : 20);
    EXPECT_EQ(load.level(), memory_level::calm);
    load.look(used, 0);
    EXPECT_TRUE(load.has_room(41U << 20));
}

}  // namespace
}  // namespace sluice::gateway::testing
