#include "tests/upstream/anthropic_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using namespace anthropic;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using text_map = std::map<int, std::string>;
using state_form = reasoning_state::form;

constexpr auto of_anthropic = reasoning_state::origin::anthropic;

/// The answer to `asked`, after a look at every way to cut it in two and at single bytes.
told answer(const call& asked, std::string_view wire) {
    auto whole = run_anthropic(asked, {wire});
    const auto expect_same = [&](const told& parts, std::size_t cut) {
        EXPECT_TRUE(parts.key() == whole.key()) << "cut at " << cut;
        EXPECT_EQ(parts.states, whole.states) << "cut at " << cut;
        EXPECT_EQ(parts.citations, whole.citations) << "cut at " << cut;
    };
    expect_same(run_anthropic(asked, bytewise(wire)), 0);
    for (std::size_t cut = 1; cut < wire.size(); ++cut)
        expect_same(run_anthropic(asked, {wire.substr(0, cut), wire.substr(cut)}), cut);
    return whole;
}
told translated(std::string_view wire) {
    return answer(translated_call(), wire);
}
told transparent(std::string_view wire) {
    return answer(messages_call(), wire);
}

TEST(AnthropicStream, TellsTextFinishUsageAndIdentity) {
    const auto seen = translated(
        message_begins + block_start(0, R"({"type":"text","text":""})") +
        anthropic_event("ping", "") + block_delta(0, R"({"type":"text_delta","text":"Hel"})") +
        block_delta(0, R"({"type":"text_delta","text":"l\u00f6"})") + block_stop(0) + message_ends
    );
    EXPECT_EQ(seen.text, (text_map{{0, "Hellö"}}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_THAT(seen.native_reasons, ElementsAre("end_turn"));
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("msg_1", "claude-x", 0)));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(AnthropicStream, CountsWhatComesFromTheCacheAndGoesThereAsInput) {
    const auto seen = translated(message_begins + message_ends);
    ASSERT_TRUE(seen.usage);
    EXPECT_EQ(seen.usage->input_tokens, 30);
    EXPECT_EQ(seen.usage->cached_tokens, 7);
    EXPECT_EQ(seen.usage->cache_write_tokens, 3);
    EXPECT_EQ(seen.usage->output_tokens, 9);
    EXPECT_EQ(seen.usage->reasoning_tokens, std::nullopt);
}

TEST(AnthropicStream, ReplacesUsageKeyByKeyAndNeverAddsIt) {
    const auto seen = translated(
        message_begins + anthropic_event("message_delta", R"("usage":{"output_tokens":4})") +
        message_delta(
            "end_turn",
            R"({"input_tokens":500,"cache_read_input_tokens":null,"output_tokens":9,)"
            R"("output_tokens_details":{"thinking_tokens":5}})"
        ) +
        anthropic_event("message_stop", "")
    );
    EXPECT_EQ(seen.usage->input_tokens, 510);
    EXPECT_EQ(seen.usage->output_tokens, 9);
    EXPECT_EQ(seen.usage->reasoning_tokens, 5);
}

TEST(AnthropicStream, TakesTheOutputOfTheStartForTheStubThatItIs) {
    const auto seen = translated(message_begins + text_block(0, "a"));
    EXPECT_EQ(seen.usage->input_tokens, 30);
    EXPECT_EQ(seen.usage->output_tokens, std::nullopt);
}

TEST(AnthropicStream, TellsThoughtsWithTheirSignature) {
    const auto seen = translated(
        message_begins + block_start(0, R"({"type":"thinking","thinking":"","signature":""})") +
        block_delta(0, R"({"type":"thinking_delta","thinking":"Hm"})") +
        block_delta(0, R"({"type":"signature_delta","signature":"sig"})") + block_stop(0) +
        block_start(1, R"({"type":"redacted_thinking","data":"secret"})") + block_stop(1) +
        text_block(2, "a") + message_ends
    );
    EXPECT_EQ(seen.reasoning, (text_map{{0, "Hm"}}));
    EXPECT_THAT(
        seen.states,
        ElementsAre(
            told_state{0, of_anthropic, state_form::signature, "sig"},
            told_state{0, of_anthropic, state_form::redacted, "secret"}
        )
    );
    EXPECT_EQ(seen.text, (text_map{{0, "a"}}));
}

TEST(AnthropicStream, TellsToolCallsInPartsUnderDenseIndexes) {
    const auto seen = translated(
        message_begins + text_block(0, "a") +
        block_start(1, R"({"type":"tool_use","id":"t1","name":"look","input":{}})") +
        block_delta(1, R"({"type":"input_json_delta","partial_json":""})") +
        block_delta(1, R"({"type":"input_json_delta","partial_json":"{\"x\":"})") +
        block_delta(1, R"({"type":"input_json_delta","partial_json":"1}"})") + block_stop(1) +
        block_start(2, R"({"type":"tool_use","id":"t2","name":"now","input":{}})") +
        block_delta(2, R"({"type":"input_json_delta","partial_json":""})") + block_stop(2) +
        block_start(3, R"({"type":"tool_use","id":"t3","name":"add","input":{"n":2}})") +
        block_stop(3) + message_delta("tool_use", "{}") + anthropic_event("message_stop", "")
    );
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "t1", "look", R"({"x":1})"},
            told_call{0, 1, "t2", "now", "{}"},
            told_call{0, 2, "t3", "add", R"({"n":2})"}
        )
    );
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
}

TEST(AnthropicStream, InventsAStableIdForACallWithoutOne) {
    const auto seen = translated(
        message_begins + block_start(0, R"({"type":"tool_use","name":"now","input":{}})") +
        block_stop(0) + message_ends
    );
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "call_msg_1_0", "now", "{}"}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
}

TEST(AnthropicStream, NeverCompletesACallThatTheLimitCut) {
    const auto seen = translated(
        message_begins + block_start(0, R"({"type":"tool_use","id":"t","name":"f","input":{}})") +
        message_delta("max_tokens", "{}") + anthropic_event("message_stop", "")
    );
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "t", "f", ""}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::length)));
}

TEST(AnthropicStream, LeavesOutWhatTheProvidersOwnToolsDo) {
    const auto seen = translated(
        message_begins +
        block_start(0, R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})") +
        block_delta(0, R"({"type":"input_json_delta","partial_json":"{\"q\":1}"})") +
        block_stop(0) +
        block_start(1, R"({"type":"web_search_tool_result","tool_use_id":"s","content":[]})") +
        block_stop(1) + text_block(2, "found") + message_ends
    );
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_EQ(seen.text, (text_map{{0, "found"}}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
}

TEST(AnthropicStream, SaysWhichCharactersACitationIsAbout) {
    const auto seen = translated(
        message_begins + text_block(0, "H\u00e4: ") +
        block_start(1, R"({"type":"text","text":"","citations":[]})") +
        block_delta(
            1,
            R"({"type":"citations_delta","citation":{"type":"web_search_result_location",)"
            R"("url":"https://a","title":"A","cited_text":"blue","encrypted_index":"x"}})"
        ) +
        block_delta(1, R"({"type":"text_delta","text":"blue"})") + block_stop(1) +
        block_start(2, R"({"type":"text","text":"."})") +
        block_delta(
            2,
            R"({"type":"citations_delta","citation":{"type":"char_location","cited_text":"dot",)"
            R"("document_index":0,"document_title":"Doc","start_char_index":0}})"
        ) +
        block_stop(2) + message_ends
    );
    EXPECT_EQ(seen.text, (text_map{{0, "Hä: blue."}}));
    EXPECT_THAT(
        seen.citations,
        ElementsAre(
            told_citation{0, "https://a", "A", "blue", 4, 8},
            told_citation{0, "", "Doc", "dot", 8, 9}
        )
    );
}

TEST(AnthropicStream, TellsEveryStopReason) {
    const std::vector<std::pair<std::string, finish_reason>> reasons{
        {"end_turn", finish_reason::stop},
        {"max_tokens", finish_reason::length},
        {"model_context_window_exceeded", finish_reason::length},
        {"pause_turn", finish_reason::stop},
        {"refusal", finish_reason::content_filter},
        {"of_tomorrow", finish_reason::stop},
        {"tool_use", finish_reason::stop}};  // of a call that nobody was told about
    for (const auto& [word, reason] : reasons) {
        const auto seen = translated(
            message_begins + message_delta(word, "{}") + message_delta("end_turn", "{}") +
            anthropic_event("message_stop", "")
        );
        EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, reason))) << word;
        EXPECT_THAT(seen.native_reasons, ElementsAre(word));
    }
    const auto hit = translated(
        message_begins +
        anthropic_event(
            "message_delta", R"("delta":{"stop_reason":"stop_sequence","stop_sequence":"END"})"
        ) +
        anthropic_event("message_stop", "")
    );
    EXPECT_THAT(hit.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(hit.stop_sequence, "END");
}

TEST(AnthropicStream, TellsWhyItWasRefused) {
    const auto seen = translated(
        message_begins +
        anthropic_event(
            "message_delta",
            R"("delta":{"stop_reason":"refusal","stop_details":{"explanation":"Not that."}})"
        ) +
        anthropic_event("message_stop", "")
    );
    EXPECT_EQ(seen.refusal, (text_map{{0, "Not that."}}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::content_filter)));
}

TEST(AnthropicStream, TakesBlocksThatStandInTheStartOfTheMessage) {
    const auto seen = translated(
        anthropic_event(
            "message_start",
            R"("message":{"id":"m","model":"c","content":[{"type":"text","text":"Now."},)"
            R"({"type":"tool_use","id":"t","name":"roll","input":{"player":"1"}}]})"
        ) +
        message_delta("tool_use", "{}") + anthropic_event("message_stop", "")
    );
    EXPECT_EQ(seen.text, (text_map{{0, "Now."}}));
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "t", "roll", R"({"player":"1"})"}));
}

TEST(AnthropicStream, ToleratesAStartThatComesTwice) {
    const auto seen =
        translated(message_begins + message_begins + text_block(0, "a") + message_ends);
    EXPECT_EQ(seen.text, (text_map{{0, "a"}}));
    EXPECT_EQ(seen.identities.size(), 1U);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(AnthropicStream, NumbersTheCallsOnWhereAMessageBeginsAnew) {
    const auto first = block_start(0, R"({"type":"tool_use","id":"t1","name":"f","input":{}})") +
                       block_delta(0, R"({"type":"input_json_delta","partial_json":"{\"a"})");
    const auto second = block_start(0, R"({"type":"tool_use","id":"t2","name":"f","input":{}})") +
                        block_delta(0, R"({"type":"input_json_delta","partial_json":"{}"})");
    const auto seen =
        translated(message_begins + first + message_begins + second + block_stop(0) + message_ends);
    EXPECT_THAT(
        seen.calls,
        ElementsAre(told_call{0, 0, "t1", "f", "{\"a"}, told_call{0, 1, "t2", "f", "{}"})
    );
}

TEST(AnthropicStream, SkipsWhatNobodyHasHeardOf) {
    const auto seen = translated(
        message_begins + anthropic_event("of_tomorrow", "\"x\":[]") +
        block_start(0, R"({"type":"of_tomorrow","text":"no"})") +
        block_delta(0, R"({"type":"text_delta","text":"no"})") + block_stop(0) +
        block_delta(7, R"({"type":"input_json_delta","partial_json":"{}"})") + block_stop(7) +
        block_start(1, R"({"type":"text","text":"a"})") +
        block_delta(1, R"({"type":"of_tomorrow","text":"no"})") + block_stop(1) + message_ends
    );
    EXPECT_EQ(seen.text, (text_map{{0, "a"}}));
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(AnthropicStream, IsAFailureWhereItEndsWithoutAReason) {
    const auto call = block_start(0, R"({"type":"tool_use","id":"t","name":"f","input":{}})");
    const auto counted = anthropic_event("message_delta", R"("delta":{},"usage":{})");
    for (const auto& begun : {text_block(0, "a"), call, text_block(0, "a") + counted}) {
        const auto wire = message_begins + begun + anthropic_event("message_stop", "");
        for (const auto& seen : {translated(wire), transparent(wire)}) {
            EXPECT_EQ(seen.ended, outcome::upstream_eof);
            EXPECT_THAT(seen.finishes, IsEmpty());
            EXPECT_THAT(seen.bytes, Not(HasSubstr("message_stop")));
            ASSERT_TRUE(seen.failure);
            EXPECT_THAT(seen.failure->message, HasSubstr("without saying why"));
            EXPECT_TRUE(seen.failure->retryable);
            EXPECT_EQ(seen.failure->remedy, remedy::again);
        }
    }
}

TEST(AnthropicStream, IsBrokenWhereItGoesOnAfterItsReasonToStop) {
    const auto before = message_begins + text_block(0, "a") + message_delta("end_turn", "{}");
    const auto end = anthropic_event("message_stop", "");
    const auto named = block_delta(0, R"({"type":"text_delta","text":"b"})");
    const auto unnamed = named.substr(named.find("data:"));
    for (const auto& late :
         {named,
          unnamed,
          block_start(1, R"({"type":"text","text":"b"})"),
          block_start(1, R"({"type":"tool_use","id":"t","name":"f","input":{}})"),
          block_delta(0, R"({"type":"text_delta","text":"\u0062"})"),
          block_delta(0, R"({"type":"thinking_delta","thinking":"b"})")}) {
        SCOPED_TRACE(late);
        const auto seen = translated(before + late + end);
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_EQ(seen.text, (text_map{{0, "a"}}));
        EXPECT_THAT(seen.calls, IsEmpty());
        ASSERT_TRUE(seen.failure);
        EXPECT_THAT(seen.failure->message, HasSubstr("went on after it had finished"));
        EXPECT_EQ(seen.failure->remedy, remedy::again);
        EXPECT_EQ(transparent(before + late + end).bytes, before + late + end);
    }
    const auto empty = block_delta(0, R"({"type":"text_delta","text":""})") + block_stop(0) +
                       message_delta("end_turn", "{}") + anthropic_event("ping", "");
    EXPECT_EQ(translated(before + empty + end).ended, outcome::completed);
}

TEST(AnthropicStream, IsNoAnswerWithoutContentAndReason) {
    const auto stop = anthropic_event("message_stop", "");
    const auto wire = message_begins + stop;
    const auto announced = message_begins + block_start(0, R"({"type":"text","text":""})") +
                           block_delta(0, R"({"type":"text_delta","text":""})") +
                           anthropic_event("ping", "") + stop;
    for (const auto& cut : {wire, wire.substr(0, wire.size() - 2), announced}) {
        for (const auto& seen : {translated(cut), transparent(cut)}) {
            EXPECT_EQ(seen.ended, outcome::upstream_eof);
            EXPECT_THAT(seen.finishes, IsEmpty());
            EXPECT_THAT(seen.bytes, Not(HasSubstr("message_stop")));
            ASSERT_TRUE(seen.failure);
            EXPECT_THAT(seen.failure->message, HasSubstr("ended without an answer"));
        }
    }
    EXPECT_EQ(translated(message_begins + message_ends).ended, outcome::completed);
    EXPECT_EQ(transparent(message_begins + message_ends).ended, outcome::completed);
    const auto thoughts = message_begins +
                          block_start(0, R"({"type":"redacted_thinking","data":"xx"})") +
                          block_stop(0) + message_ends;
    EXPECT_EQ(translated(thoughts).ended, outcome::completed);
    EXPECT_EQ(transparent(thoughts).ended, outcome::completed);
}

TEST(AnthropicStream, IgnoresWhatFollowsTheEnd) {
    const auto wire = message_begins + text_block(0, "a") + message_ends;
    const std::string extra = "event: data\ndata: [DONE]\n\n" + text_block(1, "b");
    EXPECT_EQ(translated(wire + extra).text, (text_map{{0, "a"}}));
    EXPECT_EQ(transparent(wire + extra).bytes, wire);
}

TEST(AnthropicStream, RelaysEveryByteAndMetersBesideIt) {
    const auto wire = ": hello\n\n" + message_begins + text_block(0, "a") +
                      anthropic_event("of_tomorrow", "") + message_ends;
    const auto seen = transparent(wire);
    EXPECT_EQ(seen.bytes, wire);
    EXPECT_THAT(seen.text, IsEmpty());
    EXPECT_EQ(seen.usage->input_tokens, 30);
    EXPECT_EQ(seen.usage->output_tokens, 9);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("msg_1", "claude-x", 0)));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(AnthropicStream, KnowsWhichRelayedFramesAreContent) {
    const std::vector<std::pair<std::string, bool>> frames{
        {message_begins, false},
        {anthropic_event("ping", ""), false},
        {block_start(0, R"({"type":"text","text":""})"), false},
        {block_delta(0, R"({"type":"text_delta","text":""})"), false},
        {block_delta(0, R"({"type":"text_delta","text":"a"})"), true},
        {block_delta(0, R"({"type":"thinking_delta","thinking":"a"})"), true},
        {block_delta(0, R"({"type":"signature_delta","signature":"a"})"), false},
        {block_delta(0, R"({"type":"input_json_delta","partial_json":"{"})"), true},
        {block_stop(0), false},
        {block_start(1, R"({"type":"tool_use","id":"t","name":"f","input":{}})"), true},
        {message_delta("tool_use", "{}"), true},
        {anthropic_event("message_stop", ""), false}};
    std::string wire;
    for (const auto& frame : frames)
        wire += frame.first;
    const auto seen = transparent(wire);
    EXPECT_EQ(seen.frames, frames);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
}

TEST(AnthropicStream, MayEndWithoutItsLastBlankLine) {
    auto wire = message_begins + text_block(0, "a") + message_ends;
    wire.resize(wire.size() - 2);
    EXPECT_EQ(translated(wire).ended, outcome::completed);
    const auto relayed = transparent(wire);
    EXPECT_EQ(relayed.ended, outcome::completed);
    EXPECT_TRUE(relayed.bytes.ends_with("data: {\"type\":\"message_stop\"}\n\n"));
}

TEST(AnthropicStream, IsAFailureWithoutTheEndOfTheMessage) {
    const auto wire = message_begins + text_block(0, "a") + message_delta("end_turn", "{}");
    for (const auto& seen : {translated(wire), transparent(wire), translated("")}) {
        EXPECT_EQ(seen.ended, outcome::upstream_eof);
        ASSERT_TRUE(seen.failure);
        EXPECT_TRUE(seen.failure->retryable);
    }
}

TEST(AnthropicStream, TellsAnErrorInTheStreamAndRelaysItNot) {
    const std::string error =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"details\":null,"
        "\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_1\"}\n\n";
    for (const auto& seen :
         {translated(message_begins + error), transparent(message_begins + error)}) {
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        ASSERT_TRUE(seen.failure);
        EXPECT_EQ(seen.failure->type, "overloaded_error");
        EXPECT_EQ(seen.failure->message, "Overloaded");
        EXPECT_EQ(seen.failure->request_id, "req_1");
        EXPECT_TRUE(seen.failure->retryable);
        EXPECT_THAT(seen.bytes, Not(HasSubstr("Overloaded")));
    }
}

TEST(AnthropicStream, IsAFailureWhereAnEventIsNoJson) {
    for (const std::string broken :
         {"event: message_delta\ndata: {\"type\"\n\n",
          "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":\n\n"}) {
        EXPECT_EQ(translated(message_begins + broken).ended, outcome::upstream_error);
        EXPECT_EQ(transparent(message_begins + broken).ended, outcome::upstream_error);
    }
}

TEST(AnthropicStream, BoundsTheBlocksAndTheCalls) {
    std::string blocks = message_begins;
    for (int i = 0; i < 65; ++i)
        blocks += block_start(i * 1000, R"({"type":"text","text":""})");
    EXPECT_EQ(run_anthropic(translated_call(), {blocks}).ended, outcome::upstream_error);
    std::string calls = message_begins;
    for (int i = 0; i < 4097; ++i)
        calls += block_start(-1, R"({"type":"tool_use","id":"t","name":"f","input":{}})");
    const auto seen = run_anthropic(translated_call(), {calls});
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.calls.size(), 4096U);
}

TEST(AnthropicDocument, IsRelayedAndMetered) {
    const std::string document =
        R"({"id":"msg_1","type":"message","model":"claude-x","content":[{"type":"text",)"
        R"("text":"a"}],"stop_reason":"stop_sequence","stop_sequence":"END","usage":)"
        R"({"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":5}})";
    const auto seen = answer(messages_call(false), document);
    EXPECT_EQ(seen.bytes, document);
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("msg_1", "claude-x", 0)));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(seen.stop_sequence, "END");
    EXPECT_EQ(seen.usage->input_tokens, 7);
    EXPECT_EQ(seen.usage->output_tokens, 5);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(AnthropicDocument, MayBeACountOfTokens) {
    const auto seen =
        answer(messages_call(false, api::anthropic_count_tokens), R"({"input_tokens":2095})");
    EXPECT_EQ(seen.bytes, R"({"input_tokens":2095})");
    EXPECT_EQ(seen.usage->input_tokens, 2095);
    EXPECT_THAT(seen.finishes, IsEmpty());
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(AnthropicDocument, IsAFailureWhereItReportsAnError) {
    const auto seen = answer(
        messages_call(false),
        R"({"type":"error","error":{"type":"api_error","message":"no"},"request_id":"r"})"
    );
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->message, "no");
    EXPECT_EQ(seen.failure->request_id, "r");
    EXPECT_EQ(seen.bytes, "");
}

}  // namespace
}  // namespace sluice::upstream::testing
