#include "tests/gateway/streams/workshop.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sluice::gateway::testing {
namespace {

using action = idempotency_table::verdict::action;
using upstream::outcome;

const idempotency_table::digest request{7};

/// Two workers; a name lives on either of them, so that each test runs from both.
class RequestNames : public ::testing::TestWithParam<unsigned> {
 protected:
    RequestNames() {
        for (auto& worker : workers_) {
            worker.streams.know_peers(both_);
            worker.store.know_siblings(stores());
        }
    }

    workshop& asking() { return workers_[GetParam()]; }
    workshop& other() { return workers_[1 - GetParam()]; }

    bool run_until(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            for (auto& worker : workers_) {
                worker.context.restart();
                worker.context.run_one_for(1ms);
            }
        }
        return true;
    }
    idempotency_table::verdict claim(
        workshop& at, const idempotency_table::digest& what = request
    ) {
        std::optional<idempotency_table::verdict> told;
        at.store.claim("key\nname", what, [&](const auto& verdict) { told = verdict; });
        EXPECT_TRUE(run_until([&] { return told.has_value(); }));
        return *told;
    }
    stream& begin(std::map<std::string, std::string> mock, bool streamed = true) {
        auto plan = asking().plan(std::move(mock));
        plan.request_key = "key\nname";
        plan.call.stream = streamed;
        plan.names.told = false;
        plan.on_disconnect = disconnect_policy::grace;
        return asking().streams.open(std::move(plan));
    }
    /// Joins at the other worker.
    publication* join(const std::string& id, test_reader& reader) {
        std::optional<publication*> told;
        other().streams.join(id, [&](publication* there) {
            told = there;
            if (there) reader.join(*there);
        });
        EXPECT_TRUE(run_until([&] { return told.has_value(); }));
        return *told;
    }

    workshop workers_[2]{workshop{0}, workshop{1}};

 private:
    std::vector<local_store::sibling> stores() {
        return {
            {&workers_[0].context, &workers_[0].store}, {&workers_[1].context, &workers_[1].store}};
    }

    peers both_{
        {{&workers_[0].context, &workers_[0].streams},
         {&workers_[1].context, &workers_[1].streams}}};
};

TEST_P(RequestNames, LeadToTheirStreamFromEveryWorker) {
    ASSERT_EQ(claim(asking()).what, action::begin);
    auto& stream = begin({{"tokens", "5"}});
    test_reader reader;
    reader.join(stream);
    const auto verdict = claim(other());
    EXPECT_EQ(verdict.what, action::join);
    EXPECT_EQ(verdict.stream_id, stream.id());
    EXPECT_EQ(claim(other(), {8}).what, action::mismatch);
    ASSERT_TRUE(run_until([&] { return stream.ended(); }));
    EXPECT_EQ(claim(asking()).what, action::join);  // as long as it is held
}

TEST_P(RequestNames, AreJoinedBeforeItIsDecidedWhatTheAnswerWillBe) {
    ASSERT_EQ(claim(asking()).what, action::begin);
    auto& stream = begin({{"ttft-ms", "100"}, {"tokens", "5"}});
    test_reader first;
    first.join(stream);
    test_reader there;
    const auto* mirror = join(stream.id(), there);
    ASSERT_NE(mirror, nullptr);
    EXPECT_FALSE(mirror->committed());
    ASSERT_TRUE(run_until([&] { return first.ended && there.ended; }));
    EXPECT_EQ(there.frames, first.frames);
    EXPECT_TRUE(mirror->committed());
}

TEST_P(RequestNames, ShareADocument) {
    ASSERT_EQ(claim(asking()).what, action::begin);
    auto& stream = begin({{"tokens", "5"}}, false);
    test_reader first;
    first.join(stream);
    test_reader there;
    const auto* mirror = join(stream.id(), there);
    ASSERT_NE(mirror, nullptr);
    ASSERT_TRUE(run_until([&] { return first.ended && there.ended; }));
    EXPECT_FALSE(stream.document().empty());
    EXPECT_EQ(mirror->document(), stream.document());
    first.leave();
    there.leave();
    EXPECT_EQ(claim(other()).what, action::join);  // its document is held
}

TEST_P(RequestNames, AreFreeAgainWhereNothingCameOfThem) {
    ASSERT_EQ(claim(asking()).what, action::begin);
    auto& stream = begin({{"error", "429"}});
    test_reader reader;
    reader.join(stream);
    test_reader there;
    const auto* mirror = join(stream.id(), there);
    ASSERT_TRUE(run_until([&] { return reader.ended && (!mirror || there.ended); }));
    if (mirror) {
        EXPECT_EQ(mirror->ending().failure->status, 429);
    }
    EXPECT_EQ(claim(other()).what, action::begin);
}

TEST_P(RequestNames, AreFreeAgainOnceNobodyWaitedForTheStream) {
    ASSERT_EQ(claim(asking()).what, action::begin);
    auto& stream = begin({{"tokens", "1000"}, {"rate", "10"}});
    {
        test_reader reader;
        reader.join(stream);
    }
    ASSERT_TRUE(run_until([&] { return stream.ended(); }));  // grace is over
    EXPECT_EQ(stream.ending().outcome, outcome::client_gone);
    EXPECT_EQ(claim(other()).what, action::begin);
}

TEST_P(RequestNames, WaitForTheirClientEvenBeforeTheFirstFrame) {
    ASSERT_EQ(claim(asking()).what, action::begin);
    auto& stream = begin({{"ttft-ms", "20"}, {"tokens", "3"}});
    {
        test_reader reader;
        reader.join(stream);
    }
    EXPECT_FALSE(stream.ended());
    ASSERT_TRUE(run_until([&] { return stream.ended(); }));
    EXPECT_EQ(stream.ending().outcome, outcome::completed);
}

TEST_P(RequestNames, OfConversationsLeadToTheLatestStreamUntilItIsGone) {
    const auto latest = [this] {
        std::optional<std::string> told;
        other().store.find_latest("key\nchat", [&](std::string id) { told = std::move(id); });
        EXPECT_TRUE(run_until([&] { return told.has_value(); }));
        return *told;
    };
    EXPECT_EQ(latest(), "");
    auto plan = asking().plan({{"tokens", "1000"}, {"rate", "10"}});
    plan.conversation = "key\nchat";
    plan.kept = false;  // gone with its reader
    auto& stream = asking().streams.open(std::move(plan));
    const auto id = stream.id();
    test_reader reader;
    reader.join(stream);
    EXPECT_TRUE(run_until([&] { return latest() == id; }));
    reader.leave();
    EXPECT_TRUE(run_until([&] { return latest().empty(); }));
}

INSTANTIATE_TEST_SUITE_P(FromEachWorker, RequestNames, ::testing::Values(0U, 1U));

}  // namespace
}  // namespace sluice::gateway::testing
