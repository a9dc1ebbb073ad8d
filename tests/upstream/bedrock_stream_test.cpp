#include "tests/upstream/bedrock_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::string delta(int block, const std::string& inner) {
    return aws_event(
        "contentBlockDelta",
        R"({"contentBlockIndex":)" + std::to_string(block) + R"(,"delta":)" + inner +
            R"(,"p":"abc"})"
    );
}

std::string tool_start(int block, const std::string& members) {
    return aws_event(
        "contentBlockStart",
        R"({"contentBlockIndex":)" + std::to_string(block) + R"(,"start":{"toolUse":{)" + members +
            "}}}"
    );
}

std::string block_stop(int block) {
    return aws_event("contentBlockStop", R"({"contentBlockIndex":)" + std::to_string(block) + "}");
}

std::string stop(const std::string& reason) {
    return aws_event("messageStop", R"({"stopReason":")" + reason + R"("})");
}

const std::string start = aws_event("messageStart", R"({"role":"assistant","p":"ab"})");
const std::string metadata = aws_event(
    "metadata",
    R"({"usage":{"inputTokens":12,"outputTokens":7,"totalTokens":47,"cacheReadInputTokens":20,)"
    R"("cacheWriteInputTokens":8},"metrics":{"latencyMs":5}})"
);

std::string conversation() {
    return start + delta(0, R"({"reasoningContent":{"text":"Hm"}})") +
           delta(0, R"({"reasoningContent":{"signature":"sig=="}})") + block_stop(0) +
           delta(1, R"({"text":"Hello \ud83d\ude00"})") + block_stop(1) +
           tool_start(2, R"("toolUseId":"t1","name":"look")") +
           delta(2, R"({"toolUse":{"input":""}})") + delta(2, R"({"toolUse":{"input":"{\"x\""}})") +
           delta(2, R"({"toolUse":{"input":":1}"}})") + block_stop(2) +
           tool_start(3, R"("toolUseId":"t2","name":"wait")") + block_stop(3) + stop("tool_use") +
           metadata;
}

TEST(BedrockStream, TellsThoughtsTextCallsAndUsage) {
    const auto wire = conversation();
    const auto seen = run_bedrock({wire});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.reasoning.at(0), "Hm");
    EXPECT_THAT(
        seen.states,
        ElementsAre(told_state{
            0, reasoning_state::origin::anthropic, reasoning_state::form::signature, "sig=="})
    );
    EXPECT_EQ(seen.text.at(0), "Hello \xF0\x9F\x98\x80");
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "t1", "look", R"({"x":1})"}, told_call{0, 1, "t2", "wait", "{}"}
        )
    );
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    EXPECT_THAT(seen.native_reasons, ElementsAre("tool_use"));
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("", "model", 0)));
    ASSERT_TRUE(seen.usage);
    EXPECT_EQ(seen.usage->input_tokens, 40);  // the cached ones among them
    EXPECT_EQ(seen.usage->output_tokens, 7);
    EXPECT_EQ(seen.usage->total_tokens, 47);
    EXPECT_EQ(seen.usage->cached_tokens, 20);
    EXPECT_EQ(seen.usage->cache_write_tokens, 8);
}

TEST(BedrockStream, IsTheSameHoweverTheBytesAreCut) {
    const auto wire = conversation();
    const auto whole = run_bedrock({wire}).key();
    EXPECT_TRUE(run_bedrock(bytewise(wire)).key() == whole);
    for (std::size_t cut = 0; cut <= wire.size(); cut += 3) {
        SCOPED_TRACE(cut);
        const std::string_view text(wire);
        EXPECT_TRUE(run_bedrock({text.substr(0, cut), text.substr(cut)}).key() == whole);
    }
}

TEST(BedrockStream, TellsArgumentsAsTheyCome) {
    const auto wire = start + tool_start(0, R"("toolUseId":"t","name":"f")") +
                      delta(0, R"({"toolUse":{"input":"{\"a"}})");
    const auto codec = make_bedrock_codec(signing_time);
    (void)codec->encode(translated_call(), bedrock_provider(), "m");
    batch out;
    codec->feed(wire, out);
    told seen;
    seen.add(out);
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "t", "f", "{\"a"}));
}

TEST(BedrockStream, MapsTheReasonAndKeepsTheWord) {
    const auto reason = [](const std::string& word, const std::string& before = {}) {
        const auto wire = start + before + stop(word) + metadata;
        const auto seen = run_bedrock({wire});
        EXPECT_THAT(seen.native_reasons, ElementsAre(word));
        return seen.finishes.at(0).second;
    };
    const auto call = tool_start(0, R"("toolUseId":"t","name":"f")") + block_stop(0);
    EXPECT_EQ(reason("end_turn"), finish_reason::stop);
    EXPECT_EQ(reason("stop_sequence"), finish_reason::stop);
    EXPECT_EQ(reason("end_turn", call), finish_reason::tool_calls);
    EXPECT_EQ(reason("max_tokens", call), finish_reason::length);
    EXPECT_EQ(reason("model_context_window_exceeded"), finish_reason::length);
    EXPECT_EQ(reason("guardrail_intervened"), finish_reason::content_filter);
    EXPECT_EQ(reason("content_filtered"), finish_reason::content_filter);
    EXPECT_EQ(reason("something_new"), finish_reason::stop);
}

TEST(BedrockStream, FailsAtAnAnswerThatTheModelSpoiled) {
    const auto call = tool_start(0, R"("toolUseId":"t","name":"f")") + block_stop(0);
    for (const std::string word : {"malformed_tool_use", "malformed_model_output"}) {
        SCOPED_TRACE(word);
        const auto wire = start + call + stop(word) + metadata;
        for (const std::string_view told : {wire, wire.substr(0, wire.size() - metadata.size())}) {
            const auto seen = run_bedrock({told});
            EXPECT_EQ(seen.ended, outcome::upstream_error);
            EXPECT_THAT(seen.finishes, IsEmpty());
            ASSERT_TRUE(seen.failure);
            EXPECT_TRUE(seen.failure->retryable);
            EXPECT_EQ(seen.failure->code, word);
            EXPECT_THAT(seen.failure->message, HasSubstr(word));
        }
        EXPECT_EQ(run_bedrock({wire}).usage->output_tokens, 7);
    }
}

TEST(BedrockStream, KeepsWhatItToldUntilItIsFedAgain) {
    const std::string text(5000, 'a');
    const auto wire = start + delta(0, R"({"text":")" + text + R"("})") + stop("end_turn");
    const auto seen = run_bedrock({wire});
    EXPECT_EQ(seen.text.at(0), text);
    EXPECT_THAT(seen.native_reasons, ElementsAre("end_turn"));
}

TEST(BedrockStream, LeavesItsOwnToolsOut) {
    const auto wire =
        start +
        tool_start(0, R"("toolUseId":"s","name":"nova_grounding","type":"server_tool_use")") +
        delta(0, R"({"toolUse":{"input":"{}"}})") + block_stop(0) +
        aws_event("contentBlockStart", R"({"contentBlockIndex":1,"start":{"toolResult":{}}})") +
        delta(1, R"({"toolResult":[{"text":"found"}]})") + block_stop(1) +
        delta(2, R"({"text":"so"})") + stop("end_turn") + metadata;
    const auto seen = run_bedrock({wire});
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_EQ(seen.text.at(0), "so");
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
}

TEST(BedrockStream, TellsRedactedThoughtsAsAnthropicWroteThem) {
    // base64 of "EtkECg==", and of bytes that are no text.
    const auto wire = start +
                      delta(0, R"({"reasoningContent":{"redactedContent":"RXRrRUNnPT0="}})") +
                      delta(1, R"({"reasoningContent":{"redactedContent":"AAEC"}})") +
                      stop("end_turn") + metadata;
    using form = reasoning_state::form;
    using origin = reasoning_state::origin;
    EXPECT_THAT(
        run_bedrock({wire}).states,
        ElementsAre(
            told_state{0, origin::anthropic, form::redacted, "EtkECg=="},
            told_state{0, origin::other, form::redacted, "AAEC"}
        )
    );
}

TEST(BedrockStream, TellsCitationsAndPictures) {
    const auto wire =
        start +
        delta(
            0,
            R"({"citation":{"title":"facts","sourceContent":[{"text":"by "},{"text":"Matz"}],)"
            R"("location":{"documentChar":{"documentIndex":0,"start":0,"end":7}}}})"
        ) +
        delta(0, R"({"citation":{"location":{"web":{"url":"https://a/b","domain":"a"}}}})") +
        aws_event(
            "contentBlockStart", R"({"contentBlockIndex":1,"start":{"image":{"format":"png"}}})"
        ) +
        delta(1, R"({"image":{"source":{"bytes":"iVBO"}}})") + block_stop(1) + stop("end_turn") +
        metadata;
    const auto seen = run_bedrock({wire});
    EXPECT_THAT(
        seen.citations,
        ElementsAre(
            told_citation{0, "", "facts", "by Matz"}, told_citation{0, "https://a/b", "a", ""}
        )
    );
    EXPECT_THAT(seen.media, ElementsAre(Pair("image/png", "iVBO")));
}

TEST(BedrockStream, IsCompleteAtTheEndOfTheFileBehindTheStop) {
    const auto wire = start + delta(0, R"({"text":"a"})") + stop("end_turn");
    const auto seen = run_bedrock({wire});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_FALSE(seen.usage);
    const auto early = start + metadata + stop("end_turn");
    EXPECT_EQ(run_bedrock({early}).ended, outcome::completed);
}

TEST(BedrockStream, FailsWhereItStopsWithoutAReason) {
    const auto seen = run_bedrock(
        {start + delta(0, R"({"text":"a"})") + aws_event("messageStop", "{}") + metadata}
    );
    EXPECT_EQ(seen.ended, outcome::upstream_eof);
    EXPECT_EQ(seen.text.at(0), "a");
    EXPECT_THAT(seen.finishes, IsEmpty());
    ASSERT_TRUE(seen.failure);
    EXPECT_THAT(seen.failure->message, HasSubstr("without saying why"));
    EXPECT_EQ(seen.failure->remedy, remedy::again);
}

TEST(BedrockStream, FailsWhereItGoesOnAfterItsStop) {
    for (const auto& late :
         {delta(0, R"({"text":"b"})"), tool_start(1, R"("toolUseId":"t","name":"f")")}) {
        const auto seen =
            run_bedrock({start + delta(0, R"({"text":"a"})") + stop("end_turn") + late + metadata});
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_EQ(seen.text.at(0), "a");
        EXPECT_THAT(seen.calls, IsEmpty());
        ASSERT_TRUE(seen.failure);
        EXPECT_THAT(seen.failure->message, HasSubstr("went on after it had finished"));
    }
}

TEST(BedrockStream, FailsWhereItBreaksOff) {
    const auto wire = conversation();
    const auto stopped = wire.size() - metadata.size();
    for (const auto size : {start.size(), start.size() + 7, stopped - 1, stopped + 1}) {
        const auto seen = run_bedrock({std::string_view(wire).substr(0, size)});
        EXPECT_EQ(seen.ended, outcome::upstream_eof);
        EXPECT_TRUE(seen.failure->retryable);
    }
    EXPECT_THAT(run_bedrock({}).failure->message, HasSubstr("without sending any"));
}

TEST(BedrockStream, TurnsExceptionsIntoFailures) {
    const auto failed = [](const std::string& type, const std::string& payload) {
        const auto wire = start + delta(0, R"({"text":"a"})") + aws_exception(type, payload) +
                          stop("end_turn") + metadata;
        const auto seen = run_bedrock({wire});
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_THAT(seen.finishes, IsEmpty());
        EXPECT_EQ(seen.failure->code, type);
        return *seen.failure;
    };
    const auto throttled = failed("throttlingException", R"({"message":"Too many tokens"})");
    EXPECT_EQ(throttled.status, 429);
    EXPECT_EQ(throttled.type, "rate_limit_error");
    EXPECT_EQ(throttled.message, "Too many tokens");
    EXPECT_TRUE(throttled.retryable);
    EXPECT_EQ(failed("validationException", R"({"message":"bad"})").status, 400);
    EXPECT_EQ(failed("validationException", R"({"message":"bad"})").type, "invalid_request_error");
    EXPECT_EQ(failed("serviceUnavailableException", "{}").status, 503);
    EXPECT_EQ(failed("internalServerException", "{}").status, 502);
    EXPECT_TRUE(failed("modelStreamErrorException", "garbage").retryable);
    EXPECT_THAT(failed("newException", "{}").message, Not(IsEmpty()));

    const auto error = aws_message(
        text_header(":message-type", "error") + text_header(":error-code", "InternalError") +
            text_header(":error-message", "it broke"),
        ""
    );
    EXPECT_EQ(run_bedrock({error}).failure->message, "it broke");
}

TEST(BedrockStream, FailsAtWhatIsNoAnswer) {
    const auto message = [](std::string_view wire) { return run_bedrock({wire}).failure->message; };
    EXPECT_THAT(message("<html><body>nothing here"), HasSubstr("no AWS event stream"));
    EXPECT_THAT(message(aws_event("messageStart", "not json")), HasSubstr("not JSON"));
}

TEST(BedrockStream, SkipsWhatItDoesNotKnow) {
    const auto wire = start + aws_event("somethingNew", "{}") + aws_message("", "x") +
                      delta(7, R"({"toolUse":{"input":"{}"}})") + delta(0, "[]") +
                      aws_event("contentBlockStart", "{}") + aws_event("contentBlockDelta", "{}") +
                      block_stop(99) + aws_event("metadata", R"({"usage":{"inputTokens":"x"}})") +
                      stop("end_turn");
    const auto seen = run_bedrock({wire});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.text, IsEmpty());
    EXPECT_FALSE(seen.usage);
}

TEST(BedrockErrors, KeepTheirStatusAndName) {
    const auto codec = make_bedrock_codec(signing_time);
    auto provider = bedrock_provider();
    provider.session_token = "temporary-token";
    (void)codec->encode(translated_call(), provider, "m");
    const auto invalid = codec->refuse(
        400,
        {{"x-amzn-errortype", "ValidationException:http://internal.amazon.com/"}},
        R"({"message":"The provided model identifier is invalid."})"
    );
    EXPECT_EQ(invalid.status, 400);
    EXPECT_EQ(invalid.code, "ValidationException");
    EXPECT_EQ(invalid.message, "The provided model identifier is invalid.");
    const auto forbidden = codec->refuse(403, {}, R"({"message":"not authorized"})");
    EXPECT_EQ(forbidden.code, "upstream_credentials");
    const auto quoting = codec->refuse(
        400, {}, R"({"message":"temporary-token wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"})"
    );
    EXPECT_EQ(quoting.message, "*** ***");
}

}  // namespace
}  // namespace sluice::upstream::testing
