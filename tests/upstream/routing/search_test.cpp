#include "tests/upstream/routing/attempts_bench.hpp"

namespace sluice::upstream::testing {
namespace {

using Search = AttemptsBench;

TEST_F(Search, AsksTheNextTargetWhenOneFailsBeforeContent) {
    add("a");
    add("b", 2);
    rules.retry.attempts = 2;
    begin();
    attempt(0).say({identity{"", "model-a"}});
    EXPECT_THAT(take(), ElementsAre());
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre());
    EXPECT_THAT(asked(), ElementsAre("a", "b"));
    attempt(1).say({identity{"", "model-b"}, text_delta{0, "Hi"}});
    EXPECT_THAT(take(), ElementsAre("model=model-b", "Hi"));
    EXPECT_EQ(subject->head().attempts, 2);
    EXPECT_EQ(subject->head().target, "b/m");
    EXPECT_EQ(route->fallbacks, 1);
    attempt(1).say({finish{}}, ending{});
    EXPECT_THAT(take(), ElementsAre("finish=stop", "completed"));
}

TEST_F(Search, AsksTheSameTargetAgainWhileEnoughAttemptsAreLeftForTheOthers) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::again);
    take();
    attempt(1).fail(remedy::again);
    take();
    EXPECT_THAT(asked(), ElementsAre("a", "a", "b"));
    attempt(2).fail(remedy::again, "the last");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->message, "the last");
    EXPECT_EQ(route->retries, 1);
}

TEST_F(Search, NeverAsksAgainWhereTheRequestIsAtFault) {
    add("a");
    add("b");
    begin();
    attempt(0).fail(remedy::none, "bad request");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->message, "bad request");
    EXPECT_EQ(asked_for.size(), 1U);
}

TEST_F(Search, LeavesATargetThatWouldFailAgain) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::elsewhere, "wrong key");
    take();
    EXPECT_THAT(asked(), ElementsAre("a", "b"));
    attempt(1).fail(remedy::elsewhere, "wrong key, too");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(asked_for.size(), 2U);
}

TEST_F(Search, SkipsTargetsThatCannotCarryTheRequestAndCountsThemAsNoAttempt) {
    rules.retry.attempts = 1;
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::skip, "no pictures");
    take();
    EXPECT_THAT(asked(), ElementsAre("a", "b"));
    attempt(1).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    EXPECT_EQ(subject->head().attempts, 1);
}

TEST_F(Search, TellsWhyNoTargetCanCarryTheRequest) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::skip, "no pictures");
    take();
    attempt(1).fail(remedy::skip, "no pictures either");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->message, "no pictures");
}

TEST_F(Search, ASkippedTargetDoesNotHideWhyTheOthersFailed) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::elsewhere, "down");
    take();
    attempt(1).fail(remedy::skip, "no pictures");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->message, "down");
}

TEST_F(Search, WaitsBeforeItAsksTheSameTargetAgain) {
    rules.retry.backoff = 5ms;
    rules.retry.backoff_max = 5ms;
    begin();
    attempt(0).fail(remedy::again);
    take();
    ASSERT_TRUE(run_until_asked(2));
    attempt(1).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
}

TEST_F(Search, DoesNotWaitForATargetThatWantsToBeLeftAloneForLong) {
    begin();
    attempt(0).fail(remedy::again, "too many requests", "7");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->retry_after, "7");
    EXPECT_EQ(asked_for.size(), 1U);
}

TEST_F(Search, MovesOnWhenNoFirstTokenComes) {
    add("a");
    add("b", 2);
    limits.first_token = 10ms;
    begin();
    attempt(0).say({verbatim{"ping", false}});
    take();
    ASSERT_TRUE(run_until_asked(2));
    EXPECT_FALSE(attempt(0).open);
    attempt(1).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
}

TEST_F(Search, TheTotalClockCoversAllAttempts) {
    limits.total = 20ms;
    add("a");
    begin();
    attempt(0).fail(remedy::again);
    take();
    ASSERT_TRUE(run_until_told());
    EXPECT_THAT(take(), ElementsAre("deadline"));
    EXPECT_FALSE(attempt(1).open);
}

TEST_F(Search, EndsWhenTheBudgetIsSpentAndNobodyElseIsLeft) {
    rules.retry.budget = 0;
    spend_budget();
    begin();
    attempt(0).fail(remedy::again, "down");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(asked_for.size(), 1U);
    EXPECT_EQ(route->budget_spent, 1);
}

TEST_F(Search, GoesToAHealthyTargetWithoutAnyBudget) {
    rules.retry.budget = 0;
    spend_budget();
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::again);
    take();
    EXPECT_THAT(asked(), ElementsAre("a", "b"));
}

TEST_F(Search, NeedsBudgetForATargetThatIsKnownToFail) {
    spend_budget();
    breaker.on = false;
    add("a");
    add("b", 2);
    spoil(targets[1]);
    begin();
    attempt(0).fail(remedy::elsewhere);
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(asked_for.size(), 1U);
}

TEST_F(Search, WhatIsNotMadeForWantOfBudgetCostsNoPauseAndCountsAsNoAttempt) {
    spend_budget();
    rules.retry.backoff = rules.retry.backoff_max = 10s;
    begin();
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(targets[0].health->told().attempts, 1);
}

TEST_F(Search, TellsTheRequestIdOfTheFailureThatItTells) {
    add("a");
    add("b", 2);
    rules.retry.attempts = 2;
    begin();
    attempt(0).head.request_id = "of-a";
    attempt(0).fail(remedy::again, "busy");
    take();
    attempt(1).head.request_id = "of-b";
    attempt(1).fail(remedy::elsewhere, "wrong key");
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(end->failure->message, "busy");
    EXPECT_EQ(subject->head().request_id, "of-a");
}

TEST_F(Search, TellsNothingOfAFailedAnswersHeadWhileItSearches) {
    add("a");
    add("b", 2);
    rules.retry.attempts = 2;
    begin();
    attempt(0).head.request_id = "of-a";
    attempt(0).head.headers = {{"x-ratelimit-remaining-requests", "7"}};
    attempt(0).fail(remedy::again);
    take();
    EXPECT_EQ(subject->head().request_id, "");
    EXPECT_TRUE(subject->head().headers.empty()) << "a stream may begin with this head";
}

TEST_F(Search, WhatOneClientsKeyMayNotDoIsNoFaultOfTheTarget) {
    client_key = true;
    add("a");
    begin();
    attempt(0).head.status = 429;
    attempt(0).head.headers = {
        {"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "60s"}};
    attempt(0).fail(remedy::again, "too many requests", "60");
    take();
    EXPECT_EQ(standing(0).state, breaker::state::closed);
    EXPECT_EQ(targets[0].health->told().failed, 0);
}

TEST_F(Search, SparesATargetThatSaysThatNothingIsLeft) {
    add("a");
    begin();
    attempt(0).head.status = 200;
    attempt(0).head.headers = {
        {"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "60s"}};
    attempt(0).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    EXPECT_EQ(standing(0).state, breaker::state::open);
}

TEST_F(Search, ARefusalOfAnotherKindOfRequestTellsNothingOfGenerations) {
    call.embedding.emplace();
    call.api = api::openai_embeddings;
    breaker.failures = 1;
    add("a");
    begin();
    attempt(0).head.status = 404;
    attempt(0).fail(remedy::elsewhere, "no such path");
    take();
    EXPECT_EQ(standing(0).state, breaker::state::closed);
}

TEST_F(Search, LeavesATargetAloneWhoseBreakerIsOpen) {
    breaker.failures = 1;
    add("a");
    add("b", 2);
    target_health::begin(targets[0].health, std::chrono::steady_clock::now(), false)
        ->end(
            failed(outcome::upstream_error, remedy::again),
            std::chrono::steady_clock::now(),
            std::chrono::system_clock::now()
        );
    begin();
    EXPECT_THAT(asked(), ElementsAre("b"));
    attempt(0).fail(remedy::elsewhere);
    take();
    EXPECT_THAT(asked(), ElementsAre("b", "a")) << "the last one is tried all the same";
}

TEST_F(Search, AsksTheOnlyTargetThoughItsTrialIsUnderWay) {
    breaker.failures = 1;
    breaker.cool_down = 1ms;
    add("a");
    spoil(targets[0]);
    const auto later = std::chrono::steady_clock::now() + 10ms;
    const auto trial = target_health::begin(targets[0].health, later, false);
    ASSERT_TRUE(trial);
    ASSERT_FALSE(target_health::begin(targets[0].health, later, false)) << "one at a time";
    ASSERT_TRUE(run_until([&] { return standing(0).state == breaker::state::half_open; }));
    begin();
    ASSERT_EQ(asked_for.size(), 1U);
    attempt(0).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
}

TEST_F(Search, TellsTheTargetsHealthHowItWent) {
    add("a");
    begin();
    const auto& health = *targets[0].health;
    EXPECT_EQ(health.look(std::chrono::steady_clock::now()).outstanding, 1);
    attempt(0).say("Hi");
    take();
    attempt(0).say({finish{}}, ending{});
    take();
    subject.reset();
    EXPECT_EQ(health.look(std::chrono::steady_clock::now()).outstanding, 0);
    EXPECT_EQ(health.told().attempts, 1);
    EXPECT_EQ(health.told().completed, 1);
}

TEST_F(Search, AClientThatLeavesTellsNothingOfTheTarget) {
    add("a");
    begin();
    subject->cancel();
    EXPECT_FALSE(attempt(0).open);
    const auto& health = *targets[0].health;
    EXPECT_EQ(health.look(std::chrono::steady_clock::now()).outstanding, 0);
    EXPECT_EQ(health.told().failed, 0);
    EXPECT_EQ(health.told().completed, 0);
}

TEST_F(Search, PassesEverythingOnAfterTheContentAndAsksNobodyElse) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_EQ(asked_for.size(), 1U);
}

}  // namespace
}  // namespace sluice::upstream::testing
