#include "gateway/store/local_store.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

namespace sluice::gateway::testing {
namespace {

using action = idempotency_table::verdict::action;

const idempotency_table::digest request{1};
const idempotency_table::digest another{2};

/// Two workers whose loops are turned by hand. A name may live on either of them, so that each test
/// runs from both.
class LocalStore : public ::testing::TestWithParam<unsigned> {
 protected:
    LocalStore() {
        for (auto& store : stores_) {
            store.know_siblings({{&contexts_[0], &stores_[0]}, {&contexts_[1], &stores_[1]}});
        }
    }

    local_store& here() { return stores_[GetParam()]; }
    local_store& there() { return stores_[1 - GetParam()]; }

    void run(unsigned worker) {
        contexts_[worker].restart();
        contexts_[worker].poll();
    }
    /// Until nobody has anything to say any more.
    void run_all() {
        for (int round = 0; round < 4; ++round) {
            run(0);
            run(1);
        }
    }
    idempotency_table::verdict claim(
        local_store& at, const idempotency_table::digest& what = request
    ) {
        run_all();  // what another worker said may be on its way
        std::optional<idempotency_table::verdict> told;
        at.claim("name", what, [&](const auto& verdict) { told = verdict; });
        run_all();
        EXPECT_TRUE(told);
        return told.value_or(idempotency_table::verdict{});
    }
    std::string latest(local_store& at) {
        run_all();  // what another worker said may be on its way
        std::string told = "nothing was said";
        at.find_latest("chat", [&](std::string id) { told = std::move(id); });
        run_all();
        return told;
    }

    std::array<boost::asio::io_context, 2> contexts_;
    limit_table limits_;
    std::array<local_store, 2> stores_{local_store{0, limits_}, local_store{1, limits_}};
};

TEST_P(LocalStore, ANameStandsForOneStreamOnAllWorkers) {
    EXPECT_EQ(claim(here()).what, action::begin);
    here().bind("name", "0-a");
    for (auto* store : {&here(), &there()}) {
        const auto verdict = claim(*store);
        EXPECT_EQ(verdict.what, action::join);
        EXPECT_EQ(verdict.stream_id, "0-a");
        EXPECT_EQ(claim(*store, another).what, action::mismatch);
    }
    there().release("name", "0-a");
    EXPECT_EQ(claim(there(), another).what, action::begin);
}

TEST_P(LocalStore, WhoWaitsForAnothersClaimIsToldOfItsStream) {
    claim(here());
    std::optional<idempotency_table::verdict> told;
    there().claim("name", request, [&](const auto& verdict) { told = verdict; });
    run_all();
    EXPECT_FALSE(told) << "it is not yet decided";
    here().bind("name", "0-a");
    run_all();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->stream_id, "0-a");
}

TEST_P(LocalStore, WhoWaitsBeginsItselfWhereNothingCameOfTheClaim) {
    claim(here());
    std::optional<idempotency_table::verdict> told;
    there().claim("name", request, [&](const auto& verdict) { told = verdict; });
    run_all();
    here().release("name", "");
    run_all();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->what, action::begin);
}

TEST_P(LocalStore, AnswersOnTheCallersWorkerOnly) {
    std::optional<idempotency_table::verdict> named;
    std::optional<std::string> latest;
    here().claim("name", request, [&](const auto& verdict) { named = verdict; });
    here().find_latest("chat", [&](std::string id) { latest = std::move(id); });
    const bool named_at_once = named.has_value();
    const bool found_at_once = latest.has_value();
    run(1 - GetParam());
    EXPECT_EQ(named.has_value(), named_at_once);
    EXPECT_EQ(latest.has_value(), found_at_once);
    run(GetParam());
    EXPECT_TRUE(named);
    EXPECT_TRUE(latest);
}

TEST_P(LocalStore, FindsTheLatestStreamOfAConversationUntilItIsForgotten) {
    EXPECT_EQ(latest(there()), "");
    here().set_latest("chat", "0-a");
    EXPECT_EQ(latest(there()), "0-a");
    there().set_latest("chat", "1-b");
    EXPECT_EQ(latest(here()), "1-b");
    here().forget_latest("chat", "0-a");  // long replaced
    EXPECT_EQ(latest(here()), "1-b");
    there().forget_latest("chat", "1-b");
    EXPECT_EQ(latest(here()), "");
}

TEST_P(LocalStore, WhoSetsAStreamBehindAskingFindsTheOneBefore) {
    here().set_latest("chat", "0-a");
    std::string found;
    here().find_latest("chat", [&](std::string id) { found = std::move(id); });
    here().set_latest("chat", "0-b");
    run_all();
    EXPECT_EQ(found, "0-a");
    EXPECT_EQ(latest(here()), "0-b");
}

TEST_P(LocalStore, ReleasesANameBehindBindingIt) {
    claim(here());
    here().bind("name", "0-a");
    here().release("name", "0-a");
    EXPECT_EQ(claim(here()).what, action::begin);
}

TEST_P(LocalStore, LimitsAreOneForAllWorkersAndAnsweredAtOnce) {
    const std::vector<demand> place{{"key a", demand::kind::streams, 1, 1}};
    std::optional<limit_verdict> told;
    here().take(place, [&](const auto& verdict) { told = verdict; });
    ASSERT_TRUE(told);
    EXPECT_FALSE(told->refused);
    there().take(place, [&](const auto& verdict) { told = verdict; });
    EXPECT_EQ(told->refused, 0U);
    here().give_back(place);
    there().take(place, [&](const auto& verdict) { told = verdict; });
    EXPECT_FALSE(told->refused);
}

INSTANTIATE_TEST_SUITE_P(FromEachWorker, LocalStore, ::testing::Values(0U, 1U));

TEST(ALocalStoreAlone, AnswersEverythingAtOnce) {
    limit_table limits;
    local_store store{3, limits};
    std::optional<idempotency_table::verdict> told;
    store.claim("name", request, [&](const auto& verdict) { told = verdict; });
    EXPECT_TRUE(told && told->what == action::begin);
    store.bind("name", "3-a");
    store.claim("name", request, [&](const auto& verdict) { told = verdict; });
    EXPECT_TRUE(told && told->stream_id == "3-a");
    store.set_latest("chat", "3-a");
    std::string found;
    store.find_latest("chat", [&](std::string id) { found = std::move(id); });
    EXPECT_EQ(found, "3-a");
}

/// Workers on threads of their own, all of which ask for the same names.
class LocalStoresOnThreads : public ::testing::Test {
 protected:
    static constexpr unsigned workers = 4;
    static constexpr int names = 500;

    void claim_all(unsigned worker) {
        for (int i = 0; i < names; ++i) {
            const auto name = "name " + std::to_string(i);
            stores_[worker]->claim(name, request, [this, worker, name](const auto& verdict) {
                EXPECT_EQ(std::this_thread::get_id(), threads_seen_[worker]);
                if (verdict.what == action::begin) {
                    ++begun_;
                    stores_[worker]->bind(name, std::to_string(worker) + " for " + name);
                } else {
                    EXPECT_EQ(verdict.what, action::join);
                    EXPECT_TRUE(verdict.stream_id.ends_with(" for " + name));
                }
                if (++answered_ == workers * names) stop();
            });
        }
    }
    void stop() {
        for (auto& context : contexts_)
            context.stop();
    }

    std::array<boost::asio::io_context, workers> contexts_;
    limit_table limits_;
    std::vector<std::unique_ptr<local_store>> stores_;
    std::array<std::thread::id, workers> threads_seen_;
    std::atomic<int> begun_{0};
    std::atomic<unsigned> answered_{0};
};

TEST_F(LocalStoresOnThreads, BeginOneStreamForEachName) {
    std::vector<local_store::sibling> all;
    for (unsigned i = 0; i < workers; ++i) {
        stores_.push_back(std::make_unique<local_store>(i, limits_));
        all.push_back({&contexts_[i], stores_[i].get()});
    }
    for (auto& store : stores_)
        store->know_siblings(all);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < workers; ++i) {
        boost::asio::post(contexts_[i], [this, i] {
            threads_seen_[i] = std::this_thread::get_id();
            claim_all(i);
        });
        threads.emplace_back([this, i] {
            const auto work = boost::asio::make_work_guard(contexts_[i]);
            contexts_[i].run();
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(begun_, names);
    EXPECT_EQ(answered_, workers * names);
}

}  // namespace
}  // namespace sluice::gateway::testing
