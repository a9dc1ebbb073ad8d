#include "upstream/routing/sticky.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream::testing {
namespace {

call conversation(std::initializer_list<std::pair<role, std::string>> messages) {
    call made;
    made.request.model = "chat";
    for (const auto& [who, words] : messages) {
        message one;
        one.role = who;
        one.content.emplace_back(text_part{words});
        made.request.messages.push_back(std::move(one));
    }
    return made;
}

const sticky_rule by_conversation{sticky_rule::by::conversation, {}};
const sticky_rule by_header{sticky_rule::by::header, "x-session"};

TEST(Sticky, AConversationKeepsItsNumberWhileItGrows) {
    const auto begun = conversation({{role::system, "Be kind."}, {role::user, "Hi"}});
    const auto grown = conversation(
        {{role::system, "Be kind."},
         {role::user, "Hi"},
         {role::assistant, "Hello"},
         {role::user, "And now?"}}
    );
    EXPECT_TRUE(sticky_number(by_conversation, begun));
    EXPECT_EQ(sticky_number(by_conversation, begun), sticky_number(by_conversation, grown));
}

TEST(Sticky, OtherBeginningsHaveOtherNumbers) {
    const auto one = sticky_number(by_conversation, conversation({{role::user, "Hi"}}));
    auto elsewhere = conversation({{role::user, "Hi"}});
    elsewhere.request.model = "other";
    EXPECT_NE(one, sticky_number(by_conversation, conversation({{role::user, "Ho"}})));
    EXPECT_NE(one, sticky_number(by_conversation, elsewhere));
    EXPECT_NE(
        one,
        sticky_number(
            by_conversation, conversation({{role::system, "Be kind."}, {role::user, "Hi"}})
        )
    );
}

TEST(Sticky, AHeadersValueIsTheNumber) {
    auto one = conversation({{role::user, "Hi"}});
    auto other = conversation({{role::user, "Ho"}});
    one.headers = {{"x-session", "7"}};
    other.headers = {{"accept", "*/*"}, {"x-session", "7"}};
    EXPECT_TRUE(sticky_number(by_header, one));
    EXPECT_EQ(sticky_number(by_header, one), sticky_number(by_header, other));
    other.headers = {{"x-session", "8"}};
    EXPECT_NE(sticky_number(by_header, one), sticky_number(by_header, other));
}

TEST(Sticky, WhoDoesNotSayBelongsNowhere) {
    auto silent = conversation({{role::user, "Hi"}});
    EXPECT_FALSE(sticky_number(by_header, silent));
    silent.headers = {{"x-session", ""}};
    EXPECT_FALSE(sticky_number(by_header, silent));
    EXPECT_FALSE(sticky_number({}, silent));
}

}  // namespace
}  // namespace sluice::upstream::testing
