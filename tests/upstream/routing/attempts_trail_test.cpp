#include "tests/upstream/routing/attempts_bench.hpp"

#include <string_view>

namespace sluice::upstream::testing {
namespace {

class AttemptsTrail : public AttemptsBench {
 protected:
    const std::vector<attempt_record>& trail() const { return subject->head().trail; }
    std::vector<std::string_view> outcomes() const {
        std::vector<std::string_view> told;
        for (const auto& one : trail())
            told.push_back(one.outcome);
        return told;
    }
    static std::string header(const upstream::call& asked, std::string_view name) {
        std::string found;
        for (const auto& [known, value] : asked.headers) {
            if (known == name) found += value;
        }
        return found;
    }
};

TEST_F(AttemptsTrail, TellsOfEachAttemptHowItWent) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).head.status = 503;
    attempt(0).head.request_id = "r1";
    attempt(0).fail(remedy::elsewhere);
    take();
    attempt(1).say("Hi");
    take();
    ASSERT_EQ(trail().size(), 2U);
    EXPECT_EQ(trail()[0].provider, "a");
    EXPECT_EQ(trail()[0].model, "m");
    EXPECT_EQ(trail()[0].outcome, "upstream_error");
    EXPECT_EQ(trail()[0].status, 503);
    EXPECT_EQ(trail()[0].request_id, "r1");
    EXPECT_FALSE(trail()[0].first_content);
    EXPECT_GE(trail()[0].ended, trail()[0].began);
    EXPECT_EQ(trail()[1].provider, "b");
    EXPECT_EQ(trail()[1].outcome, "") << "it goes on";
    ASSERT_TRUE(trail()[1].first_content);
    EXPECT_GE(*trail()[1].first_content, trail()[1].began);
    attempt(1).say({finish{}}, ending{});
    take();
    EXPECT_EQ(trail()[1].outcome, "completed");
}

TEST_F(AttemptsTrail, TellsWhyAnAttemptFailed) {
    begin();
    failure reason;
    reason.type = "rate_limit_error" + std::string(1000, 'x');
    attempt(0).say({}, ending{reason.outcome, reason});
    take();
    ASSERT_EQ(trail().size(), 1U);
    EXPECT_EQ(trail()[0].error_type.substr(0, 16), "rate_limit_error");
    EXPECT_LE(trail()[0].error_type.size(), 100U);
}

TEST_F(AttemptsTrail, MarksATargetThatWasNotAskedAsSkipped) {
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::skip);
    take();
    attempt(1).say("Hi");
    take();
    EXPECT_THAT(outcomes(), ElementsAre("skipped", ""));
    EXPECT_EQ(subject->head().attempts, 1);
}

TEST_F(AttemptsTrail, MarksTheLoserOfAHedgeAsSuperseded) {
    rules.hedge = true;
    add("a");
    add("b", 2);
    before = [](route_state& state) {
        for (std::size_t i = 0; i < recent_ttft::needed; ++i)
            state.ttft.note(5ms);
    };
    begin();
    ASSERT_TRUE(run_until_asked(2));
    attempt(1).say("Hi");
    take();
    EXPECT_THAT(outcomes(), ElementsAre("superseded", ""));
    EXPECT_TRUE(trail()[1].first_content);
}

TEST_F(AttemptsTrail, GivesEachAttemptASpanOfItsOwnAndTellsTheProvider) {
    call.trace.emplace();
    call.trace->trace_id.fill(0xAB);
    call.trace->first_span = 0x0123456789ABCDEF;
    call.trace->flags = 1;
    call.headers = {{"traceparent", "the client's own"}, {"accept", "x"}};
    add("a");
    add("b", 2);
    begin();
    attempt(0).fail(remedy::elsewhere);
    take();
    EXPECT_EQ(
        header(attempt(0).asked, "traceparent"),
        "00-abababababababababababababababab-0123456789abcdef-01"
    );
    EXPECT_EQ(header(attempt(1).asked, "traceparent"), call.trace->header_of(1));
    ASSERT_EQ(trail().size(), 2U);
    EXPECT_EQ(trail()[0].span, 0x0123456789ABCDEFU);
    EXPECT_NE(trail()[1].span, trail()[0].span);
}

TEST_F(AttemptsTrail, LeavesTheClientsTraceAloneWhereNoneIsMadeHere) {
    call.headers = {{"traceparent", "the client's own"}};
    begin();
    EXPECT_EQ(header(attempt(0).asked, "traceparent"), "the client's own");
}

TEST_F(AttemptsTrail, KnowsAModelThatAClientNamed) {
    add("a");
    targets[0].named_by_client = true;
    begin();
    attempt(0).say("Hi");
    take();
    ASSERT_EQ(trail().size(), 1U);
    EXPECT_TRUE(trail()[0].named_by_client);
}

}  // namespace
}  // namespace sluice::upstream::testing
