#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

failure refuse(
    int status, std::string_view body, const header_list& headers = {}, bool client_key = false
) {
    auto provider = plain_provider();
    provider.client_key = client_key;
    provider.headers = {{"X-Gateway-Token", "Bearer hush-hush"}};
    auto asked = transparent_call();
    asked.headers = {{"authorization", "Bearer client-secret"}};
    auto codec = make_openai_chat_codec();
    (void)codec->encode(asked, provider, "m");
    return codec->refuse(status, headers, body);
}

/// How a stream ends that holds a chunk of content and then `tail`; the same in both ways.
failure in_stream(std::string_view tail) {
    const std::string content = R"(data: {"choices":[{"delta":{"content":"a"}}]})"
                                "\n\n";
    const auto wire = content + std::string(tail);
    failure result;
    for (const auto& asked : {translated_call(), transparent_call()}) {
        const auto seen = run(asked, plain_provider(), {wire});
        EXPECT_TRUE(run(asked, plain_provider(), bytewise(wire)).key() == seen.key());
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_TRUE(seen.bytes.empty() || seen.bytes == content) << seen.bytes;
        EXPECT_TRUE(seen.finishes.empty());
        result = seen.failure.value_or(failure());
    }
    return result;
}

failure without_events(std::string_view wire) {
    const auto seen = run(translated_call(), plain_provider(), {wire});
    EXPECT_TRUE(run(translated_call(), plain_provider(), bytewise(wire)).key() == seen.key());
    return seen.failure.value_or(failure());
}

TEST(OpenAiChatErrors, MapEachStatus) {
    struct row {
        int provider;
        int client;
        const char* type;
        bool retryable;
    };
    for (const auto& [provider, client, type, retryable] :
         {row{400, 400, "invalid_request_error", false},
          row{404, 404, "not_found_error", false},
          row{413, 413, "invalid_request_error", false},
          row{422, 422, "invalid_request_error", false},
          row{401, 502, "upstream_error", false},
          row{403, 502, "upstream_error", false},
          row{402, 502, "billing_error", false},
          row{408, 504, "timeout_error", true},
          row{504, 504, "timeout_error", true},
          row{409, 409, "conflict_error", true},
          row{429, 429, "rate_limit_error", true},
          row{500, 502, "upstream_error", true},
          row{503, 503, "overloaded_error", true},
          row{529, 503, "overloaded_error", true},
          row{301, 502, "upstream_error", false},
          row{418, 502, "upstream_error", false}}) {
        SCOPED_TRACE(provider);
        const auto result = refuse(provider, "");
        EXPECT_EQ(result.outcome, outcome::upstream_error);
        EXPECT_EQ(result.status, client);
        EXPECT_EQ(result.type, type);
        EXPECT_EQ(result.retryable, retryable);
        EXPECT_THAT(result.message, HasSubstr("'upstream'"));
        EXPECT_THAT(result.message, HasSubstr(std::to_string(provider)));
    }
    EXPECT_THAT(refuse(302, "{\"message\":\"x\"}").message, HasSubstr("redirect refused"));
}

TEST(OpenAiChatErrors, KeepTheMeaningOfTheClientsMistakes) {
    const auto result = refuse(
        400,
        R"({"error":{"message":"Too long.","type":"bad_thing","param":"messages","code":"context_length_exceeded"}})"
    );
    EXPECT_EQ(result.message, "Too long.");
    EXPECT_EQ(result.type, "bad_thing");
    EXPECT_EQ(result.param, "messages");
    EXPECT_EQ(result.code, "context_length_exceeded");
}

TEST(OpenAiChatErrors, SayThatTheGatewaysOwnKeyWasRefusedAndNothingElse) {
    const auto body =
        R"({"error":{"message":"Incorrect API key provided: sk-se...key","code":"invalid_api_key"}})";
    for (const int status : {401, 403, 400}) {
        const auto result = refuse(status, body);
        EXPECT_EQ(result.status, 502);
        EXPECT_THAT(result.message, HasSubstr("own credentials"));
        EXPECT_THAT(result.message, Not(HasSubstr("sk-se")));
        EXPECT_EQ(result.code, "upstream_credentials");
    }
}

TEST(OpenAiChatErrors, TellTheClientAboutItsOwnKey) {
    const auto result = refuse(401, R"({"error":{"message":"Bad key client-secret."}})", {}, true);
    EXPECT_EQ(result.status, 401);
    EXPECT_EQ(result.type, "authentication_error");
    EXPECT_EQ(result.message, "Bad key ***.");
}

TEST(OpenAiChatErrors, TakeCredentialsOutOfTheProvidersText) {
    EXPECT_EQ(
        refuse(400, R"({"message":"got sk-secret-key and hush-hush, sk-secret-key"})").message,
        "got *** and ***, ***"
    );
}

TEST(OpenAiChatErrors, KeepRetryAfter) {
    EXPECT_EQ(refuse(429, "", {{"retry-after", "7"}}).retry_after, "7");
    EXPECT_EQ(refuse(429, "", {{"retry-after-ms", "1"}}).retry_after, "0.001");
    EXPECT_EQ(refuse(503, "", {{"retry-after-ms", "2000"}}).retry_after, "2");
    EXPECT_EQ(refuse(429, "", {{"retry-after-ms", "2000.5"}}).retry_after, "2.001");
    EXPECT_EQ(refuse(429, "", {{"retry-after", "3"}, {"retry-after-ms", "9000"}}).retry_after, "9");
    EXPECT_EQ(refuse(429, "", {{"retry-after-ms", "soon"}}).retry_after, "");
    EXPECT_EQ(refuse(500, "", {{"retry-after", "7"}}).retry_after, "7");
    EXPECT_EQ(refuse(400, "", {{"retry-after", "7"}}).retry_after, "");
}

TEST(OpenAiChatErrors, TakeOnlyATimeForRetryAfter) {
    const auto told = [](std::string_view value) {
        return refuse(429, "", {{"retry-after", std::string(value)}}).retry_after;
    };
    for (const auto* time :
         {"0",
          "1.5",
          "Fri, 31 Dec 1999 23:59:59 GMT",
          "Friday, 31-Dec-99 23:59:59 GMT",
          "Fri Dec 31 23:59:59 1999"})
        EXPECT_EQ(told(time), time);
    for (const auto* other : {"soon", "sk-secret-key", "hush-hush", "<b>1</b>", "1, 2"})
        EXPECT_EQ(told(other), "") << other;
    EXPECT_EQ(told(std::string(41, '7')), "");
}

TEST(OpenAiChatErrors, TellNoKeyThatLooksLikeATime) {
    auto provider = plain_provider();
    provider.api_key = "12345678";
    const auto codec = make_openai_chat_codec();
    (void)codec->encode(translated_call(), provider, "model");
    EXPECT_EQ(codec->refuse(429, {{"retry-after", "12345678"}}, "").retry_after, "");
    EXPECT_EQ(codec->refuse(429, {{"retry-after", "1234567"}}, "").retry_after, "1234567");
    EXPECT_EQ(codec->redact("a 12345678 b"), "a *** b");
    EXPECT_EQ(codec->redact("a 1234567 b"), "a 1234567 b");
}

TEST(OpenAiChatErrors, DoNotCallAnEmptyPurseRetryable) {
    const auto result =
        refuse(429, R"({"error":{"message":"No money.","code":"insufficient_quota"}})");
    EXPECT_EQ(result.status, 429);
    EXPECT_EQ(result.code, "insufficient_quota");
    EXPECT_FALSE(result.retryable);
}

TEST(OpenAiChatErrors, FindTheMessageInEveryShape) {
    for (const auto* body :
         {R"({"error":{"message":"It."}})",
          R"({"error":"It."})",
          R"({"message":"It."})",
          R"({"detail":"It."})",
          R"({"detail":[{"loc":["body"],"msg":"It."}]})",
          R"([{"error":{"code":400,"message":"It.","status":"INVALID_ARGUMENT"}}])",
          R"({"object":"error","message":"It.","type":"x"})",
          R"({"error_type":"x","message":"It."})",
          R"({"code":"invalid-argument","error":"It."})",
          R"({"error":{"error":{"message":"It."}}})"}) {
        EXPECT_EQ(refuse(400, body).message, "It.") << body;
    }
}

TEST(OpenAiChatErrors, RelayNoPagesAndNoGarbage) {
    for (const std::string& body :
         {std::string("<html><body>nginx</body></html>"),
          std::string("plain"),
          std::string("\x00\xff", 2),
          std::string("{\"error\":{\"message\":\"cut o"),
          std::string("[]"),
          std::string("3")}) {
        EXPECT_EQ(
            refuse(500, body).message, "the provider 'upstream' answered with HTTP status 500"
        );
    }
}

TEST(OpenAiChatErrors, CleanAndBoundTheText) {
    EXPECT_EQ(
        refuse(400, "{\"message\":\"a\\u0000\\u001b[1m\\n\\n b\xff\"}").message,
        "a [1m b\xEF\xBF\xBD"
    );
    const auto result = refuse(400, R"({"message":")" + std::string(30'000, 'x') + R"("})");
    EXPECT_EQ(result.message.size(), 2048U);
}

TEST(OpenAiChatErrors, WithinAStreamEndIt) {
    for (const auto* tail :
         {"data: {\"error\":{\"message\":\"Boom.\",\"type\":\"server_error\"}}\n\ndata: [DONE]\n\n",
          "data: {\"error\":\"Boom.\"}\n\n",
          "event: error\ndata: {\"message\":\"Boom.\"}\n\n",
          "event: error\ndata: Boom.\n\n",
          "data: {\"object\":\"error\",\"message\":\"Boom.\",\"code\":500}\n\n",
          "error: {\"error\":{\"message\":\"Boom.\"}}\n\n",
          "error: {\"error\":{\"message\":\"Boom.\"}}",
          "error: {\"error\":{\"message\":\"Boom.\"}}\n",
          "data: {\"error\":{\"message\":\"Boom.\"}}",
          "{\"error\":{\"message\":\"Boom.\"}}",
          "data: "
          "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"error\":{\"message\":\"Boom."
          "\"}}\n\n"}) {
        SCOPED_TRACE(tail);
        const auto result = in_stream(tail);
        EXPECT_EQ(result.message, "Boom.");
        EXPECT_EQ(result.status, 502);
    }
}

TEST(OpenAiChatErrors, WithinAStreamKeepTheirStatusAndCode) {
    auto result = in_stream(
        "event: error\ndata: {\"error\":{\"message\":\"M\",\"type\":\"invalid_request_error\","
        "\"code\":\"tool_use_failed\",\"status_code\":400}}\n\n"
    );
    EXPECT_EQ(result.status, 400);
    EXPECT_EQ(result.code, "tool_use_failed");
    result = in_stream("data: {\"error\":{\"code\":429,\"message\":\"M\"}}\n\n");
    EXPECT_EQ(result.status, 429);
    EXPECT_TRUE(result.retryable);
    result = in_stream("data: {\"error\":{\"code\":\"rate_limit_exceeded\"}}\n\n");
    EXPECT_EQ(result.status, 429);
    EXPECT_THAT(result.message, HasSubstr("reported an error"));
}

TEST(OpenAiChatErrors, AnErrorThatIsNullIsNone) {
    const std::string wire =
        "data: {\"error\":null,\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    EXPECT_EQ(run(translated_call(), plain_provider(), {wire}).ended, outcome::completed);
}

TEST(OpenAiChatErrors, TellWhatCameInsteadOfAStream) {
    EXPECT_EQ(without_events("").outcome, outcome::upstream_eof);
    EXPECT_EQ(without_events(": ping\n\n").outcome, outcome::upstream_eof);
    EXPECT_THAT(without_events("<!doctype html>\n\n<p>").message, HasSubstr("web page"));
    EXPECT_THAT(without_events("{\"choices\":[]}").message, HasSubstr("one document"));
    EXPECT_THAT(without_events("what?").message, HasSubstr("no event stream"));
    const auto error =
        without_events("{\n\n \"error\": {\n \"code\": 404, \"message\": \"No model.\" }\n}\n\n");
    EXPECT_EQ(error.outcome, outcome::upstream_error);
    EXPECT_EQ(error.status, 404);
    EXPECT_EQ(error.message, "No model.");
}

}  // namespace
}  // namespace sluice::upstream::testing
