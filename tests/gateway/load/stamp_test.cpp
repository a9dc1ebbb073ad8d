#include "gateway/load/stamp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::pair<std::uint64_t, std::int64_t>> stamps_of(std::string_view text) {
    std::vector<std::pair<std::uint64_t, std::int64_t>> stamps;
    while (const auto found = next_stamp(text))
        stamps.emplace_back(found->sequence, found->sent_ns);
    return stamps;
}

stamp_check checked(std::uint64_t tokens, std::initializer_list<std::uint64_t> came) {
    stamp_check check(tokens);
    for (const auto sequence : came)
        check.see(sequence);
    return check;
}

TEST(LoadContent, IsFoundInAChatChunk) {
    EXPECT_EQ(content_of(R"({"choices":[{"delta":{"content":"1@2 word "}}]})"), "1@2 word ");
    EXPECT_EQ(content_of(R"({"choices":[{"delta":{"content": "1@2 "}}]})"), "1@2 ");
    EXPECT_EQ(content_of(R"({"content":"a\"b"})"), R"(a\"b)");
    EXPECT_EQ(content_of(R"({"content":"a\\","b":"c"})"), R"(a\\)");
}

TEST(LoadContent, IsNothingWhereThereIsNoText) {
    EXPECT_FALSE(content_of(R"({"delta":{"role":"assistant","content":""}})"));
    EXPECT_FALSE(content_of(R"({"delta":{"content":null}})"));
    EXPECT_FALSE(content_of(R"({"choices":[]})"));
    EXPECT_FALSE(content_of(R"({"content":"cut)"));
    EXPECT_FALSE(content_of(R"({"content":)"));
    EXPECT_FALSE(content_of(""));
}

TEST(LoadStamp, IsReadWithItsWord) {
    EXPECT_THAT(stamps_of("17@1234567890123456 word "), ElementsAre(Pair(17, 1234567890123456)));
}

TEST(LoadStamp, IsReadOfEachOfTheTokensThatWereJoined) {
    EXPECT_THAT(stamps_of("3@10 word 4@11 word "), ElementsAre(Pair(3, 10), Pair(4, 11)));
}

TEST(LoadStamp, IsNotMadeOfOtherText) {
    EXPECT_THAT(stamps_of("Hello 5 @ 6 a@7 8@ 9@x -1@2 1@-2 99999999999999999999@1 @"), IsEmpty());
}

TEST(LoadStampCheck, FindsNothingWhenAllTokensCameInOrder) {
    const auto check = checked(3, {0, 1, 2});
    EXPECT_EQ(check.lost() + check.doubled() + check.disordered() + check.foreign(), 0U);
}

TEST(LoadStampCheck, KnowsTheLastTokenWhateverCameBefore) {
    EXPECT_FALSE(checked(3, {}).has_last());
    EXPECT_FALSE(checked(3, {0, 1, 1}).has_last());
    EXPECT_TRUE(checked(3, {0, 1, 2}).has_last());
    EXPECT_TRUE(checked(3, {0, 2}).has_last());
    EXPECT_EQ(checked(3, {0, 2}).overtaken(), 1U);
}

TEST(LoadStampCheck, FindsALossInTheMiddleAndAtTheEnd) {
    EXPECT_EQ(checked(4, {0, 2, 3}).lost(), 1U);
    EXPECT_EQ(checked(4, {0, 2, 3}).overtaken(), 1U);
    EXPECT_EQ(checked(4, {0, 1}).lost(), 2U);
    EXPECT_EQ(checked(4, {0, 1}).overtaken(), 0U);
    EXPECT_EQ(checked(4, {}).lost(), 4U);
}

TEST(LoadStampCheck, FindsADoubling) {
    const auto check = checked(3, {0, 1, 1, 2, 0});
    EXPECT_EQ(check.doubled(), 2U);
    EXPECT_EQ(check.lost(), 0U);
    EXPECT_EQ(check.disordered(), 0U);
}

TEST(LoadStampCheck, FindsATokenThatCameLateAndLosesNone) {
    const auto check = checked(4, {0, 2, 1, 3});
    EXPECT_EQ(check.disordered(), 1U);
    EXPECT_EQ(check.lost(), 0U);
    EXPECT_EQ(check.doubled(), 0U);
}

TEST(LoadStampCheck, CountsALateTokenThatComesTwiceAsDoubled) {
    const auto check = checked(4, {0, 2, 1, 1, 3});
    EXPECT_EQ(check.disordered(), 1U);
    EXPECT_EQ(check.doubled(), 1U);
}

TEST(LoadStampCheck, CountsWhatNobodyAskedForWithoutKeepingIt) {
    const auto check = checked(2, {0, 1, 2, 18446744073709551615U});
    EXPECT_EQ(check.foreign(), 2U);
    EXPECT_EQ(check.lost(), 0U);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
