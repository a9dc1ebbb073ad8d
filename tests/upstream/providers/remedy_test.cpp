// What may help where a provider failed.
#include "tests/upstream/codec_run.hpp"
#include "tests/upstream/gemini_run.hpp"
#include "upstream/providers/error_kinds.hpp"
#include "upstream/providers/iam_token.hpp"
#include "upstream/providers/translation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::upstream {

void PrintTo(remedy value, std::ostream* out) {
    switch (value) {
        case remedy::none:
            *out << "none";
            break;
        case remedy::skip:
            *out << "skip";
            break;
        case remedy::elsewhere:
            *out << "elsewhere";
            break;
        case remedy::again:
            *out << "again";
            break;
    }
}

namespace testing {
namespace {

provider_settings provider_with(bool client_key) {
    auto provider = plain_provider();
    provider.client_key = client_key;
    return provider;
}

failure refuse(
    int status, std::string_view body = {}, const header_list& headers = {}, bool client_key = false
) {
    auto asked = transparent_call();
    asked.headers = {{"authorization", "Bearer client-secret"}};
    auto codec = make_openai_chat_codec();
    (void)codec->encode(asked, provider_with(client_key), "m");
    return codec->refuse(status, headers, body);
}

std::string error_body(std::string_view message, std::string_view type = {}) {
    return R"({"error":{"message":")" + std::string(message) + R"(","type":")" + std::string(type) +
           R"("}})";
}

/// What helps where this came under status 200.
remedy in_stream(std::string_view wire, bool stream = true) {
    const auto asked = stream ? translated_call() : transparent_call(false, false);
    const auto seen = run(asked, plain_provider(), {wire});
    EXPECT_TRUE(seen.failure);
    return seen.failure ? seen.failure->remedy : remedy::skip;
}

// ---- statuses ----

TEST(Remedy, FollowsFromTheStatus) {
    struct row {
        int status;
        remedy helps;
    };
    for (const auto& [status, helps] :
         {row{301, remedy::elsewhere}, row{307, remedy::elsewhere}, row{400, remedy::none},
          row{401, remedy::elsewhere}, row{402, remedy::elsewhere}, row{403, remedy::elsewhere},
          row{404, remedy::elsewhere}, row{405, remedy::elsewhere}, row{408, remedy::again},
          row{409, remedy::again},     row{413, remedy::none},      row{418, remedy::elsewhere},
          row{422, remedy::none},      row{429, remedy::again},     row{498, remedy::again},
          row{500, remedy::again},     row{502, remedy::again},     row{503, remedy::again},
          row{504, remedy::again},     row{520, remedy::again},     row{529, remedy::again}}) {
        SCOPED_TRACE(status);
        EXPECT_EQ(refuse(status).remedy, helps);
        EXPECT_EQ(refuse(status, error_body("Something.")).remedy, helps);
    }
}

TEST(Remedy, OfAConflictIsTimeForTheClientToo) {
    const auto conflict = refuse(409, error_body("Locked."));
    EXPECT_EQ(conflict.status, 409);
    EXPECT_EQ(conflict.type, "conflict_error");
    EXPECT_TRUE(conflict.retryable);
}

TEST(Remedy, OfSpentMoneyIsAnotherTarget) {
    EXPECT_EQ(refuse(429, error_body("No.", "insufficient_quota")).remedy, remedy::elsewhere);
    EXPECT_EQ(
        refuse(429, error_body("No.", "exceeded_current_quota_error")).remedy, remedy::elsewhere
    );
    EXPECT_EQ(refuse(429, error_body("Insufficient Balance")).remedy, remedy::elsewhere);
    EXPECT_EQ(
        refuse(400, error_body("Your credit balance is too low.", "invalid_request_error")).remedy,
        remedy::elsewhere
    );
    EXPECT_FALSE(refuse(429, error_body("Insufficient Balance")).retryable);
    EXPECT_EQ(refuse(500, error_body("Your credit balance is away.")).remedy, remedy::again);
}

TEST(Remedy, OfAModelThatIsNotThereIsAnotherTargetWhateverTheStatus) {
    for (const auto* body :
         {R"({"error":{"message":"No.","code":"model_not_found"}})",
          R"({"error":{"message":"No.","type":"invalid_model"}})",
          R"({"error":{"message":"No.","code":"model_decommissioned"}})",
          R"({"error":{"message":"Model Not Exist"}})",
          R"({"message":"The provided model identifier is invalid."})",
          R"({"error":{"message":"x/y is not a valid model ID"}})",
          R"({"error":{"message":"The model `up` does not exist or is not yours."}})"}) {
        SCOPED_TRACE(body);
        EXPECT_EQ(refuse(400, body).remedy, remedy::elsewhere);
        EXPECT_EQ(refuse(422, body).remedy, remedy::elsewhere);
        EXPECT_EQ(refuse(400, body).status, 400);
    }
    EXPECT_EQ(refuse(400, error_body("This model takes no tools.")).remedy, remedy::none);
}

// ---- keys ----

TEST(Remedy, OfTheGatewaysKeyIsAnotherTarget) {
    EXPECT_EQ(refuse(400, error_body("Incorrect API key provided.")).remedy, remedy::elsewhere);
    auto codec = make_gemini_codec();
    (void)codec->encode(relayed_gemini_call(), gemini_provider(), "m");
    constexpr std::string_view wrong_key =
        R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",)"
        R"("details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
        R"("reason":"API_KEY_INVALID"}]}})";
    EXPECT_EQ(codec->refuse(400, {}, wrong_key).remedy, remedy::elsewhere);
}

TEST(Remedy, IsNotAtTheGatewaysExpenseWhereTheClientsOwnKeyIsRefused) {
    for (const int status : {401, 402, 403}) {
        SCOPED_TRACE(status);
        EXPECT_EQ(refuse(status, error_body("No."), {}, true).remedy, remedy::none);
    }
    EXPECT_EQ(refuse(400, error_body("invalid api key"), {}, true).remedy, remedy::none);
    EXPECT_EQ(refuse(429, error_body("", "insufficient_quota"), {}, true).remedy, remedy::none);
    EXPECT_EQ(refuse(429, error_body("Slow."), {}, true).remedy, remedy::again);
    EXPECT_EQ(refuse(503, {}, {}, true).remedy, remedy::again);
    EXPECT_EQ(refuse(404, {}, {}, true).remedy, remedy::elsewhere);
    const auto missing = key_for({}, provider_with(true));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().remedy, remedy::none);
}

TEST(Remedy, OfAnAccessTokenFollowsFromWhoIsAtFault) {
    provider_settings provider;
    const auto read = [&](int status, std::string_view body) {
        return read_iam_answer(provider, status, {}, body, {}).error().remedy;
    };
    EXPECT_EQ(read(400, "{}"), remedy::elsewhere);
    EXPECT_EQ(read(401, "{}"), remedy::elsewhere);
    EXPECT_EQ(read(302, ""), remedy::elsewhere);
    EXPECT_EQ(read(408, ""), remedy::again);
    EXPECT_EQ(read(429, "{}"), remedy::again);
    EXPECT_EQ(read(503, "<html>"), remedy::again);
    EXPECT_EQ(read(200, "<html>"), remedy::again);
}

// ---- refusals of a codec ----

TEST(Remedy, OfACallThatACodecCannotEncodeIsToSkipTheTarget) {
    auto asked = translated_call();
    asked.untranslatable = {"messages.0.content.0"};
    const auto parts = make_openai_chat_codec()->encode(asked, plain_provider(), "m");
    ASSERT_FALSE(parts);
    EXPECT_EQ(parts.error().remedy, remedy::skip);
    EXPECT_EQ(parts.error().status, 400);
    auto counting = translated_call();
    counting.api = api::anthropic_count_tokens;
    const auto counted = make_openai_chat_codec()->encode(counting, plain_provider(), "m");
    ASSERT_FALSE(counted);
    EXPECT_EQ(counted.error().remedy, remedy::skip);
}

// ---- under status 200 ----

TEST(Remedy, OfAnErrorWithinAnAnswerFollowsFromItsWords) {
    const auto frame = [](std::string_view error) {
        return "data: {\"error\":" + std::string(error) + "}\n\n";
    };
    EXPECT_EQ(in_stream(frame(R"({"message":"Oh."})")), remedy::again);
    EXPECT_EQ(in_stream(frame(R"("Oh.")")), remedy::again);
    EXPECT_EQ(in_stream(frame(R"({"message":"Oh.","code":503})")), remedy::again);
    EXPECT_EQ(in_stream(frame(R"({"type":"overloaded_error"})")), remedy::again);
    EXPECT_EQ(in_stream(frame(R"({"type":"rate_limit_error"})")), remedy::again);
    EXPECT_EQ(in_stream(frame(R"({"type":"invalid_request_error"})")), remedy::none);
    EXPECT_EQ(in_stream(frame(R"({"code":"context_length_exceeded"})")), remedy::none);
    EXPECT_EQ(in_stream(frame(R"({"code":"insufficient_quota"})")), remedy::elsewhere);
    EXPECT_EQ(in_stream(frame(R"({"code":"model_not_found"})")), remedy::elsewhere);
    EXPECT_EQ(in_stream(frame(R"({"code":"invalid_api_key"})")), remedy::elsewhere);
}

TEST(Remedy, OfABrokenAnswerIsToAskAgain) {
    const std::string chunk = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    EXPECT_EQ(in_stream(""), remedy::again);
    EXPECT_EQ(in_stream(chunk), remedy::again);
    EXPECT_EQ(in_stream(chunk + "data: {\"cho"), remedy::again);
    EXPECT_EQ(in_stream("data: garbage\n\n"), remedy::again);
    EXPECT_EQ(in_stream("\x01\x02\x03"), remedy::again);
    EXPECT_EQ(in_stream("<html>busy</html>"), remedy::again);
    EXPECT_EQ(in_stream("data: " + std::string(17U << 20U, 'x')), remedy::again);
    EXPECT_EQ(in_stream("", false), remedy::again);
    EXPECT_EQ(in_stream("<html>", false), remedy::again);
    EXPECT_EQ(in_stream("{\"choices\":", false), remedy::again);
}

// ---- how long to wait ----

TEST(Remedy, KeepsThePauseThatAProviderAsksForWhereverItMayBeAskedAgain) {
    const header_list pause{{"retry-after", "7"}};
    for (const int status : {408, 409, 429, 498, 500, 502, 503, 504, 529}) {
        SCOPED_TRACE(status);
        EXPECT_EQ(refuse(status, "", pause).retry_after, "7");
    }
    for (const int status : {302, 400, 401, 404}) {
        SCOPED_TRACE(status);
        EXPECT_EQ(refuse(status, "", pause).retry_after, "");
    }
    EXPECT_EQ(
        refuse(429, "", {{"retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"}}).retry_after,
        "Fri, 31 Dec 1999 23:59:59 GMT"
    );
}

TEST(Remedy, ReadsThePauseInMillisecondsFirst) {
    const auto pause = [](const char* milliseconds) {
        return refuse(
                   503, "", {{"retry-after", "9"}, {"retry-after-ms", milliseconds}}
        ).retry_after;
    };
    EXPECT_EQ(pause("0"), "0");
    EXPECT_EQ(pause("1"), "0.001");
    EXPECT_EQ(pause("250"), "0.25");
    EXPECT_EQ(pause("2000"), "2");
    EXPECT_EQ(pause("2000.5"), "2.001");
    EXPECT_EQ(pause("4294967295"), "4294967.295");
    for (const char* wrong : {"", "soon", "-1", "99999999999"})
        EXPECT_EQ(pause(wrong), "9") << wrong;
}

}  // namespace
}  // namespace testing
}  // namespace sluice::upstream
