#include "tests/gateway/streams/workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using upstream::outcome;

TEST(Registry, FindsAStreamFromItsStartOn) {
    workshop here;
    auto& stream = here.open(5, disconnect_policy::keep);
    EXPECT_EQ(here.find(stream.id()), nullptr);  // it may still fail with a status of its own
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    EXPECT_EQ(here.find(stream.id()), &stream);
    EXPECT_EQ(here.find("0-abcdefghijklmnopqrstuv"), nullptr);
    EXPECT_EQ(here.find("9-abcdefghijklmnopqrstuv"), nullptr);  // no such worker
    EXPECT_EQ(here.find("nonsense"), nullptr);
}

TEST(Registry, HoldsAnEndedStreamForItsRetention) {
    auto settings = quick_settings();
    settings->streams.retention = 150ms;
    workshop here{0, settings};
    auto& stream = here.open(5, disconnect_policy::keep);
    const auto id = stream.id();
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    EXPECT_NE(here.find(id), nullptr);
    EXPECT_EQ(here.streams.live(), 0U);  // held, not live
    ASSERT_TRUE(here.run_until([&] { return here.find(id) == nullptr; }));
}

TEST(Registry, ForgetsNoStreamThatIsBeingRead) {
    auto settings = quick_settings();
    settings->streams.retention = 0ms;
    workshop here{0, settings};
    auto& stream = here.open(5, disconnect_policy::keep);
    const auto id = stream.id();
    test_reader reader{false};
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    here.context.restart();
    here.context.run_for(250ms);  // two ticks
    EXPECT_NE(here.find(id), nullptr);
    reader.leave();
    ASSERT_TRUE(here.run_until([&] { return here.find(id) == nullptr; }));
}

TEST(Registry, EvictsTheOldestFinishedStreamWhenMemoryIsShort) {
    auto settings = quick_settings();
    settings->streams.worker_journal = 80'000;
    workshop here{0, settings};
    std::vector<std::string> ids;
    test_reader reader{false};
    for (int i = 0; i < 4; ++i) {
        auto& stream = here.open(500, disconnect_policy::keep);
        ids.push_back(stream.id());
        if (i == 0) reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
        EXPECT_GT(stream.frames().bytes_held(), 30'000U);
    }
    ASSERT_TRUE(here.run_until([&] { return here.find(ids[1]) == nullptr; }));
    EXPECT_NE(here.find(ids[0]), nullptr);  // the oldest, but it is being read
    EXPECT_NE(here.find(ids[3]), nullptr);
}

TEST(Registry, StopsAStreamForWhoeverBeganIt) {
    workshop here;
    auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
    plan.key_id = "team-a";
    auto& stream = here.streams.open(std::move(plan));
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
    const auto stop = [&](const std::string& id, const std::string& key) {
        std::optional<bool> done;
        here.streams.stop(id, key, [&](bool there) { done = there; });
        return done;
    };
    EXPECT_EQ(stop(stream.id(), "team-b"), false);
    EXPECT_EQ(stop(stream.id(), ""), false);
    EXPECT_EQ(stop("0-abcdefghijklmnopqrstuv", "team-a"), false);
    EXPECT_EQ(stop("nonsense", "team-a"), false);
    EXPECT_FALSE(stream.ended());
    EXPECT_EQ(stop(stream.id(), "team-a"), true);
    EXPECT_TRUE(reader.ended);
    EXPECT_THAT(reader.frames.back(), HasSubstr("\"finish_reason\":\"cancelled\""));
    EXPECT_EQ(stop(stream.id(), "team-a"), true);  // it is still held: the same answer again
    EXPECT_EQ(here.ended_as(outcome::cancelled), 1);
}

TEST(Registry, EndsAllStreamsWhenItDrains) {
    workshop here;
    test_reader readers[3];
    for (auto& reader : readers) {
        reader.join(here.streams.open(here.plan({{"tokens", "1000"}, {"rate", "10"}})));
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
    }
    EXPECT_EQ(here.streams.live(), 3U);
    here.streams.stop_all(outcome::drained, "the gateway shuts down");
    for (auto& reader : readers) {
        EXPECT_TRUE(reader.ended);
        EXPECT_THAT(reader.frames.back(), HasSubstr("\"type\":\"drained\""));
        EXPECT_THAT(reader.frames.back(), HasSubstr("\"retryable\":true"));
        reader.leave();
    }
    EXPECT_EQ(here.streams.live(), 0U);
}

TEST(Registry, ForgetsAStreamThatFailedBeforeItBegan) {
    workshop here;
    auto& stream = here.streams.open(here.plan({{"error", "500"}}));
    const auto id = stream.id();
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    reader.leave();
    here.run_ready();
    EXPECT_EQ(here.find(id), nullptr);
    EXPECT_EQ(here.streams.live(), 0U);
}

}  // namespace
}  // namespace sluice::gateway::testing
