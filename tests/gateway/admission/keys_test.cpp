#include "gateway/admission/keys.hpp"

#include "tests/gateway/admission/some_key.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point now{std::chrono::seconds{1'800'000'000}};

TEST(Keys, AreFoundByTheirSecret) {
    const std::vector keys{some_key("a", "one"), some_key("b", "two")};
    const key_ring ring{keys};
    ASSERT_NE(ring.find("one", now), nullptr);
    EXPECT_EQ(ring.find("one", now)->id, "a");
    ASSERT_NE(ring.find("two", now), nullptr);
    EXPECT_EQ(ring.find("two", now)->id, "b");
    for (const std::string secret : {"", "on", "one ", "ONE", "a"})
        EXPECT_EQ(ring.find(secret, now), nullptr) << secret;
    EXPECT_EQ(key_ring{{}}.find("one", now), nullptr);
}

TEST(Keys, WhoseFirstBytesAreAlikeAreToldApart) {
    auto other = some_key("other", "x");
    const auto real = some_key("real", "one");
    other.sha256 = real.sha256;
    other.sha256.back() ^= 1U;
    const std::vector keys{other, real};
    const key_ring ring{keys};
    ASSERT_NE(ring.find("one", now), nullptr);
    EXPECT_EQ(ring.find("one", now)->id, "real");
}

TEST(Keys, AreGoodUntilTheyExpire) {
    std::vector keys{some_key("a", "one")};
    keys[0].expires = now;
    const key_ring ring{keys};
    EXPECT_NE(ring.find("one", now - 1s), nullptr);
    EXPECT_EQ(ring.find("one", now), nullptr);
    EXPECT_NE(ring.named("a"), nullptr);
}

TEST(Keys, AllowTheModelsThatTheyName) {
    client_key key;
    EXPECT_TRUE(key.allows("anything"));
    key.models = {"chat", "local/*"};
    for (const auto* model : {"chat", "local/", "local/x/y"})
        EXPECT_TRUE(key.allows(model)) << model;
    for (const auto* model : {"", "chat2", "cha", "loca", "local", "x/local/y"})
        EXPECT_FALSE(key.allows(model)) << model;
}

TEST(Keys, ArePresentedAsBearerOrAsApiKey) {
    EXPECT_EQ(presented_key("Bearer s", std::nullopt), "s");
    EXPECT_EQ(presented_key("bearer   s", std::nullopt), "s");
    EXPECT_EQ(presented_key(std::nullopt, "s"), "s");
    EXPECT_EQ(presented_key("Bearer first", "second"), "first");
    EXPECT_EQ(presented_key("Basic eDp5", "second"), "second");
    EXPECT_EQ(presented_key("Bearer", std::nullopt), std::nullopt);
    EXPECT_EQ(presented_key("Bearers s", std::nullopt), std::nullopt);
    EXPECT_EQ(presented_key("", std::nullopt), std::nullopt);
    EXPECT_EQ(presented_key(std::nullopt, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace sluice::gateway::testing
