#include "gateway/http/time_wish.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

http_request asking(const std::string& time) {
    http_request request;
    request.headers = {{"x-sluice-timeout", time}};
    return request;
}

TEST(TimeWish, IsReadInUnitsOrInSeconds) {
    EXPECT_EQ(**asked_time(asking("30s")), 30s);
    EXPECT_EQ(**asked_time(asking("1500ms")), 1500ms);
    EXPECT_EQ(**asked_time(asking("2m")), 2min);
    EXPECT_EQ(**asked_time(asking("30")), 30s);
    EXPECT_EQ(**asked_time(asking("2.5")), 2500ms);
}

TEST(TimeWish, IsADayAtMost) {
    EXPECT_EQ(**asked_time(asking("9999999")), 24h);
    EXPECT_EQ(**asked_time(asking("9999h")), 24h);
}

TEST(TimeWish, IsNothingWhereTheClientDoesNotSay) {
    const http_request silent;
    const auto asked = asked_time(silent);
    ASSERT_TRUE(asked);
    EXPECT_FALSE(*asked);
}

TEST(TimeWish, NamesTheHeaderWhereItCannotBeRead) {
    for (const auto* text :
         {"", "0", "0s", "-1", "soon", "1e3", "5 s", "5d", "inf", "nan", "0.0001"}) {
        SCOPED_TRACE(text);
        const auto asked = asked_time(asking(text));
        ASSERT_FALSE(asked);
        EXPECT_EQ(asked.error().status, 400);
        EXPECT_EQ(asked.error().param, "X-Sluice-Timeout");
    }
}

TEST(TimeWish, LowersTheTotalAndNeverRaisesIt) {
    upstream::timeouts limits;
    lower(limits, 5s);
    EXPECT_EQ(limits.total, 5s);
    lower(limits, 9s);
    EXPECT_EQ(limits.total, 5s);
    lower(limits, 1s);
    EXPECT_EQ(limits.total, 1s);
}

}  // namespace
}  // namespace sluice::gateway::testing
