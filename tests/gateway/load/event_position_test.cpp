#include "gateway/load/speech/event_position.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace sluice::gateway::load::testing {

namespace {

event_position behind(std::initializer_list<const char*> ids) {
    event_position position;
    for (const char* id : ids)
        position.see(id);
    return position;
}

TEST(LoadPosition, IsTheLastIdThatCame) {
    EXPECT_EQ(behind({}).last_id(), "");
    EXPECT_EQ(behind({"s-1/0", "s-1/1"}).last_id(), "s-1/1");
    EXPECT_EQ(behind({"opaque"}).last_id(), "opaque");
}

TEST(LoadPosition, SeesNumbersThatWerePassedOver) {
    const auto position = behind({"s-1/0", "s-1/1", "s-1/4"});
    EXPECT_EQ(position.lost(), 2U);
    EXPECT_EQ(position.doubled(), 0U);
}

TEST(LoadPosition, SeesNumbersThatCameAgain) {
    const auto position = behind({"s-1/0", "s-1/1", "s-1/1", "s-1/2"});
    EXPECT_EQ(position.lost(), 0U);
    EXPECT_EQ(position.doubled(), 1U);
}

TEST(LoadPosition, MayBeginAnywhere) {
    const auto position = behind({"s-1/7", "s-1/8"});
    EXPECT_EQ(position.lost() + position.doubled(), 0U);
}

TEST(LoadPosition, CountsNothingOfIdsWithoutNumbers) {
    const auto position = behind({"a", "c", "a", "x/y"});
    EXPECT_EQ(position.lost() + position.doubled(), 0U);
}

TEST(LoadPosition, KeepsNoIdThatCouldNotBeSentBack) {
    EXPECT_EQ(behind({"s-1/1", "s 1/2"}).last_id(), "s-1/1");
    EXPECT_EQ(behind({"s-1/1", "s\r/2"}).last_id(), "s-1/1");
    EXPECT_EQ(behind({"s-1/1", std::string(300, 'a').c_str()}).last_id(), "s-1/1");
}

}  // namespace

}  // namespace sluice::gateway::load::testing
