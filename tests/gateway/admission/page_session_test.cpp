#include "gateway/admission/page_session.hpp"

#include "tests/gateway/admission/some_key.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point now{std::chrono::seconds{1'800'000'000}};

struct page_session : ::testing::Test {
    std::vector<client_key> keys{some_key("team.a", "one"), some_key("ops", "two")};
    key_ring ring{keys};
    page_sessions sessions{"a secret of the gateway"};
    std::string cookie = sessions.issue(keys[0], now + 60s);
};

TEST_F(page_session, StandsForItsKeyUntilItEnds) {
    EXPECT_EQ(sessions.find(cookie, ring, now), ring.named("team.a"));
    EXPECT_EQ(sessions.find(cookie, ring, now + 59s), ring.named("team.a"));
    EXPECT_EQ(sessions.find(cookie, ring, now + 60s), nullptr);
}

TEST_F(page_session, IsNoLongerGoodThanItsKey) {
    keys[1].expires = now + 10s;
    const auto short_one = sessions.issue(keys[1], now + 60s);
    EXPECT_NE(sessions.find(short_one, ring, now + 9s), nullptr);
    EXPECT_EQ(sessions.find(short_one, ring, now + 10s), nullptr);
}

TEST_F(page_session, EndsWhenItsKeyDoesThoughThatWasSaidLater) {
    keys[0].expires = now + 5s;
    EXPECT_NE(sessions.find(cookie, ring, now + 4s), nullptr);
    EXPECT_EQ(sessions.find(cookie, ring, now + 5s), nullptr);
}

TEST_F(page_session, CannotBeForged) {
    for (std::size_t at = 0; at < cookie.size(); ++at) {
        auto forged = cookie;
        forged[at] = forged[at] == '1' ? '2' : '1';
        EXPECT_EQ(sessions.find(forged, ring, now), nullptr) << at;
    }
    for (std::size_t cut = 0; cut < cookie.size(); ++cut)
        EXPECT_EQ(sessions.find(cookie.substr(0, cut), ring, now), nullptr) << cut;
    EXPECT_EQ(page_sessions{"another secret of it"}.find(cookie, ring, now), nullptr);
    EXPECT_EQ(sessions.find("ops" + cookie.substr(6), ring, now), nullptr);
}

TEST_F(page_session, EndsWithTheSecretOfItsKey) {
    keys[0] = some_key("team.a", "a new one");
    const key_ring changed{keys};
    EXPECT_EQ(sessions.find(cookie, changed, now), nullptr);
    keys.erase(keys.begin());
    const key_ring without{keys};
    EXPECT_EQ(sessions.find(cookie, without, now), nullptr);
}

TEST(CookieHeader, IsReadByTheCookiesName) {
    EXPECT_EQ(cookie_in("sluice_session=abc", "sluice_session"), "abc");
    EXPECT_EQ(cookie_in("a=1; sluice_session=abc; b=2", "sluice_session"), "abc");
    EXPECT_EQ(cookie_in("xsluice_session=abc", "sluice_session"), "");
    EXPECT_EQ(cookie_in("sluice_session", "sluice_session"), "");
    EXPECT_EQ(cookie_in("a=sluice_session=abc", "sluice_session"), "");
    EXPECT_EQ(cookie_in("", "sluice_session"), "");
    EXPECT_EQ(cookie_in(";;; ", "sluice_session"), "");
}

}  // namespace
}  // namespace sluice::gateway::testing
