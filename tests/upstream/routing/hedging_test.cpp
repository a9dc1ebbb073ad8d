#include "tests/upstream/routing/attempts_bench.hpp"

namespace sluice::upstream::testing {
namespace {

class Hedging : public AttemptsBench {
 protected:
    Hedging() {
        rules.hedge = true;
        add("a");
        add("b", 2);
        before = [](route_state& state) {
            for (std::size_t i = 0; i < recent_ttft::needed; ++i)
                state.ttft.note(5ms);
        };
    }
    /// Of the first target, which relays it.
    void ask_for_a_document() {
        auto relays = std::make_shared<upstream::provider>(*targets[0].provider);
        relays->settings.apis = {api::openai_chat};
        targets[0].provider = relays;
        call.api = api::openai_chat;
        call.stream = false;
        limits.total = 10s;
    }
    void one_time_is_missing() {
        before = [](route_state& state) {
            for (std::size_t i = 1; i < recent_ttft::needed; ++i)
                state.ttft.note(5ms);
        };
    }
};

TEST_F(Hedging, AsksASecondTargetWhenTheFirstIsLaterThanUsual) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    EXPECT_THAT(asked(), ElementsAre("a", "b"));
    EXPECT_TRUE(attempt(0).open);
    attempt(1).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    EXPECT_FALSE(attempt(0).open) << "the loser is cut off";
    EXPECT_EQ(subject->head().target, "b/m");
    EXPECT_EQ(subject->head().attempts, 2);
    EXPECT_EQ(route->hedges, 1);
    EXPECT_EQ(route->hedges_won, 1);
}

TEST_F(Hedging, TheFirstMayStillWin) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(0).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    EXPECT_FALSE(attempt(1).open);
    EXPECT_EQ(route->hedges_won, 0);
}

TEST_F(Hedging, OneThatFailsLeavesTheOther) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre());
    EXPECT_EQ(asked_for.size(), 2U);
    attempt(1).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
}

TEST_F(Hedging, CountsThePromptThatTheLoserRead) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(0).say({used(7)});
    take();
    attempt(1).say("Hi");
    take();
    EXPECT_EQ(subject->head().discarded_tokens, 7) << "as the loser told";
}

TEST_F(Hedging, CountsThePromptOfALoserThatToldNothingAsTheWinnersWas) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(1).say("Hi");
    take();
    attempt(1).say({used(9, 1)}, ending{});
    EXPECT_THAT(take(), ElementsAre("usage=9/1", "completed")) << "the client's own";
    EXPECT_EQ(subject->head().discarded_tokens, 9);
    EXPECT_EQ(route->discarded_tokens, 9);
}

TEST_F(Hedging, WhoLosesToTheSecondHasFailed) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(1).say("Hi");
    take();
    EXPECT_EQ(targets[0].health->told().failed, 1) << "or nobody finds out that it never answers";
    EXPECT_EQ(targets[1].health->told().failed, 0);
}

TEST_F(Hedging, TheSecondThatLosesHasNot) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(0).say("Hi");
    take();
    EXPECT_EQ(targets[1].health->told().failed, 0);
}

TEST_F(Hedging, ARequestAtFaultIsToldAtOnce) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(0).fail(remedy::none, "bad request");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->message, "bad request");
    EXPECT_FALSE(attempt(1).open);
}

TEST_F(Hedging, WhatTheSecondRefusesMayBeNoFaultOfTheRequest) {
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(1).fail(remedy::none, "bad request");
    EXPECT_THAT(take(), ElementsAre());
    attempt(0).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
}

TEST_F(Hedging, NeverAsksATargetThatHasNoWeight) {
    targets[1].weight = 0;
    begin();
    context.run_for(30ms);
    EXPECT_EQ(asked_for.size(), 1U);
}

TEST_F(Hedging, IsForStreams) {
    ask_for_a_document();
    begin();
    context.run_for(30ms);
    EXPECT_EQ(asked_for.size(), 1U) << "a document shows nothing before it is whole";
    attempt(0).say("Hi");
    take();
    EXPECT_EQ(standing(0).ttft.count(), 0) << "nor does it tell how soon the target speaks";
}

TEST_F(Hedging, AStreamsFirstTokenTellsWhatIsUsual) {
    one_time_is_missing();
    begin();
    attempt(0).say("Hi");
    take();
    EXPECT_TRUE(route->ttft.p95());
}

TEST_F(Hedging, ADocumentTellsNothingOfThat) {
    one_time_is_missing();
    ask_for_a_document();
    begin();
    attempt(0).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    EXPECT_FALSE(route->ttft.p95());
}

TEST_F(Hedging, NeedsToKnowWhatIsUsual) {
    before = {};
    begin();
    context.run_for(30ms);
    EXPECT_EQ(asked_for.size(), 1U);
}

}  // namespace
}  // namespace sluice::upstream::testing
