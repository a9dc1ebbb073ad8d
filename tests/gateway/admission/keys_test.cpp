#include "gateway/admission/keys.hpp"

#include <gtest/gtest.h>
#include <openssl/sha.h>

namespace sluice::gateway::testing {
namespace {

client_key key(const std::string& id, const std::string& secret) {
    client_key made{id, key_role::user, {}};
    SHA256(
        reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), made.sha256.data()
    );
    return made;
}

TEST(Keys, AreFoundByTheirSecret) {
    const std::vector keys{key("a", "one"), key("b", "two")};
    ASSERT_NE(find_key(keys, "one"), nullptr);
    EXPECT_EQ(find_key(keys, "one")->id, "a");
    ASSERT_NE(find_key(keys, "two"), nullptr);
    EXPECT_EQ(find_key(keys, "two")->id, "b");
    for (const std::string secret : {"", "on", "one ", "ONE", "a"})
        EXPECT_EQ(find_key(keys, secret), nullptr) << secret;
    EXPECT_EQ(find_key({}, "one"), nullptr);
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
