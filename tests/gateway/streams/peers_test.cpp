#include "tests/gateway/streams/workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using upstream::outcome;

/// Two workers that know each other, their loops turned by hand.
class Peers : public ::testing::Test {
 protected:
    explicit Peers(std::shared_ptr<configuration> settings = quick_settings())
        : owner(0, settings), other(1, settings) {
        owner.streams.know_peers(both_);
        other.streams.know_peers(both_);
    }

    bool run_until(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            owner.context.restart();
            other.context.restart();
            owner.context.run_one_for(1ms);
            other.context.poll();
        }
        return true;
    }
    /// A stream of the owner that has begun and takes its time.
    stream& begun(disconnect_policy policy = disconnect_policy::cancel, int rate = 200) {
        auto plan = owner.plan({{"tokens", "60"}, {"rate", std::to_string(rate)}});
        plan.on_disconnect = policy;
        auto& stream = owner.streams.open(std::move(plan));
        here.join(stream);
        EXPECT_TRUE(run_until([&] { return here.frames.size() >= 3; }));
        return stream;
    }
    /// Joins at the other worker; false once it said that there is none.
    void join_there(test_reader& reader, const std::string& id) {
        answered = false;
        other.streams.find(id, 0, [&](publication* found) {
            answered = true;
            mirrored = found != nullptr;
            if (found) reader.join(*found);
        });
    }

    workshop owner;
    workshop other;
    test_reader here;
    bool answered = false;
    bool mirrored = false;

 private:
    peers both_{{{&owner.context, &owner.streams}, {&other.context, &other.streams}}};
};

TEST_F(Peers, GiveTheSameFramesThroughAMirror) {
    auto& stream = begun();
    test_reader early;
    join_there(early, stream.id());
    ASSERT_TRUE(run_until([&] { return answered; }));
    ASSERT_TRUE(mirrored);
    test_reader second;
    join_there(second, stream.id());
    EXPECT_TRUE(answered);  // the mirror stands already
    ASSERT_TRUE(run_until([&] { return here.ended && early.ended && second.ended; }));
    EXPECT_EQ(here.frames.size(), 62U);
    EXPECT_EQ(early.frames, here.frames);
    EXPECT_EQ(second.frames, here.frames);
    test_reader late;
    join_there(late, stream.id());
    ASSERT_TRUE(run_until([&] { return answered; }));
    EXPECT_EQ(late.frames, here.frames);
}

TEST_F(Peers, SayThatThereIsNoSuchStream) {
    test_reader reader;
    join_there(reader, "0-abcdefghijklmnopqrstuv");
    EXPECT_FALSE(answered);  // it has to ask
    ASSERT_TRUE(run_until([&] { return answered; }));
    EXPECT_FALSE(mirrored);
}

TEST_F(Peers, AReaderElsewhereKeepsTheStreamUntilItLeaves) {
    auto& stream = begun(disconnect_policy::cancel, 20);
    test_reader there;
    join_there(there, stream.id());
    ASSERT_TRUE(run_until([&] { return answered; }));
    here.leave();
    EXPECT_FALSE(stream.ended());
    const auto seen = there.frames.size();
    ASSERT_TRUE(run_until([&] { return there.frames.size() > seen; }));
    there.leave();
    ASSERT_TRUE(run_until([&] { return stream.ended(); }));
    EXPECT_EQ(owner.ended_as(outcome::client_gone), 1);
    EXPECT_EQ(other.streams.live(), 0U);
}

TEST_F(Peers, StopAStreamOfAnother) {
    auto& stream = begun(disconnect_policy::keep, 20);
    std::optional<bool> stopped;
    other.streams.stop(stream.id(), asker{"not its key", false, false}, [&](bool there) {
        stopped = there;
    });
    ASSERT_TRUE(run_until([&] { return stopped.has_value(); }));
    EXPECT_EQ(stopped, false);
    stopped.reset();
    other.streams.stop(stream.id(), asker{}, [&](bool there) { stopped = there; });
    ASSERT_TRUE(run_until([&] { return stopped.has_value(); }));
    EXPECT_EQ(stopped, true);
    EXPECT_TRUE(here.ended);
    EXPECT_EQ(owner.ended_as(outcome::cancelled), 1);
}

class PeersWithLittleMemory : public Peers {
 protected:
    PeersWithLittleMemory() : Peers(little()) {}
    static std::shared_ptr<configuration> little() {
        auto settings = quick_settings();
        settings->streams.worker_journal = 100'000;
        return settings;
    }
};

/// One comes late who knows the stream's id, or only the name of its request.
class PeersWithLittleMemoryAndOneWhoIsLate : public PeersWithLittleMemory,
                                             public ::testing::WithParamInterface<bool> {
 protected:
    void come_late(test_reader& reader, const std::string& id) {
        if (!GetParam()) return join_there(reader, id);
        other.streams.join(id, [&](publication* found) {
            ASSERT_NE(found, nullptr);
            reader.join(*found);
        });
    }
};

TEST_P(PeersWithLittleMemoryAndOneWhoIsLate, ACopyGoesBeforeWhatIsHeldHereAndTheLateGetANewOne) {
    // The other worker holds a finished stream of its own, and then copies another's.
    auto& own = other.open(800, disconnect_policy::keep);
    ASSERT_TRUE(run_until([&] { return own.ended(); }));
    auto plan = owner.plan({{"tokens", "2000"}, {"error", "stall-after=1000"}});
    auto& stream = owner.streams.open(std::move(plan));
    here.join(stream);
    ASSERT_TRUE(run_until([&] { return !here.frames.empty(); }));
    test_reader there;
    join_there(there, stream.id());
    ASSERT_TRUE(run_until([&] { return there.frames.size() == 1001; }));
    EXPECT_LE(other.streams.segments().bytes_in_use(), 100'000U);
    EXPECT_EQ(other.find(own.id()), &own);
    // The owner still holds the beginning.
    ASSERT_EQ(stream.frames().first_sequence(), 0U);
    test_reader late;
    come_late(late, stream.id());
    ASSERT_TRUE(run_until([&] { return late.frames.size() == 1001; }));
    EXPECT_FALSE(late.lost);
    EXPECT_EQ(late.frames, there.frames);
    EXPECT_EQ(other.streams.live(), 2U);  // both copies are read
    stream.stop(outcome::cancelled, "enough");
    ASSERT_TRUE(run_until([&] { return there.ended && late.ended; }));
    EXPECT_EQ(late.frames.back(), there.frames.back());
}

INSTANTIATE_TEST_SUITE_P(
    ByIdAndByName, PeersWithLittleMemoryAndOneWhoIsLate, ::testing::Values(false, true)
);

class PeersWithASmallBacklog : public Peers {
 protected:
    PeersWithASmallBacklog() : Peers(small()) {}
    static std::shared_ptr<configuration> small() {
        auto settings = quick_settings();
        settings->streams.backlog = 4096;
        return settings;
    }
};

TEST_F(PeersWithASmallBacklog, ProgressReachesTheOwner) {
    auto plan = owner.plan({{"tokens", "5000"}});
    auto& stream = owner.streams.open(std::move(plan));
    test_reader stuck{false};
    stuck.join(stream);
    ASSERT_TRUE(run_until([&] { return stream.frames().end_offset() > 4096; }));
    owner.context.restart();
    owner.context.run_for(50ms);
    ASSERT_FALSE(stream.ended());
    // A reader on the other worker takes, and that moves a stream that stood still.
    test_reader there;
    join_there(there, stream.id());
    ASSERT_TRUE(run_until([&] { return there.ended; }));
    EXPECT_EQ(there.frames.size(), 5002U);
    EXPECT_EQ(stream.ending().outcome, outcome::completed);
}

TEST(PeersOnThreads, GiveTheSameFramesThroughAMirror) {
    workshop owner{0};
    workshop other{1};
    const peers both{{{&owner.context, &owner.streams}, {&other.context, &other.streams}}};
    owner.streams.know_peers(both);
    other.streams.know_peers(both);
    auto& stream = owner.open(3000, disconnect_policy::keep);
    test_reader here;
    here.join(stream);
    // Up to its first frames on this thread, so that it can be found.
    ASSERT_TRUE(owner.run_until([&] { return here.frames.size() > 2; }));

    auto owner_keeps = boost::asio::make_work_guard(owner.context);
    auto other_keeps = boost::asio::make_work_guard(other.context);
    test_reader there;
    std::promise<void> joined;
    boost::asio::post(other.context, [&, id = stream.id()] {
        other.streams.find(id, 0, [&](publication* found) {
            if (found) there.join(*found);
            joined.set_value();
        });
    });
    owner.context.restart();
    std::thread owner_thread([&] { owner.context.run(); });
    std::thread other_thread([&] { other.context.run(); });
    joined.get_future().wait();
    for (bool ended = false; !ended;) {
        std::promise<bool> told;
        boost::asio::post(other.context, [&] { told.set_value(there.ended); });
        ended = told.get_future().get();
    }
    owner.context.stop();
    other.context.stop();
    owner_thread.join();
    other_thread.join();
    EXPECT_EQ(here.frames.size(), 3002U);
    EXPECT_EQ(there.frames, here.frames);
}

}  // namespace
}  // namespace sluice::gateway::testing
