#include "gateway/http/descriptors.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

TEST(ConnectionsThatFit, AreThoseThatAreWantedWhereThereIsRoom) {
    EXPECT_EQ(connections_that_fit(20'000, 65'536, {2, 1}), 20'000U);
    EXPECT_EQ(connections_that_fit(32, 64, {2, 1}), 32U);
}

TEST(ConnectionsThatFit, TakeHalfOfTheDescriptorsAtMost) {
    EXPECT_EQ(connections_that_fit(20'000, 64, {2, 1}), 32U);
    EXPECT_EQ(connections_that_fit(20'000, 1024, {3, 1}), 341U);
}

TEST(ConnectionsThatFit, LeaveRoomForTheOneThatEachOtherListenerLetsIn) {
    EXPECT_EQ(connections_that_fit(20'000, 64, {2, 4}), 29U);
}

TEST(ConnectionsThatFit, AreNeverNone) {
    EXPECT_EQ(connections_that_fit(20'000, 8, {2, 16}), 1U);
    EXPECT_EQ(connections_that_fit(20'000, 0, {2, 1}), 1U);
}

}  // namespace
}  // namespace sluice::gateway::testing
