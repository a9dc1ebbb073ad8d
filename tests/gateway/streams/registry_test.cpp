#include "tests/gateway/streams/workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

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

/// Streams that have made a good 50 KB and go on without making more.
std::map<std::string, std::string> stalled() {
    return {{"tokens", "2000"}, {"error", "stall-after=800"}};
}

TEST(Registry, DropsWhatNobodyReadsBeforeWhatIsRead) {
    auto settings = quick_settings();
    settings->streams.worker_journal = 80'000;
    workshop here{0, settings};
    const auto begin = [&] {
        auto plan = here.plan(stalled());
        plan.on_disconnect = disconnect_policy::keep;
        return &here.streams.open(std::move(plan));
    };
    auto* read = begin();
    test_reader reader;
    reader.join(*read);
    auto* unread = begin();
    ASSERT_TRUE(here.run_until([&] { return unread->frames().first_sequence() > 0; }));
    ASSERT_TRUE(here.run_until([&] { return reader.frames.size() == 801; }));
    EXPECT_FALSE(unread->ended());  // the generation goes on
    EXPECT_EQ(read->frames().first_sequence(), 0U);
}

TEST(Registry, KeepsItsBoundEvenWhereEverythingIsRead) {
    auto settings = quick_settings();
    settings->streams.worker_journal = 80'000;
    workshop here{0, settings};
    std::deque<test_reader> readers(4);
    for (auto& reader : readers) {
        auto& stream = here.streams.open(here.plan(stalled()));
        reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() == 801; }));
        EXPECT_LE(here.streams.segments().bytes_in_use(), 80'000U + sse::journal::segment_bytes);
        EXPECT_FALSE(reader.lost);
    }
}

TEST(Registry, TakesTheBacklogOfReadersThatAreFarBehindAtLast) {
    auto settings = quick_settings();
    settings->streams.worker_journal = 80'000;
    settings->streams.backlog = 8'192;
    workshop here{0, settings};
    std::deque<test_reader> stuck;
    std::vector<stream*> streams;
    for (int i = 0; i < 4; ++i) {
        auto plan = here.plan(stalled());
        plan.on_disconnect = disconnect_policy::keep;
        streams.push_back(&here.streams.open(std::move(plan)));
        stuck.emplace_back(false).join(*streams.back());
    }
    ASSERT_TRUE(here.run_until([&] {
        return std::all_of(streams.begin(), streams.end(), [](const auto* stream) {
            return stream->frames().next_sequence() == 801;
        });
    }));
    EXPECT_LE(here.streams.segments().bytes_in_use(), 80'000U);
    for (const auto* stream : streams)
        EXPECT_FALSE(stream->ended());
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
        here.streams.stop(id, asker{key, false, false}, [&](bool there) { done = there; });
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
    std::optional<bool> by_operator;
    here.streams.stop(stream.id(), asker{"ops", true, false}, [&](bool there) {
        by_operator = there;
    });
    EXPECT_EQ(by_operator, true);
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

TEST(Registry, ListsTheStreamsOfAllWorkersWithTheirReaders) {
    workshop here;
    auto plan = here.plan({{"tokens", "3"}});
    plan.key_id = "team-a";
    plan.on_disconnect = disconnect_policy::keep;
    auto& ended = here.streams.open(std::move(plan));
    ASSERT_TRUE(here.run_until([&] { return ended.ended(); }));
    auto& running = here.streams.open(here.plan({{"tokens", "1000"}, {"rate", "10"}}));
    test_reader readers[2];
    for (auto& reader : readers)
        reader.join(running);
    const auto all = here.list({true, 10});
    EXPECT_EQ(all.total, 2U);
    auto listed = all.newest;
    ASSERT_EQ(listed.size(), 2U);
    if (listed[0].id != ended.id()) std::swap(listed[0], listed[1]);
    EXPECT_EQ(listed[0].id, ended.id());
    EXPECT_EQ(listed[0].outcome, "completed");
    EXPECT_EQ(listed[0].key_id, "team-a");
    EXPECT_EQ(listed[0].output_tokens, 3);
    EXPECT_EQ(listed[0].clients, 0U);
    EXPECT_EQ(listed[1].id, running.id());
    EXPECT_EQ(listed[1].outcome, "");
    EXPECT_EQ(listed[1].clients, 2U);
}

TEST(Registry, ListsTheNewestFirstAndNoMoreThanWereWishedFor) {
    workshop here;
    const auto open = [&](std::int64_t created, const std::string& key) {
        auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
        plan.names.created = created;
        plan.key_id = key;
        plan.on_disconnect = disconnect_policy::keep;
        return here.streams.open(std::move(plan)).id();
    };
    open(100, "team-a");
    const auto newest = open(300, "team-a");
    const auto second = open(200, "team-b");
    open(100, "");
    const auto some = here.list({true, 2});
    ASSERT_EQ(some.newest.size(), 2U);
    EXPECT_EQ(some.newest[0].id, newest);
    EXPECT_EQ(some.newest[1].id, second);
    EXPECT_EQ(some.total, 4U);
    EXPECT_EQ(some.running_by_key.size(), 2U);
    EXPECT_EQ(some.running_by_key.at("team-a"), 2U);
    EXPECT_EQ(some.running_by_key.at("team-b"), 1U);
    EXPECT_TRUE(here.list({true, 0}).newest.empty());
}

TEST(Registry, ListsNothingThatHasEndedWhereOnlyWhatRunsIsWishedFor) {
    workshop here;
    auto plan = here.plan({{"tokens", "3"}});
    plan.key_id = "team-a";
    plan.on_disconnect = disconnect_policy::keep;
    auto& stream = here.streams.open(std::move(plan));
    EXPECT_EQ(here.list({false, 10}).total, 1U);
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    const auto after = here.list({false, 10});
    EXPECT_EQ(after.total, 0U);
    EXPECT_TRUE(after.newest.empty());
    EXPECT_TRUE(after.running_by_key.empty());
    EXPECT_EQ(here.list({true, 10}).total, 1U);
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
