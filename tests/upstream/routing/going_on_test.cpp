#include "tests/upstream/routing/attempts_bench.hpp"

namespace sluice::upstream::testing {
namespace {

/// A route whose streams are continued.
class GoingOn : public AttemptsBench {
 protected:
    GoingOn() {
        rules.continuation.on = true;
        message prompt;
        prompt.content.emplace_back(text_part{"Tell me"});
        call.request.messages.push_back(prompt);
    }
    void two_targets() {
        add("a");
        add("b", 2);
    }
    /// The first target delivers a text, and breaks off.
    void begin_and_break_off(std::string_view text, std::string why = "broke off") {
        begin();
        attempt(0).say(text);
        EXPECT_THAT(take(), ElementsAre(std::string{text}));
        attempt(0).fail(remedy::again, std::move(why));
        EXPECT_THAT(take(), ElementsAre()) << "no end";
    }
    static std::string text_of(const message& from) {
        return std::get<text_part>(from.content.front()).text;
    }
};

TEST_F(GoingOn, AnotherTargetGoesOnWhereOneBrokeOff) {
    two_targets();
    begin();
    attempt(0).say({identity{"", "model-a"}, text_delta{0, "The quick brown "}});
    EXPECT_THAT(take(), ElementsAre("model=model-a", "The quick brown "));
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre()) << "no end";
    ASSERT_THAT(asked(), ElementsAre("a", "b"));
    const auto& messages = attempt(1).asked.request.messages;
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(text_of(messages[0]), "Tell me");
    EXPECT_EQ(messages[1].role, role::assistant);
    EXPECT_EQ(text_of(messages[1]), "The quick brown ");
    EXPECT_EQ(messages[2].role, role::user);
    EXPECT_EQ(text_of(messages[2]), rules.continuation.instruction);
    attempt(1).say({identity{"", "model-b"}, text_delta{0, "fox jumps."}});
    EXPECT_THAT(take(), ElementsAre("continued", "fox jumps."));
    attempt(1).say({finish{}}, ending{});
    const auto last = take();
    EXPECT_EQ(last.front(), "finish=stop");
    EXPECT_EQ(last.back(), "completed");
    EXPECT_EQ(route->continuations, 1);
    EXPECT_EQ(subject->head().attempts, 2);
}

TEST_F(GoingOn, ATargetThatTakesTheBeginningOfItsAnswerGetsNoInstruction) {
    prefill = true;
    two_targets();
    begin_and_break_off("The quick ");
    const auto& request = attempt(1).asked.request;
    EXPECT_TRUE(request.prefilled);
    ASSERT_EQ(request.messages.size(), 2U);
    EXPECT_EQ(text_of(request.messages[1]), "The quick") << "some refuse blanks at the end";
}

TEST_F(GoingOn, ATargetThatRefusesTheBeginningIsToldToGoOn) {
    prefill = true;
    two_targets();
    begin_and_break_off("The quick ");
    attempt(1).fail(remedy::none, "no prefill");
    EXPECT_THAT(take(), ElementsAre());
    ASSERT_THAT(asked(), ElementsAre("a", "b", "b"));
    EXPECT_FALSE(attempt(2).asked.request.prefilled);
    attempt(2).say("fox");
    EXPECT_THAT(take(), ElementsAre("continued", "fox"));
}

TEST_F(GoingOn, WhatIsRepeatedIsTakenOff) {
    two_targets();
    begin_and_break_off("The quick brown fox");
    attempt(1).say({text_delta{0, "brown "}});
    EXPECT_THAT(take(), ElementsAre());
    attempt(1).say({text_delta{0, "fox jumps"}});
    EXPECT_THAT(take(), ElementsAre("continued", " jumps"));
}

TEST_F(GoingOn, WhatIsHeldAsARepetitionAndIsNoneComesAheadOfTheEnd) {
    two_targets();
    begin_and_break_off("The quick brown fox");
    attempt(1).say("brown ");
    EXPECT_THAT(take(), ElementsAre());
    attempt(1).say({finish{}}, ending{});
    const auto told = take();
    ASSERT_GE(told.size(), 3U);
    EXPECT_EQ(told[0], "continued");
    EXPECT_EQ(told[1], "brown ");
    EXPECT_EQ(told[2], "finish=stop");
}

TEST_F(GoingOn, TheOnlyTargetIsAskedAgain) {
    begin_and_break_off("The quick ");
    EXPECT_THAT(asked(), ElementsAre("a", "a"));
}

TEST_F(GoingOn, OneThatFailsToGoOnIsFollowedByTheNext) {
    add("a");
    add("b", 2);
    add("c", 3);
    begin_and_break_off("The quick ", "broke off");
    attempt(1).fail(remedy::elsewhere, "wrong key");
    take();
    ASSERT_THAT(asked(), ElementsAre("a", "b", "c"));
    attempt(2).say("brown");
    EXPECT_THAT(take(), ElementsAre("continued", "brown"));
}

TEST_F(GoingOn, ASecondBreakIsForTheTargetThatWasNotAsked) {
    add("a");
    add("b", 2);
    add("c", 3);
    begin_and_break_off("The quick ");
    attempt(1).say("brown ");
    EXPECT_THAT(take(), ElementsAre("continued", "brown "));
    attempt(1).fail(remedy::again);
    take();
    ASSERT_THAT(asked(), ElementsAre("a", "b", "c"));
    attempt(2).say("fox");
    EXPECT_THAT(take(), ElementsAre("continued", "fox"));
}

TEST_F(GoingOn, WhoRefusesTheContinuationIsFollowedByTheNext) {
    add("a");
    add("b", 2);
    add("c", 3);
    begin_and_break_off("The quick ");
    attempt(1).fail(remedy::none, "too long a prompt");
    take();
    EXPECT_THAT(asked(), ElementsAre("a", "b", "c"));
}

TEST_F(GoingOn, ACitationOfWhatIsRepeatedDoesNotLetItThrough) {
    two_targets();
    begin_and_break_off("The quick brown fox");
    attempt(1).say({text_delta{0, "brown "}, citation_delta{}, text_delta{0, "fox jumps"}});
    EXPECT_THAT(take(), ElementsAre("continued", " jumps"));
}

TEST_F(GoingOn, ATextThatEndsWithinAStopSequenceIsNotGoneOnWith) {
    call.request.stop = {"STOP"};
    two_targets();
    begin();
    attempt(0).say("The quick ST");
    take();
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
}

TEST_F(GoingOn, WhenNobodyGoesOnTheClientHearsWhyItBroke) {
    two_targets();
    begin_and_break_off("The quick ", "broke off");
    attempt(1).fail(remedy::elsewhere, "wrong key");
    take();
    for (std::size_t i = 2; i < asked_for.size() && !end; ++i) {
        attempt(i).fail(remedy::elsewhere, "still down");
        take();
    }
    ASSERT_TRUE(end);
    EXPECT_EQ(end->failure->message, "broke off");
}

TEST_F(GoingOn, AStalledStreamIsGoneOnWithToo) {
    limits.progress = 10ms;
    two_targets();
    begin();
    attempt(0).say("The quick ");
    take();
    ASSERT_TRUE(run_until_asked(2));
    EXPECT_FALSE(attempt(0).open);
    attempt(1).say("brown");
    EXPECT_THAT(take(), ElementsAre("continued", "brown"));
}

TEST_F(GoingOn, ToolCallsAndSignedThoughtsAreNeverGoneOnWith) {
    reasoning_state_delta signature;
    signature.data = "sig";
    for (const item& spoiler :
         {item{tool_call_delta{0, 0, "id", "f", "{"}},
          item{signature},
          item{media_delta{0, "image/png", "AAAA"}}}) {
        asked_for.clear();
        targets.clear();
        two_targets();
        begin();
        attempt(0).say({text_delta{0, "The quick "}, spoiler});
        take();
        attempt(0).fail(remedy::again);
        EXPECT_EQ(take().back(), "upstream_error");
        EXPECT_EQ(asked_for.size(), 1U);
    }
}

TEST_F(GoingOn, TheUsageIsThatOfAllAttempts) {
    two_targets();
    begin();
    attempt(0).say({used(10), text_delta{0, "The "}, text_delta{0, "quick "}});
    take();
    attempt(0).fail(remedy::again);
    take();
    attempt(1).say({text_delta{0, "brown"}, finish{}, used(14, 5)}, ending{});
    const auto told = take();
    EXPECT_THAT(told, ElementsAre("continued", "brown", "finish=stop", "usage=24/7", "completed"));
}

TEST_F(GoingOn, WhenAllTokensAreSpentTheAnswerIsAsLongAsItWasToBe) {
    call.request.max_tokens = 2;
    two_targets();
    begin();
    attempt(0).say(
        {text_delta{0, "The "}, text_delta{0, "quick"}, used(3, 2)},
        failed(outcome::upstream_eof, remedy::again)
    );
    EXPECT_THAT(take(), ElementsAre("The ", "quick", "usage=3/2")) << "once, and ahead of the end";
    EXPECT_TRUE(subject->waiting());
    EXPECT_THAT(take(), ElementsAre("finish=length", "completed"));
    EXPECT_EQ(asked_for.size(), 1U);
}

TEST_F(GoingOn, TokensThatAreOnlyEstimatedEndNoAnswer) {
    call.request.max_tokens = 2;
    two_targets();
    begin();
    attempt(0).say({text_delta{0, "T"}, text_delta{0, "h"}, text_delta{0, "e "}});
    take();
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre());
    ASSERT_EQ(asked_for.size(), 2U);
    EXPECT_EQ(attempt(1).asked.request.max_tokens, 1);
}

TEST_F(GoingOn, AStreamIsNotGoneOnWithForEver) {
    rules.retry.attempts = 2;
    begin();
    std::size_t number = 0;
    while (!end && number < 20) {
        const auto word = "word " + std::to_string(number);
        attempt(number).say(word);
        take();
        attempt(number).fail(remedy::again);
        take();
        ++number;
        if (asked_for.size() == number) break;
    }
    EXPECT_TRUE(end);
    EXPECT_LE(asked_for.size(), 3U);
}

TEST_F(GoingOn, IsForRoutesThatAllowIt) {
    rules.continuation.on = false;
    two_targets();
    begin();
    attempt(0).say("The quick ");
    take();
    attempt(0).fail(remedy::again);
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
}

}  // namespace
}  // namespace sluice::upstream::testing
