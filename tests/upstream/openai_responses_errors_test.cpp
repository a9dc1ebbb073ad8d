#include "tests/upstream/responses_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string created =
    R"({"type":"response.created","response":{"id":"resp_1","model":"gpt-9"}})";

/// Both ways have to say the same.
failure failed(const std::vector<std::string>& datas, outcome how = outcome::upstream_error) {
    const auto wire = responses_wire(datas);
    const auto translated = run_responses(translated_call(), {wire});
    const auto relayed = run_responses(responses_relay_call(), {wire});
    EXPECT_EQ(translated.ended, how);
    EXPECT_EQ(relayed.ended, how);
    if (!translated.failure || !relayed.failure) return {};
    EXPECT_EQ(translated.failure->message, relayed.failure->message);
    EXPECT_EQ(translated.failure->code, relayed.failure->code);
    EXPECT_TRUE(translated.finishes.empty());
    EXPECT_THAT(relayed.bytes, Not(HasSubstr("response.failed")));
    EXPECT_THAT(relayed.bytes, Not(HasSubstr("event: error")));
    return *translated.failure;
}

TEST(OpenAiResponsesErrors, AreReadFlatAndNested) {
    const auto flat = failed(
        {created, R"({"type":"error","code":"rate_limit_exceeded","message":"slow","param":null})"}
    );
    EXPECT_EQ(flat.code, "rate_limit_exceeded");
    EXPECT_EQ(flat.message, "slow");
    EXPECT_EQ(flat.status, 429);
    const auto nested = failed(
        {created,
         R"({"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"no money"}})"}
    );
    EXPECT_EQ(nested.code, "insufficient_quota");
    EXPECT_FALSE(nested.retryable);
}

TEST(OpenAiResponsesErrors, AreToldByTheFailedResponseToo) {
    const auto why = failed(
        {created,
         R"({"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"it broke"}}})"}
    );
    EXPECT_EQ(why.message, "it broke");
    EXPECT_EQ(why.status, 502);
    EXPECT_TRUE(why.retryable);
    const auto prompt = failed(
        {created,
         R"({"type":"response.failed","response":{"status":"failed","error":{"code":"invalid_prompt","message":"no"}}})"}
    );
    EXPECT_EQ(prompt.status, 400);
    EXPECT_FALSE(prompt.retryable);
    EXPECT_THAT(
        failed({created, R"({"type":"response.failed","response":{"status":"failed"}})"}).message,
        HasSubstr("without saying why")
    );
    EXPECT_THAT(
        failed({created, R"({"type":"response.completed","response":{"status":"cancelled"}})"})
            .message,
        HasSubstr("cancelled")
    );
}

TEST(OpenAiResponsesErrors, WinOverAStatusThatSaysOtherwise) {
    EXPECT_THAT(
        failed({created, R"({"type":"response.failed","response":{"status":"completed"}})"})
            .message,
        HasSubstr("without saying why")
    );
    for (const std::string status : {"completed", "incomplete", "in_progress"}) {
        const auto why = failed(
            {created,
             R"({"type":"response.completed","response":{"error":{"message":"it broke"},"status":")" +
                 status + R"("}})"}
        );
        EXPECT_EQ(why.message, "it broke");
    }
}

TEST(OpenAiResponsesErrors, AreWhatBreaksOff) {
    const auto cut = failed({created}, outcome::upstream_eof);
    EXPECT_TRUE(cut.retryable);
    for (const auto& asked : {translated_call(), responses_relay_call()}) {
        // The terminator of clones is none here.
        const auto wire = responses_wire({created}) + "data: [DONE]\n\n";
        EXPECT_EQ(run_responses(asked, {wire}).ended, outcome::upstream_eof);
        EXPECT_EQ(run_responses(asked, {}).ended, outcome::upstream_eof);
        EXPECT_EQ(
            run_responses(asked, {"event: response.created\ndata: {nonsense\n\n"}).ended,
            outcome::upstream_error
        );
        const auto document = run_responses(asked, {R"({"error":{"message":"no such model"}})"});
        EXPECT_EQ(document.failure->message, "no such model");
        const auto tail =
            run_responses(asked, {"event: error\ndata: {\"type\":\"error\",\"message\":\"late\"}"});
        EXPECT_EQ(tail.failure->message, "late");
    }
}

TEST(OpenAiResponsesErrors, HideTheKey) {
    const auto why =
        failed({created, R"({"type":"error","code":"x","message":"the key sk-secret-key is odd"})"}
        );
    EXPECT_THAT(why.message, Not(HasSubstr("sk-secret-key")));
    const auto codec = make_openai_responses_codec();
    (void)codec->encode(translated_call(), responses_provider(), "m");
    const auto refused =
        codec->refuse(429, {{"retry-after", "2"}}, R"({"error":{"message":"sk-secret-key"}})");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.retry_after, "2");
    EXPECT_THAT(refused.message, Not(HasSubstr("sk-secret-key")));
}

}  // namespace
}  // namespace sluice::upstream::testing
