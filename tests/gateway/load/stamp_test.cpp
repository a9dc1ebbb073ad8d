#include "gateway/load/stamp.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace sluice::gateway::load::testing {

namespace {

sequence_check checked(std::uint64_t tokens, std::initializer_list<std::uint64_t> came) {
    sequence_check check(tokens);
    for (const auto sequence : came)
        check.see(sequence);
    return check;
}

TEST(LoadStamp, IsTheNumberAndTheTimeAheadOfAToken) {
    const auto found = read_stamp("17@1234567890123456 word");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sequence, 17U);
    EXPECT_EQ(found->sent_ns, 1234567890123456);
    EXPECT_EQ(found->size, 20U);
}

TEST(LoadStamp, IsNotMadeOfOtherText) {
    for (const char* text :
         {"",
          " 5@6 ",
          "a@7 ",
          "8@ ",
          "9@x ",
          "-1@2 ",
          "1@-2 ",
          "99999999999999999999@1 ",
          "@",
          "1@2"}) {
        EXPECT_FALSE(read_stamp(text)) << text;
    }
}

TEST(LoadStamp, MayStillBecomeOneAtEveryCut) {
    const std::string whole = "17@123456 ";
    for (std::size_t size = 1; size < whole.size(); ++size)
        EXPECT_TRUE(may_become_stamp(whole.substr(0, size))) << size;
    EXPECT_FALSE(may_become_stamp("17@12a"));
    EXPECT_FALSE(may_become_stamp("x"));
    EXPECT_FALSE(may_become_stamp(std::string(stamp_bytes_max, '1')));
}

TEST(LoadSequence, OfAWholeStreamIsSound) {
    const auto check = checked(3, {0, 1, 2});
    EXPECT_TRUE(check.has_last());
    EXPECT_EQ(check.lost() + check.doubled() + check.disordered() + check.foreign(), 0U);
}

TEST(LoadSequence, TellsLossDoublingAndOrderApart) {
    EXPECT_EQ(checked(3, {0, 2}).lost(), 1U);
    EXPECT_EQ(checked(3, {0, 2}).overtaken(), 1U);
    EXPECT_EQ(checked(3, {0}).lost(), 2U);
    EXPECT_EQ(checked(3, {0}).overtaken(), 0U);
    EXPECT_EQ(checked(2, {0, 0, 1}).doubled(), 1U);
    EXPECT_EQ(checked(3, {0, 2, 1}).disordered(), 1U);
    EXPECT_EQ(checked(3, {0, 2, 1}).lost(), 0U);
    EXPECT_EQ(checked(2, {0, 1, 2}).foreign(), 1U);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
