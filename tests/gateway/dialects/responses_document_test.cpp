#include "tests/gateway/dialects/encoding.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::outcome;
using state = upstream::reasoning_state;

const std::vector<upstream::item> an_answer{
    upstream::identity{"up", "gpt-9", 1},
    upstream::reasoning_delta{0, "hm"},
    upstream::reasoning_state_delta{0, state::origin::anthropic, state::form::signature, "SIG", ""},
    upstream::logprobs_delta{0, R"([{"token":"Hello","logprob":-1}])"},
    upstream::text_delta{0, "Hello"},
    upstream::citation_delta{0, "https://a", "A", "", 0, 5},
    upstream::tool_call_delta{0, 0, "c1", "look", "{}"},
    upstream::reasoning_state_delta{
        0, state::origin::gemini, state::form::signature, "THOUGHT", "", 0},
    upstream::media_delta{0, "image/png", "aGk="},
    upstream::finish{0, upstream::finish_reason::tool_calls},
};

upstream::usage some_usage() {
    upstream::usage usage;
    usage.input_tokens = 2;
    usage.output_tokens = 3;
    usage.cached_tokens = 1;
    return usage;
}

json document(const std::vector<upstream::item>& items, outcome end = outcome::completed) {
    const auto builder = openai_responses_dialect().document({}, some_names, false);
    for (const auto& item : items)
        builder->add(item);
    return json::parse(builder->finish(closed(end, some_usage())));
}

TEST(ResponsesDocument, HoldsWhatTheLastEventOfTheStreamHolds) {
    encoding stream{openai_responses_dialect()};
    for (const auto& item : an_answer)
        stream.item(item);
    stream.close(closed(outcome::completed, some_usage()));
    const auto last = json_of(events_of(stream.wire()).back())["response"];
    EXPECT_EQ(document(an_answer), last);
    ASSERT_EQ(last["output"].size(), 5U);
    EXPECT_EQ(last["output"][3]["encrypted_content"], "sluice:gemini:signature:7:call:c1THOUGHT");
}

TEST(ResponsesDocument, OfACutAnswerIsIncomplete) {
    const auto body = document({upstream::text_delta{0, "Hel"}}, outcome::budget);
    EXPECT_EQ(body["status"], "incomplete");
    EXPECT_EQ(body["incomplete_details"]["reason"], "max_output_tokens");
    EXPECT_EQ(body["output"][0]["content"][0]["text"], "Hel");
    EXPECT_EQ(body["output"][0]["status"], "incomplete");
    EXPECT_EQ(document({})["output"], json::array());
}

TEST(ResponsesDocument, OfTheProviderIsPassedOn) {
    const auto builder = openai_responses_dialect().document({}, some_names, true);
    builder->add(upstream::verbatim{R"({"id":"x"})", true});
    EXPECT_EQ(builder->finish(closed(outcome::completed)), R"({"id":"x"})");
}

TEST(ResponsesDocument, OfAnErrorIsThatOfOpenAi) {
    auto reason = some_failure(outcome::rejected, "invalid_request_error", "no");
    reason.param = "input";
    EXPECT_EQ(
        json::parse(openai_responses_dialect().error_body(reason)),
        json::parse(
            R"({"error":{"message":"no","type":"invalid_request_error","param":"input","code":null}})"
        )
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
