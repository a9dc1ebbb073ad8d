#include "upstream/mock/queue.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using standing = queue::standing;

/// A queue on one event loop, and who got a slot, in order.
class MockQueue : public testing::Test {
 protected:
    queue::place enter(queue& queue, const std::string& name) {
        return queue.enter(context_, [this, name] { called_ += name; });
    }
    std::string run() {
        context_.restart();
        context_.run();
        return std::exchange(called_, {});
    }

    boost::asio::io_context context_{1};
    std::string called_;
};

TEST_F(MockQueue, GivesSlotsUntilThereAreNoneLeft) {
    queue queue({2, 0, 0});
    const auto a = enter(queue, "a");
    const auto b = enter(queue, "b");
    const auto c = enter(queue, "c");
    EXPECT_EQ(a.now(), standing::running);
    EXPECT_EQ(b.now(), standing::running);
    EXPECT_EQ(c.now(), standing::waiting);
    EXPECT_EQ(queue.running(), 2U);
    EXPECT_EQ(queue.waiting(), 1U);
    EXPECT_EQ(run(), "");
}

TEST_F(MockQueue, LetsTheFirstComeFirst) {
    queue queue({1, 0, 0});
    auto a = enter(queue, "a");
    auto b = enter(queue, "b");
    auto c = enter(queue, "c");
    a.leave();
    EXPECT_EQ(b.now(), standing::running);
    EXPECT_EQ(run(), "b");
    auto d = enter(queue, "d");
    EXPECT_EQ(d.now(), standing::waiting) << "nobody overtakes";
    b.leave();
    c.leave();
    EXPECT_EQ(run(), "d");
    EXPECT_EQ(queue.running(), 1U);
    EXPECT_EQ(queue.waiting(), 0U);
}

TEST_F(MockQueue, RefusesWhoFindsTheLineFull) {
    queue queue({1, 1, 0});
    const auto a = enter(queue, "a");
    auto b = enter(queue, "b");
    EXPECT_EQ(enter(queue, "c").now(), standing::refused);
    EXPECT_EQ(queue.waiting(), 1U);
    b.leave();
    EXPECT_EQ(enter(queue, "d").now(), standing::waiting);
}

TEST_F(MockQueue, HasRoomForAllWithoutSlots) {
    queue queue({0, 0, 5});
    std::vector<mock::queue::place> places;
    for (int i = 0; i < 100; ++i)
        places.push_back(enter(queue, "x"));
    EXPECT_EQ(places.back().now(), standing::running);
    EXPECT_EQ(queue.running(), 100U);
    EXPECT_EQ(queue.slowness(), 1);
    places.clear();
    EXPECT_EQ(queue.running(), 0U);
}

TEST_F(MockQueue, PassesASlotOnThatWasLeftBeforeItWasTaken) {
    queue queue({1, 0, 0});
    auto a = enter(queue, "a");
    auto b = enter(queue, "b");
    auto c = enter(queue, "c");
    a.leave();  // the call of b is posted
    b.leave();
    EXPECT_EQ(run(), "c");
    EXPECT_EQ(queue.running(), 1U);
}

TEST_F(MockQueue, CallsNobodyWhoHasLeft) {
    queue queue({1, 0, 0});
    auto a = enter(queue, "a");
    { const auto b = enter(queue, "b"); }
    EXPECT_EQ(queue.waiting(), 0U);
    a.leave();
    a.leave();
    EXPECT_EQ(run(), "");
    EXPECT_EQ(queue.running(), 0U);
}

TEST_F(MockQueue, LetsWhoIsCalledLeaveAtOnce) {
    queue queue({1, 0, 0});
    auto a = enter(queue, "a");
    mock::queue::place b;
    b = queue.enter(context_, [&] { b = {}; });
    a.leave();
    run();
    EXPECT_EQ(queue.running(), 0U);
}

TEST_F(MockQueue, SlowsDownWithEverySlotThatIsTaken) {
    queue queue({5, 0, 2});
    EXPECT_EQ(queue.slowness(), 1);
    std::vector<mock::queue::place> places;
    places.push_back(enter(queue, "a"));
    EXPECT_EQ(queue.slowness(), 1);
    places.push_back(enter(queue, "b"));
    EXPECT_EQ(queue.slowness(), 1.5);
    for (int i = 0; i < 10; ++i)
        places.push_back(enter(queue, "c"));
    EXPECT_EQ(queue.slowness(), 3);
    mock::queue single({1, 0, 2});
    const auto only = enter(single, "d");
    EXPECT_EQ(single.slowness(), 1);
}

/// Enters again and again on a thread of its own, and leaves before, while and after it is called.
class visitor {
 public:
    visitor(queue& queue, int visits, std::atomic<int>& inside, std::atomic<int>& inside_max)
        : queue_(queue), left_(visits), inside_(inside), inside_max_(inside_max) {
        boost::asio::post(context_, [this] { visit(); });
        thread_ = std::thread([this] { context_.run(); });
    }
    void join() { thread_.join(); }

 private:
    void visit() {
        if (--left_ < 0) return work_.reset();
        place_ = queue_.enter(context_, [this] { be_inside(); });
        if (place_.now() == standing::running) return be_inside();
        if (left_ % 3 == 0) {
            place_.leave();
            boost::asio::post(context_, [this] { visit(); });
        }
    }
    void be_inside() {
        const int now = ++inside_;
        if (now > inside_max_) inside_max_ = now;
        boost::asio::post(context_, [this] {
            --inside_;
            place_.leave();
            visit();
        });
    }

    queue& queue_;
    int left_;
    std::atomic<int>& inside_;
    std::atomic<int>& inside_max_;
    boost::asio::io_context context_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{
        context_.get_executor()};
    queue::place place_;
    std::thread thread_;
};

TEST(MockQueueOfManyThreads, NeverHoldsMoreThanItsSlotsAndLosesNobody) {
    queue queue({3, 0, 0});
    std::atomic<int> inside{0};
    std::atomic<int> inside_max{0};
    std::vector<std::unique_ptr<visitor>> visitors;
    for (int i = 0; i < 8; ++i)
        visitors.push_back(std::make_unique<visitor>(queue, 2000, inside, inside_max));
    for (auto& visitor : visitors)
        visitor->join();
    EXPECT_EQ(inside, 0);
    EXPECT_LE(inside_max, 3);
    EXPECT_EQ(queue.running(), 0U);
    EXPECT_EQ(queue.waiting(), 0U);
}

}  // namespace
}  // namespace sluice::upstream::mock
