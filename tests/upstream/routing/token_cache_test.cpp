#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"
#include "upstream/routing/iam_tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using upstream::provider_settings;
using upstream::token_cache;
using connection = loopback_server::connection;

std::string token_answer(int number, int life) {
    return answer(
        R"({"access_token":"token-)" + std::to_string(number) + R"(","expires_in":)" +
        std::to_string(life) + "}"
    );
}

/// An IAM that numbers its tokens.
loopback_server::script counting(std::atomic<int>& count, int life) {
    return [&count, life](connection& client) {
        while (client.read_request())
            client.send(token_answer(++count, life));
    };
}

provider_settings provider_at(const loopback_server& iam, std::string name = "granite") {
    provider_settings provider;
    provider.kind = provider_settings::protocol::watsonx;
    provider.name = std::move(name);
    provider.api_key = "the-key";
    provider.iam_url = iam.url("/identity/token");
    return provider;
}

/// One who asks, and what he was told.
struct asker {
    std::unique_ptr<token_cache::wait> waiting;
    std::optional<token_cache::result> told;

    void ask(token_cache& cache, const provider_settings& provider) {
        told.reset();
        waiting = cache.ask(provider, [this](const token_cache::result& what) { told = what; });
    }
    std::string token() const { return told && *told ? **told : "none"; }
};

std::string token_from(worker& w, token_cache& cache, const provider_settings& provider) {
    asker one;
    one.ask(cache, provider);
    EXPECT_TRUE(w.run_until([&] { return one.told.has_value(); }));
    return one.token();
}

TEST(TokenCache, ExchangesAKeyOnceForAllWhoWait) {
    std::string seen;
    std::atomic<int> count = 0;
    std::atomic<bool> hold = true;
    loopback_server iam([&](connection& client) {
        while (const auto request = client.read_request()) {
            seen = *request;
            ++count;
            while (hold)
                std::this_thread::yield();
            client.send(token_answer(count, 3600));
        }
    });
    worker w;
    token_cache cache(w.context, w.engine);
    const auto provider = provider_at(iam);
    std::vector<asker> many(20);
    many.front().ask(cache, provider);
    ASSERT_TRUE(w.run_until([&] { return count == 1; }));
    for (auto& one : many)
        one.ask(cache, provider);
    hold = false;
    ASSERT_TRUE(w.run_until([&] { return many.back().told.has_value(); }));
    for (const auto& one : many)
        EXPECT_EQ(one.token(), "token-1");
    EXPECT_EQ(count, 1);
    EXPECT_THAT(seen, HasSubstr("POST /identity/token HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("&apikey=the-key"));
}

TEST(TokenCache, KeepsATokenWhileItIsGood) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 3600));
    worker w;
    token_cache cache(w.context, w.engine);
    EXPECT_EQ(cache.known(provider_at(iam)), std::nullopt);
    EXPECT_EQ(token_from(w, cache, provider_at(iam)), "token-1");
    EXPECT_EQ(token_from(w, cache, provider_at(iam)), "token-1");
    EXPECT_EQ(cache.known(provider_at(iam)), "token-1");
    EXPECT_EQ(count, 1);
}

TEST(TokenCache, KeepsProvidersApart) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 3600));
    worker w;
    token_cache cache(w.context, w.engine);
    EXPECT_EQ(token_from(w, cache, provider_at(iam, "one")), "token-1");
    EXPECT_EQ(token_from(w, cache, provider_at(iam, "two")), "token-2");
    auto changed = provider_at(iam, "one");
    changed.api_key = "another-key";
    EXPECT_EQ(token_from(w, cache, changed), "token-3");
    EXPECT_EQ(token_from(w, cache, provider_at(iam, "one")), "token-1");
}

TEST(TokenCache, NeverCallsBackFromWithinTheCall) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 3600));
    worker w;
    token_cache cache(w.context, w.engine);
    ASSERT_EQ(token_from(w, cache, provider_at(iam)), "token-1");
    asker one;
    one.ask(cache, provider_at(iam));
    EXPECT_FALSE(one.told);
    ASSERT_TRUE(w.run_until([&] { return one.told.has_value(); }));
}

TEST(TokenCache, RefreshesATokenBehindTheBackOfWhoGetsTheOldOne) {
    std::atomic<int> count = 0;
    std::atomic<bool> hold = false;
    loopback_server iam([&](connection& client) {
        while (client.read_request()) {
            while (hold)
                std::this_thread::yield();
            client.send(token_answer(++count, 4));
        }
    });
    worker w;
    token_cache cache(w.context, w.engine);
    const auto provider = provider_at(iam);
    ASSERT_EQ(token_from(w, cache, provider), "token-1");
    hold = true;
    w.run_for(2100);
    EXPECT_EQ(token_from(w, cache, provider), "token-1");
    hold = false;
    ASSERT_TRUE(w.run_until([&] { return cache.known(provider) == "token-2"; }));
    EXPECT_EQ(count, 2);
}

TEST(TokenCache, AsksForAnotherWhereTheOldOneHasExpired) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 1));
    worker w;
    token_cache cache(w.context, w.engine);
    ASSERT_EQ(token_from(w, cache, provider_at(iam)), "token-1");
    w.run_for(1050);
    EXPECT_EQ(cache.known(provider_at(iam)), std::nullopt);
    EXPECT_EQ(token_from(w, cache, provider_at(iam)), "token-2");
}

TEST(TokenCache, ForgetsATokenThatTheServiceRefusedAndOnlyThat) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 3600));
    worker w;
    token_cache cache(w.context, w.engine);
    const auto provider = provider_at(iam);
    ASSERT_EQ(token_from(w, cache, provider), "token-1");
    cache.forget(provider, "token-1");
    EXPECT_EQ(cache.known(provider), std::nullopt);
    EXPECT_EQ(token_from(w, cache, provider), "token-2");
    cache.forget(provider, "token-1");
    EXPECT_EQ(token_from(w, cache, provider), "token-2");
    EXPECT_EQ(count, 2);
}

TEST(TokenCache, TellsAFailureToAllAndForgetsItSoon) {
    std::atomic<int> count = 0;
    loopback_server iam([&](connection& client) {
        while (client.read_request()) {
            if (++count > 1) {
                client.send(token_answer(count, 3600));
            } else {
                client.send(answer(
                    R"({"errorCode":"BXNIM0415E","errorMessage":"the-key"})", "400 Bad Request"
                ));
            }
        }
    });
    worker w;
    token_cache cache(w.context, w.engine);
    const auto provider = provider_at(iam);
    asker first;
    asker second;
    first.ask(cache, provider);
    second.ask(cache, provider);
    ASSERT_TRUE(w.run_until([&] { return first.told && second.told; }));
    ASSERT_TRUE(first.told->has_error());
    EXPECT_THAT(first.told->error().message, HasSubstr("HTTP status 400 (BXNIM0415E)"));
    EXPECT_THAT(first.told->error().message, Not(HasSubstr("the-key")));
    EXPECT_EQ(second.told->error().message, first.told->error().message);
    EXPECT_EQ(token_from(w, cache, provider), "none");
    EXPECT_EQ(count, 1);
    w.run_for(1050);
    EXPECT_EQ(token_from(w, cache, provider), "token-2");
}

TEST(TokenCache, SaysWhereIamCannotBeReached) {
    std::atomic<int> count = 0;
    auto provider = [&] {
        loopback_server gone(counting(count, 3600));
        return provider_at(gone);
    }();
    worker w;
    token_cache cache(w.context, w.engine);
    asker one;
    one.ask(cache, provider);
    ASSERT_TRUE(w.run_until([&] { return one.told.has_value(); }));
    ASSERT_TRUE(one.told->has_error());
    EXPECT_THAT(one.told->error().message, HasSubstr("IAM could not be reached"));
    EXPECT_TRUE(one.told->error().retryable);
}

TEST(TokenCache, CallsNobodyWhoHasLeft) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 3600));
    worker w;
    token_cache cache(w.context, w.engine);
    const auto provider = provider_at(iam);
    asker left;
    left.ask(cache, provider);
    left.waiting.reset();
    EXPECT_EQ(token_from(w, cache, provider), "token-1");
    EXPECT_FALSE(left.told);
    left.ask(cache, provider);
    left.waiting.reset();
    w.run_for(20);
    EXPECT_FALSE(left.told);
    EXPECT_EQ(count, 1);
}

TEST(TokenCache, LetsWhoIsToldAskAgainOrLeave) {
    std::atomic<int> count = 0;
    loopback_server iam(counting(count, 3600));
    worker w;
    token_cache cache(w.context, w.engine);
    const auto provider = provider_at(iam);
    std::unique_ptr<token_cache::wait> first;
    std::unique_ptr<token_cache::wait> again;
    std::string told;
    first = cache.ask(provider, [&](const token_cache::result&) {
        first.reset();
        again = cache.ask(provider, [&](const token_cache::result& what) { told = *what; });
    });
    ASSERT_TRUE(w.run_until([&] { return !told.empty(); }));
    EXPECT_EQ(told, "token-1");
}

TEST(TokenCache, MayGoWhileOthersWait) {
    std::atomic<bool> hold = true;
    std::atomic<int> asked = 0;
    loopback_server iam([&](connection& client) {
        while (client.read_request()) {
            ++asked;
            while (hold)
                std::this_thread::yield();
            client.send(token_answer(1, 3600));
        }
    });
    worker w;
    asker one;
    {
        token_cache cache(w.context, w.engine);
        one.ask(cache, provider_at(iam));
        ASSERT_TRUE(w.run_until([&] { return asked == 1; }));
    }
    hold = false;
    w.run_for(20);
    EXPECT_FALSE(one.told);
    {
        token_cache cache(w.context, w.engine);
        ASSERT_EQ(token_from(w, cache, provider_at(iam)), "token-1");
        one.ask(cache, provider_at(iam));
    }
    w.run_for(20);
    EXPECT_FALSE(one.told);
}

}  // namespace
}  // namespace sluice::tests
