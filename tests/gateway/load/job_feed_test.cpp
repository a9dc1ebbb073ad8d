#include "gateway/load/job_feed.hpp"

#include "gateway/load/work/conversation.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace sluice::gateway::load::testing {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

plan plan_of_chats() {
    plan settings;
    settings.spoken = find_speech("chat");
    return settings;
}

std::unique_ptr<job_feed> feed_of(const plan& settings) {
    auto work = make_workload(settings.work);
    EXPECT_TRUE(work) << work.error();
    return std::make_unique<job_feed>(settings, std::move(*work));
}

std::string prompt_of(const assignment& job) {
    return std::get<upstream::text_part>(job.request.messages.back().content.front()).text;
}

TEST(LoadFeed, HandsOutStreamsAsTheScheduleHasThemDue) {
    plan settings = plan_of_chats();
    settings.arriving = *parse_arrivals("constant:10");
    settings.duration_s = 0.35;
    const auto feed = feed_of(settings);
    for (const std::int64_t due_ms : {0, 100, 200, 300}) {
        const auto job = feed->next(0);
        ASSERT_TRUE(job);
        EXPECT_EQ(job->due_ns, due_ms * 1'000'000);
    }
    EXPECT_FALSE(feed->next(0));
}

TEST(LoadFeed, HasAStreamOfAClosedLoopDueWhenItIsAskedFor) {
    plan settings = plan_of_chats();
    settings.streams_max = 2;
    const auto feed = feed_of(settings);
    EXPECT_EQ(feed->next(7)->due_ns, 7);
    EXPECT_EQ(feed->next(9)->due_ns, 9);
    EXPECT_FALSE(feed->next(11));
}

TEST(LoadFeed, EndsAClosedLoopWithItsDuration) {
    plan settings = plan_of_chats();
    settings.duration_s = 1;
    const auto feed = feed_of(settings);
    EXPECT_TRUE(feed->next(ns_per_s - 1));
    EXPECT_FALSE(feed->next(ns_per_s));
}

TEST(LoadFeed, SaysInThePromptHowTheMockIsToAnswer) {
    plan settings = plan_of_chats();
    settings.checked = check::content;
    settings.stamped = true;
    settings.mock = {{"rate", "100"}};
    const auto job = feed_of(settings)->next(0);
    EXPECT_TRUE(prompt_of(*job).starts_with("[mock content=prose key=")) << prompt_of(*job);
    EXPECT_NE(prompt_of(*job).find(" rate=100 seed=1 stamp=true tokens=64]\n"), std::string::npos);
    ASSERT_TRUE(job->expected);
    EXPECT_EQ(job->expected->tokens(), 64U);
    EXPECT_EQ(job->expected->output_tokens, 64);
}

TEST(LoadFeed, ExpectsAnotherAnswerOfEachStreamAndTheSameOfEachRun) {
    plan settings = plan_of_chats();
    settings.checked = check::content;
    const auto first = feed_of(settings);
    const auto second = feed_of(settings);
    std::set<std::string> answers;
    for (int i = 0; i < 20; ++i) {
        const auto job = first->next(0);
        answers.insert(job->expected->text);
        EXPECT_EQ(job->expected->text, second->next(0)->expected->text);
    }
    EXPECT_EQ(answers.size(), 20U);
}

TEST(LoadFeed, DrawsWhatBecomesOfAStreamFromItsShares) {
    plan settings = plan_of_chats();
    settings.how.abort_share = 0.25;
    settings.how.drop_share = 0.5;
    settings.how.back_after = upstream::mock::distribution(0.2);
    const auto feed = feed_of(settings);
    int aborted = 0;
    int dropped = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto job = feed->next(0);
        aborted += job->abort_after != assignment::never ? 1 : 0;
        dropped += job->drop_after != assignment::never ? 1 : 0;
        if (job->drop_after != assignment::never) {
            EXPECT_EQ(job->back_after_ns, ns_per_s / 5);
        }
    }
    EXPECT_NEAR(aborted, 250, 50);
    EXPECT_NEAR(dropped, 500, 60);
}

TEST(LoadFeed, GoesOnWithAConversation) {
    plan settings = plan_of_chats();
    settings.how.turns = 2;
    settings.checked = check::content;
    const auto feed = feed_of(settings);
    const auto first = feed->next(0);
    EXPECT_EQ(first->turns_left, 1U);
    const auto second = feed->follow_up(*first, "The answer.", 5);
    EXPECT_EQ(second.turns_left, 0U);
    EXPECT_EQ(second.due_ns, 5);
    ASSERT_EQ(second.request.messages.size(), 3U);
    EXPECT_EQ(second.request.messages[1].role, upstream::role::assistant);
    ASSERT_TRUE(second.expected);
    EXPECT_NE(second.expected->text, first->expected->text);
}

TEST(LoadFeed, SaysWhyTheMockCannotBeAsked) {
    plan settings = plan_of_chats();
    settings.checked = check::content;
    settings.mock = {{"volume", "11"}};
    const auto feed = feed_of(settings);
    feed->next(0);
    EXPECT_NE(feed->problem().find("X-Mock-Volume"), std::string::npos) << feed->problem();
}

}  // namespace

}  // namespace sluice::gateway::load::testing
