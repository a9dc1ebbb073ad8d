#include "tests/upstream/routing/attempts_bench.hpp"

#include <string>

namespace sluice::upstream::testing {
namespace {

class Attempts : public AttemptsBench {
 protected:
    Attempts() { rules.retry.attempts = 1; }
    void begin(const timeouts& with = {}) {
        limits = with;
        AttemptsBench::begin();
    }
    played_attempt& provider() { return attempt(0); }
};

TEST_F(Attempts, HoldBackWhatComesBeforeTheFirstContent) {
    begin();
    provider().say({identity{"", "gpt", 0}, verbatim{"role frame", false}});
    EXPECT_THAT(take(), ElementsAre());
    provider().say({text_delta{0, ""}, usage{}});
    EXPECT_THAT(take(), ElementsAre());
    provider().say({verbatim{"first frame", true}, text_delta{0, "Hi"}});
    EXPECT_THAT(
        take(), ElementsAre("model=gpt", "role frame", "", "usage=-1/-1", "first frame", "Hi")
    );
    provider().say({text_delta{0, "!"}, verbatim{"ping", false}});
    EXPECT_THAT(take(), ElementsAre("!", "ping"));
    provider().say({verbatim{"ping", false}});
    EXPECT_THAT(take(), ElementsAre("ping"));
}

TEST_F(Attempts, ThrowAwayWhatWasHeldWithAnAttemptThatFails) {
    begin();
    provider().say({identity{"", "gpt", 0}, verbatim{"role frame", false}});
    take();
    provider().say({verbatim{"error frame", false}}, failed(outcome::upstream_error));
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    provider().say({text_delta{0, "late"}});
    EXPECT_THAT(take(), ElementsAre());
}

TEST_F(Attempts, PassAFailureOnAfterTheContent) {
    begin();
    provider().say({text_delta{0, "Hi"}}, failed(outcome::upstream_eof));
    EXPECT_THAT(take(), ElementsAre("Hi", "upstream_eof"));
    EXPECT_FALSE(subject->waiting());
}

TEST_F(Attempts, ReleaseAnAnswerThatIsWholeWithoutContent) {
    begin();
    provider().say({identity{"", "gpt", 0}});
    take();
    provider().say({usage{}}, ending{});
    EXPECT_THAT(take(), ElementsAre("model=gpt", "usage=-1/-1", "completed"));
}

TEST_F(Attempts, AFinishIsContentAndAnEmptyTextIsNone) {
    EXPECT_TRUE(is_content(finish{}));
    EXPECT_TRUE(is_content(tool_call_delta{}));
    EXPECT_TRUE(is_content(media_delta{}));
    EXPECT_TRUE(is_content(reasoning_delta{0, "a"}));
    EXPECT_TRUE(is_content(refusal_delta{0, "a"}));
    EXPECT_TRUE(is_content(verbatim{"", true}));
    EXPECT_FALSE(is_content(text_delta{0, ""}));
    EXPECT_FALSE(is_content(verbatim{"x", false}));
    EXPECT_FALSE(is_content(usage{}));
    EXPECT_FALSE(is_content(identity{}));
}

TEST_F(Attempts, BoundWhatIsHeld) {
    begin();
    const std::string ping(300'000, 'p');
    for (int i = 0; i < 3; ++i) {
        provider().say({verbatim{ping, false}});
        EXPECT_THAT(take(), ElementsAre());
    }
    provider().say({verbatim{ping, false}});
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_FALSE(provider().open);
}

TEST_F(Attempts, TimeOutWithoutAFirstTokenWhateverPingsCame) {
    begin({.connect = {}, .first_token = 20ms, .progress = 10s, .total = {}});
    provider().say({verbatim{"ping", false}});
    take();
    ASSERT_TRUE(run_until_told());
    EXPECT_FALSE(provider().open);
    EXPECT_TRUE(subject->waiting());
    EXPECT_THAT(take(), ElementsAre("first_token_timeout"));
    EXPECT_EQ(end->failure->status, 504);
    EXPECT_EQ(end->failure->outcome, outcome::first_token_timeout);
    EXPECT_THAT(take(), ElementsAre());
}

TEST_F(Attempts, TimeOutWithoutProgressAfterTheFirstToken) {
    begin({.connect = {}, .first_token = 10s, .progress = 20ms, .total = {}});
    provider().say({text_delta{0, "Hi"}});
    EXPECT_THAT(take(), ElementsAre("Hi"));
    ASSERT_TRUE(run_until_told());
    EXPECT_THAT(take(), ElementsAre("progress_timeout"));
    EXPECT_FALSE(provider().open);
}

TEST_F(Attempts, TimeOutAtTheTotalInSpiteOfProgress) {
    begin({.connect = {}, .first_token = 10s, .progress = 10s, .total = 20ms});
    provider().say({text_delta{0, "Hi"}});
    EXPECT_THAT(take(), ElementsAre("Hi"));
    ASSERT_TRUE(run_until_told());
    EXPECT_THAT(take(), ElementsAre("deadline"));
}

TEST_F(Attempts, TheProgressClockStandsStillWhileTheOwnerDoesNotTake) {
    begin({.connect = {}, .first_token = 5ms, .progress = 5ms, .total = {}});
    provider().say({text_delta{0, "Hi"}});
    const int told = calls;
    context.run_for(60ms);  // several times the limit
    EXPECT_EQ(calls, told);
    EXPECT_TRUE(provider().open);
    EXPECT_THAT(take(), ElementsAre("Hi"));
    ASSERT_TRUE(run_until_told());  // from now on it is the provider that is late
    EXPECT_THAT(take(), ElementsAre("progress_timeout"));
}

TEST_F(Attempts, TheProgressClockStandsStillBehindTheContentToo) {
    begin({.connect = {}, .first_token = 10s, .progress = 5ms, .total = {}});
    provider().say("Hi");
    EXPECT_THAT(take(), ElementsAre("Hi"));
    provider().say("there");
    const int told = calls;
    context.run_for(60ms);  // several times the limit
    EXPECT_EQ(calls, told);
    EXPECT_TRUE(provider().open);
    EXPECT_THAT(take(), ElementsAre("there"));
}

TEST_F(Attempts, AnEndStopsTheClocks) {
    begin({.connect = {}, .first_token = 5ms, .progress = 5ms, .total = 5ms});
    provider().say({text_delta{0, "Hi"}}, ending{});
    EXPECT_THAT(take(), ElementsAre("Hi", "completed"));
    const int told = calls;
    context.run_for(1s);  // returns when no timer is left
    EXPECT_TRUE(context.stopped());
    EXPECT_EQ(calls, told);
    EXPECT_TRUE(provider().open);
}

TEST_F(Attempts, NothingIsToldAfterACancel) {
    begin({.connect = {}, .first_token = 5ms, .progress = 5ms, .total = 5ms});
    subject->cancel();
    EXPECT_FALSE(provider().open);
    provider().say({text_delta{0, "late"}});
    context.run_for(1s);
    EXPECT_EQ(calls, 0);
    EXPECT_FALSE(subject->waiting());
    EXPECT_THAT(take(), ElementsAre());
}

}  // namespace
}  // namespace sluice::upstream::testing
