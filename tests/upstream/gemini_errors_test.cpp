// What Google's errors mean to a client.

#include "tests/upstream/gemini_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

failure refuse(int status, std::string_view body, bool client_key = false) {
    auto provider = gemini_provider();
    provider.client_key = client_key;
    auto asked = relayed_gemini_call();
    asked.headers = {{"x-goog-api-key", "AIza-client-secret"}};
    const auto codec = make_gemini_codec();
    (void)codec->encode(asked, provider, "m");
    return codec->refuse(status, {}, body);
}

constexpr std::string_view wrong_key = R"({"error": {"code": 400,
    "message": "API key expired. Please renew the API key.", "status": "INVALID_ARGUMENT",
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
                 "domain": "googleapis.com"}]}})";

TEST(GeminiErrors, WaitAsLongAsRetryInfoSays) {
    const auto with_delay = [](const std::string& delay) {
        return refuse(
            429,
            R"([{"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED",
                "details": [{"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
                            {"@type": "type.googleapis.com/google.rpc.RetryInfo",
                             "retryDelay": )" +
                delay + "}]}}]"
        );
    };
    const auto reason = with_delay(R"("34s")");
    EXPECT_EQ(reason.status, 429);
    EXPECT_EQ(reason.type, "rate_limit_error");
    EXPECT_EQ(reason.code, "RESOURCE_EXHAUSTED");
    EXPECT_EQ(reason.message, "Quota exceeded");
    EXPECT_EQ(reason.retry_after, "34");
    EXPECT_TRUE(reason.retryable);
    EXPECT_EQ(with_delay(R"("34.074824224s")").retry_after, "35");
    for (const char* delay : {R"("s")", R"("-3s")", R"("")", R"("5")", "7", R"("99999999999s")"})
        EXPECT_EQ(with_delay(delay).retry_after, "") << delay;
}

TEST(GeminiErrors, TakeAWrongKeyForWhatItIs) {
    const auto own = refuse(400, wrong_key);
    EXPECT_EQ(own.status, 502);
    EXPECT_EQ(own.code, "upstream_credentials");
    const auto of_client = refuse(400, wrong_key, true);
    EXPECT_EQ(of_client.status, 401);
    EXPECT_EQ(of_client.type, "authentication_error");
}

TEST(GeminiErrors, KeepTheClientsFaultsAndTheirNames) {
    const auto reason = refuse(
        400, R"({"error": {"code": 400, "message": "too long", "status": "INVALID_ARGUMENT"}})"
    );
    EXPECT_EQ(reason.status, 400);
    EXPECT_EQ(reason.type, "invalid_request_error");
    EXPECT_EQ(reason.code, "INVALID_ARGUMENT");
    EXPECT_FALSE(reason.retryable);
    EXPECT_EQ(refuse(404, R"({"error": {"code": 404, "message": "no model"}})").status, 404);
    EXPECT_EQ(refuse(503, R"({"error": {"code": 503}})").type, "overloaded_error");
    EXPECT_EQ(refuse(500, "<html>").status, 502);
}

TEST(GeminiErrors, NeverShowAKey) {
    auto provider = gemini_provider();
    provider.bearer_token = "ya29.token-of-vertex";
    const auto codec = make_gemini_codec();
    (void)codec->encode(relayed_gemini_call(), provider, "m");
    const auto reason = codec->refuse(
        400, {}, R"({"error": {"message": "bad ya29.token-of-vertex and AIza-secret-key"}})"
    );
    EXPECT_THAT(reason.message, Not(HasSubstr("token-of-vertex")));
    EXPECT_THAT(reason.message, Not(HasSubstr("secret-key")));
    const auto quoted = refuse(400, R"({"error": {"message": "bad AIza-client-secret"}})", true);
    EXPECT_THAT(quoted.message, Not(HasSubstr("client-secret")));
}

/// How a stream ends that holds some text and then `tail`; the same in both ways.
failure in_stream(const std::string& head, const std::string& tail) {
    failure result;
    for (const auto& asked : {call(), relayed_gemini_call()}) {
        const auto wire = head + tail;
        const auto seen = run_gemini(asked, {wire});
        EXPECT_TRUE(run_gemini(asked, bytewise(wire)).key() == seen.key());
        EXPECT_NE(seen.ended, outcome::completed);
        EXPECT_TRUE(head.starts_with(seen.bytes));
        result = seen.failure.value_or(failure());
    }
    return result;
}

TEST(GeminiErrors, EndAStreamInAnyOfTheirShapes) {
    const std::string error = R"({"error": {"code": 503, "message": "overloaded", "details": []}})";
    const std::string pretty =
        "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"overloaded\"\n  }\n}\n";
    for (const auto& tail :
         {gemini_frame(error), error, "[" + error + "]", pretty, pretty + "\n", "[" + pretty + "]"})
        for (const auto& head : {text_frame("a"), text_frame("a", stopped), std::string()}) {
            const auto reason = in_stream(head, tail);
            EXPECT_EQ(reason.status, 503) << head << tail;
            EXPECT_EQ(reason.message, "overloaded") << head << tail;
        }
}

TEST(GeminiErrors, AreBrokenProtocol) {
    EXPECT_THAT(in_stream("", "<html></html>").message, HasSubstr("web page"));
    EXPECT_THAT(in_stream("", R"([{"candidates": []}])").message, HasSubstr("one document"));
    EXPECT_THAT(in_stream("", "data: {]\n\n").message, HasSubstr("not JSON"));
    EXPECT_EQ(in_stream(text_frame("a"), "").outcome, outcome::upstream_eof);
    // An event without its blank line is none: what it said may be cut short.
    EXPECT_EQ(
        in_stream("", "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}").outcome,
        outcome::upstream_eof
    );
}

}  // namespace
}  // namespace sluice::upstream::testing
