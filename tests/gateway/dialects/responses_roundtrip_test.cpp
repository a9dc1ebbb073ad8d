// What the dialect writes, the provider's codec of the same API reads back: nothing is lost.

#include "tests/gateway/dialects/encoding.hpp"
#include "tests/upstream/responses_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using upstream::finish_reason;
using upstream::outcome;
using upstream::testing::run_responses;
using upstream::testing::told;
using upstream::testing::told_call;
using upstream::testing::told_citation;
using upstream::testing::told_state;
using upstream::testing::translated_call;
using state = upstream::reasoning_state;

upstream::usage some_usage() {
    upstream::usage usage;
    usage.input_tokens = 9;
    usage.output_tokens = 7;
    usage.total_tokens = 16;
    usage.cached_tokens = 3;
    usage.cache_write_tokens = 2;
    usage.reasoning_tokens = 4;
    return usage;
}

std::string written(const std::vector<upstream::item>& items, const closing& end) {
    encoding stream{openai_responses_dialect()};
    stream.open();
    for (const auto& item : items)
        stream.item(item);
    stream.close(end);
    return stream.wire();
}

const std::vector<upstream::item> an_answer{
    upstream::identity{"up", "gpt-9", 1},
    upstream::reasoning_delta{0, "h"},
    upstream::reasoning_delta{0, "m"},
    upstream::reasoning_state_delta{
        0, state::origin::openai_responses, state::form::encrypted, "gAAA", ""},
    upstream::logprobs_delta{0, R"([{"token":"a","logprob":-1.5}])"},
    upstream::text_delta{0, "Gr\xc3\xbc"},
    upstream::text_delta{0, "\xc3\x9f"},
    upstream::citation_delta{0, "https://a", "A", "", 1, 4},
    upstream::refusal_delta{0, "no"},
    upstream::tool_call_delta{0, 0, "c1", "f", "{\"x\":"},
    upstream::tool_call_delta{0, 1, "c2", "g", ""},
    upstream::tool_call_delta{0, 0, "", "", "1}"},
    upstream::tool_call_delta{0, 1, "", "", "{}"},
    upstream::media_delta{0, "image/webp", "UklG"},
    upstream::finish{0, finish_reason::tool_calls},
};

void expect_the_answer(const told& seen) {
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.reasoning.at(0), "hm");
    EXPECT_EQ(seen.text.at(0), "Gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(seen.refusal.at(0), "no");
    EXPECT_THAT(
        seen.calls,
        ElementsAre(told_call{0, 0, "c1", "f", "{\"x\":1}"}, told_call{0, 1, "c2", "g", "{}"})
    );
    EXPECT_THAT(seen.media, ElementsAre(std::pair("image/webp", "UklG")));
    EXPECT_THAT(
        seen.states,
        ElementsAre(told_state{
            0, state::origin::openai_responses, state::form::encrypted, "gAAA", -1})
    );
    EXPECT_THAT(seen.citations, ElementsAre(told_citation{0, "https://a", "A", "", 1, 4}));
    EXPECT_EQ(nlohmann::json::parse(seen.logprobs)[0]["token"], "a");
    EXPECT_THAT(seen.finishes, ElementsAre(std::pair(0, finish_reason::tool_calls)));
    EXPECT_EQ(seen.usage, some_usage());
    EXPECT_EQ(std::get<1>(seen.identities.at(0)), "gpt-9");
}

TEST(ResponsesRoundTrip, LosesNothing) {
    const auto wire = written(an_answer, closed(outcome::completed, some_usage()));
    expect_the_answer(run_responses(translated_call(), {wire}));
    expect_the_answer(run_responses(translated_call(), upstream::testing::bytewise(wire)));
}

TEST(ResponsesRoundTrip, HoldsForTheLastEventAlone) {
    const auto wire = written(an_answer, closed(outcome::completed, some_usage()));
    const auto last = wire.rfind("event: response.completed");
    expect_the_answer(run_responses(translated_call(), {wire.substr(last)}));
}

TEST(ResponsesRoundTrip, KeepsTheReasonOfTheEnd) {
    for (const auto reason :
         {finish_reason::stop, finish_reason::length, finish_reason::content_filter}) {
        const auto wire = written(
            {upstream::text_delta{0, "a"}, upstream::finish{0, reason}}, closed(outcome::completed)
        );
        const auto seen = run_responses(translated_call(), {wire});
        EXPECT_THAT(seen.finishes, ElementsAre(std::pair(0, reason)));
    }
    const auto failed = run_responses(
        translated_call(),
        {written({upstream::text_delta{0, "a"}}, closed(outcome::progress_timeout))}
    );
    EXPECT_EQ(failed.ended, outcome::upstream_error);
    EXPECT_EQ(failed.failure->code, "progress_timeout");
    EXPECT_EQ(failed.failure->message, "it broke");
}

/// A client gives the whole output back with its next request.
TEST(ResponsesRoundTrip, GivesEveryStateBackToWhereItCameFrom) {
    const auto wire = written(
        {
            upstream::reasoning_delta{0, "hm"},
            upstream::reasoning_state_delta{
                0, state::origin::anthropic, state::form::signature, "SIG", ""},
            upstream::reasoning_state_delta{
                0, state::origin::openai_responses, state::form::encrypted, "gAAA", "rs_1"},
            upstream::text_delta{0, "look"},
            upstream::reasoning_state_delta{
                0, state::origin::gemini, state::form::signature, "TEXT", "", -1, true},
            upstream::tool_call_delta{0, 0, "c1", "f", "{}"},
            upstream::reasoning_state_delta{
                0, state::origin::gemini, state::form::signature, "CALL", "", 0},
            upstream::finish{0, finish_reason::tool_calls},
        },
        closed(outcome::completed)
    );
    nlohmann::json body{{"model", "m"}};
    body["input"] = json_of(events_of(wire).back())["response"]["output"];
    const auto decoded = openai_responses_dialect().decode(body.dump());
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    ASSERT_EQ(decoded->call.request.messages.size(), 1U);
    const auto& answer = decoded->call.request.messages[0];
    ASSERT_EQ(answer.content.size(), 3U);
    const auto& signed_thoughts = std::get<upstream::reasoning_part>(answer.content[0]);
    EXPECT_EQ(signed_thoughts.text, "hm");
    EXPECT_EQ(
        *signed_thoughts.state, (state{state::origin::anthropic, state::form::signature, "SIG", ""})
    );
    const auto& encrypted = std::get<upstream::reasoning_part>(answer.content[1]);
    EXPECT_EQ(
        *encrypted.state,
        (state{state::origin::openai_responses, state::form::encrypted, "gAAA", "rs_1"})
    );
    const auto& text = std::get<upstream::text_part>(answer.content[2]);
    EXPECT_EQ(text.text, "look");
    EXPECT_EQ(*text.state, (state{state::origin::gemini, state::form::signature, "TEXT", ""}));
    EXPECT_EQ(
        *answer.tool_calls.at(0).state,
        (state{state::origin::gemini, state::form::signature, "CALL", ""})
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
