#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using text_map = std::map<int, std::string>;

std::string event(std::string_view data) {
    return "data: " + std::string(data) + "\n\n";
}
std::string delta(std::string_view members) {
    return event(R"({"choices":[{"index":0,"delta":{)" + std::string(members) + "}}]}");
}
const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string done = event("[DONE]");
const std::string usage_frame =
    event(R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}})");

/// The answer to `asked`, after a look at every way to cut it in two and at single bytes.
told answer(const call& asked, std::string_view wire) {
    const auto provider = plain_provider();
    auto whole = run(asked, provider, {wire});
    EXPECT_TRUE(run(asked, provider, bytewise(wire)).key() == whole.key());
    for (std::size_t cut = 1; cut < wire.size(); ++cut) {
        const auto parts = run(asked, provider, {wire.substr(0, cut), wire.substr(cut)});
        EXPECT_TRUE(parts.key() == whole.key()) << "cut at " << cut;
    }
    return whole;
}
told translated(std::string_view wire) {
    return answer(translated_call(), wire);
}
told transparent(std::string_view wire, bool want_usage = false) {
    return answer(transparent_call(want_usage), wire);
}

TEST(OpenAiChatStream, TellsTextFinishUsageAndIdentity) {
    const auto seen = translated(
        event(
            R"({"id":"c1","model":"gpt","created":7,"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"
        ) +
        delta(R"("content":"Hel")") + delta(R"("content":"l\u00f6")") + stop + usage_frame + done
    );
    EXPECT_EQ(seen.text, (text_map{{0, "Hellö"}}));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(seen.usage->input_tokens, 9);
    EXPECT_EQ(seen.usage->output_tokens, 1);
    EXPECT_EQ(seen.usage->reasoning_tokens, std::nullopt);
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("c1", "gpt", 7)));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatStream, TakesTheIdentityFromTheFirstChunkThatHasOne) {
    const auto azure = event(
        R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]})"
    );
    const auto wire = azure +
                      event(R"({"id":"c2","model":"gpt","created":1700000000123,"choices":[]})") +
                      stop + done;
    EXPECT_THAT(translated(wire).identities, ElementsAre(std::tuple("c2", "gpt", 1700000000)));
    EXPECT_THAT(transparent(wire).bytes, HasSubstr("prompt_filter_results"));
}

TEST(OpenAiChatStream, TellsReasoningOnceWhereItIsSentTwice) {
    const auto seen = translated(
        delta(R"("reasoning_content":"a","reasoning":"a","reasoning_details":[{"text":"a"}])") +
        delta(R"("reasoning":"b","content":null)") +
        delta(R"("reasoning_details":[{"type":"reasoning.summary","summary":"c"}])") + stop + done
    );
    EXPECT_EQ(seen.reasoning, (text_map{{0, "abc"}}));
    EXPECT_THAT(seen.text, IsEmpty());
}

TEST(OpenAiChatStream, ReadsMistralsListsOfParts) {
    const auto seen = translated(
        delta(
            R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"reference"}])"
        ) +
        delta(R"("content":[{"type":"text","text":"yes"}])") + stop + done
    );
    EXPECT_EQ(seen.reasoning, (text_map{{0, "hm"}}));
    EXPECT_EQ(seen.text, (text_map{{0, "yes"}}));
}

TEST(OpenAiChatStream, ReadsTheTextOfAChoiceOnlyWhereThereIsNoDelta) {
    const auto seen = translated(
        event(R"({"choices":[{"index":0,"text":"a","delta":{"content":"a"}}]})") +
        event(R"({"choices":[{"index":0,"text":"b"}]})") + stop + done
    );
    EXPECT_EQ(seen.text, (text_map{{0, "ab"}}));
}

TEST(OpenAiChatStream, TellsRefusalsAndPictures) {
    const auto seen = translated(
        delta(R"("refusal":"No.","content":null)") +
        delta(R"("images":[{"image_url":{"url":"data:image/png;base64,aGk="}},{"image_url":{}}])") +
        stop + done
    );
    EXPECT_EQ(seen.refusal, (text_map{{0, "No."}}));
    EXPECT_THAT(seen.media, ElementsAre(Pair("image/png", "aGk=")));
}

TEST(OpenAiChatStream, KeepsInterleavedChoicesApart) {
    const auto seen = translated(
        event(
            R"({"choices":[{"index":1,"delta":{"content":"x"}},{"index":0,"delta":{"content":"a"}}]})"
        ) +
        event(R"({"choices":[{"index":1,"delta":{"content":"y"}}]})") +
        event(R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})") + stop + done
    );
    EXPECT_EQ(seen.text, (text_map{{0, "a"}, {1, "xy"}}));
    EXPECT_THAT(
        seen.finishes, ElementsAre(Pair(1, finish_reason::length), Pair(0, finish_reason::stop))
    );
}

TEST(OpenAiChatStream, FinishesAChoiceOnce) {
    const auto again = event(
        R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}})"
    );
    const auto empty = delta(R"("content":"","tool_calls":[])");
    const auto seen = translated(delta(R"("content":"a")") + stop + empty + again + done);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(seen.text, (text_map{{0, "a"}}));
    EXPECT_EQ(seen.usage->input_tokens, 3);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatStream, IsBrokenWhereAChoiceGoesOnAfterItsFinish) {
    const auto plain = delta(R"("content":"b")");
    for (const auto& late :
         {plain,
          event(R"({"choices":[{"index":0,"text":"b"}]})"),
          delta(R"("content":"b","role":"assistant")"),
          delta(R"("reasoning":"b")"),
          delta(R"("refusal":"b")"),
          delta(R"("tool_calls":[{"index":0,"id":"t","function":{"name":"f"}}])"),
          event(R"({"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]})")}) {
        SCOPED_TRACE(late);
        const auto seen = translated(delta(R"("content":"a")") + stop + late + done);
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_EQ(seen.text, (text_map{{0, "a"}}));
        EXPECT_THAT(seen.calls, IsEmpty());
        ASSERT_TRUE(seen.failure);
        EXPECT_THAT(seen.failure->message, HasSubstr("went on after it had finished"));
        EXPECT_EQ(seen.failure->remedy, remedy::again);
    }
    const auto wire = delta(R"("content":"a")") + stop + plain + done;
    const auto relayed = transparent(wire);
    EXPECT_EQ(relayed.bytes, wire);
    EXPECT_TRUE(relayed.frames.at(2).second) << "it is metered as content";
}

TEST(OpenAiChatStream, LetsOneChoiceGoOnAfterAnotherHasFinished) {
    const auto other = [](std::string_view members) {
        return event(R"({"choices":[{"index":1,)" + std::string(members) + "}]}");
    };
    const auto seen = translated(
        delta(R"("content":"a")") + stop + other(R"("delta":{"content":"x"})") +
        other(R"("delta":{},"finish_reason":"length")") + done
    );
    EXPECT_EQ(seen.text, (text_map{{0, "a"}, {1, "x"}}));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatStream, LosesNoTextOfChunksThatEachSayTheyAreTheLast) {
    const auto last = [](std::string_view text, std::string_view word) {
        return event(
            R"({"choices":[{"index":0,"delta":{"content":")" + std::string(text) +
            R"("},"finish_reason":")" + std::string(word) + R"("}]})"
        );
    };
    const auto wire = last("a", "stop") + last("b", "stop") + last("c", "length");
    for (const auto& seen : {translated(wire), translated(wire + usage_frame + done)}) {
        EXPECT_EQ(seen.text, (text_map{{0, "abc"}}));
        EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::length)));
        EXPECT_THAT(seen.native_reasons, ElementsAre("length"));
        EXPECT_EQ(seen.ended, outcome::completed);
    }
    const auto more = translated(last("a", "stop") + delta(R"("content":"b")") + done);
    EXPECT_EQ(more.ended, outcome::upstream_error);
    EXPECT_THAT(more.finishes, IsEmpty());
}

TEST(OpenAiChatStream, KnowsOtherWordsForTheEnd) {
    const std::vector<std::pair<std::string, finish_reason>> words{
        {"stop", finish_reason::stop},
        {"eos", finish_reason::stop},
        {"never heard of", finish_reason::stop},
        {"length", finish_reason::length},
        {"model_length", finish_reason::length},
        {"content_filter", finish_reason::content_filter},
        {"function_call", finish_reason::tool_calls},
    };
    for (const auto& [word, reason] : words) {
        SCOPED_TRACE(word);
        const auto seen = translated(
            event(R"({"choices":[{"delta":{},"finish_reason":")" + word + R"("}]})") + done
        );
        EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, reason)));
    }
}

TEST(OpenAiChatStream, TakesAFinishThatMeansFailureForOne) {
    for (const std::string word : {"error", "insufficient_system_resource"}) {
        const auto wire = delta(R"("content":"a")") +
                          event(R"({"choices":[{"delta":{},"finish_reason":")" + word + R"("}]})") +
                          done;
        for (const auto& seen : {translated(wire), transparent(wire)}) {
            EXPECT_EQ(seen.ended, outcome::upstream_error);
            EXPECT_THAT(seen.finishes, IsEmpty());
            EXPECT_THAT(seen.bytes, Not(HasSubstr(word)));
            EXPECT_THAT(seen.failure->message, HasSubstr(word));
            EXPECT_TRUE(seen.failure->retryable);
        }
    }
}

TEST(OpenAiChatStream, CountsTheReasoningOfXaiAsOutput) {
    const auto seen = translated(
        stop +
        event(
            R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}}})"
        ) +
        done
    );
    EXPECT_EQ(seen.usage->output_tokens, 12);
    EXPECT_EQ(seen.usage->reasoning_tokens, 7);
}

TEST(OpenAiChatStream, TakesTheLatestUsageFromWhereverItIs) {
    const auto seen = translated(
        event(R"({"choices":[],"x_groq":{"usage":{"prompt_tokens":1}}})") +
        event(
            R"({"choices":[],"usage":{"prompt_tokens":2,"prompt_cache_hit_tokens":1,"completion_tokens":null}})"
        ) +
        event(R"({"choices":[],"usage":null})") + event(R"({"choices":[],"usage":{}})") + stop +
        done
    );
    usage expected;
    expected.input_tokens = 2;
    expected.cached_tokens = 1;
    EXPECT_EQ(seen.usage, expected);
}

TEST(OpenAiChatStream, ReadsTheSameUsageWhicheverWayAStreamGoes) {
    for (const std::string_view figures : {
             R"("prompt_tokens":9,"completion_tokens":4,"total_tokens":13)",
             R"("prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":2})",
             R"("prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":5},"prompt_tokens_details":null)",
             R"("prompt_tokens":9,"prompt_tokens_details":null,"prompt_tokens_details":{"cached_tokens":5})",
             R"("prompt_tokens":9,"prompt_tokens":8,"prompt_tokens_details":[])",
             R"("prompt_tok\u0065ns":9,"completion_tokens":4.0,"cache_creation_input_tokens":3)",
             R"("prompt_tokens":-9,"completion_tokens":"4","reasoning_tokens":2,"more":{"x":[1e9]})",
             R"("prompt_tokens":1,"completion_tokens":4,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":7})",
         }) {
        const auto wire = event(R"({"choices":[],"usage":{)" + std::string(figures) + "}}") + done;
        const auto seen = transparent(wire).usage;
        EXPECT_TRUE(seen) << figures;
        EXPECT_EQ(seen, translated(wire).usage) << figures;
    }
}

TEST(OpenAiChatStream, SurvivesNumbersThatNobodyCanAdd) {
    const auto seen = translated(
        stop +
        event(
            R"({"created":1e300,"choices":[],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807,"total_tokens":0,"reasoning_tokens":9223372036854775807}})"
        ) +
        event(R"({"choices":[],"usage":{"prompt_tokens":-1,"total_tokens":1e300}})") + done
    );
    EXPECT_EQ(seen.usage->total_tokens, 0);
}

TEST(OpenAiChatStream, IsNotCompleteWithoutATerminalEvent) {
    const auto wire = delta(R"("content":"a")") + delta(R"("content":"b")");
    for (const auto& seen : {translated(wire), transparent(wire)}) {
        EXPECT_EQ(seen.ended, outcome::upstream_eof);
        EXPECT_TRUE(seen.failure->retryable);
        EXPECT_EQ(seen.failure->status, 502);
        EXPECT_THAT(seen.finishes, IsEmpty());
    }
}

TEST(OpenAiChatStream, IsNotCompleteWhileAChoiceHasNotFinished) {
    const auto other = event(R"({"choices":[{"index":1,"delta":{"content":"x"}}]})");
    EXPECT_EQ(translated(other + stop).ended, outcome::upstream_eof);
}

TEST(OpenAiChatStream, EndsAtTheEndOfFileWhereEveryChoiceHasFinished) {
    const auto wire = delta(R"("content":"a")") + stop;
    EXPECT_EQ(translated(wire).ended, outcome::completed);
    const auto seen = transparent(wire);
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.bytes, wire + done);
}

TEST(OpenAiChatStream, IsNotCompleteBeforeEachChoiceThatWasAskedForWasSeen) {
    const auto first = delta(R"("content":"a")") + stop;
    const auto second = event(R"({"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]})");
    auto plain = translated_call();
    plain.request.choices = 2;
    auto relayed = transparent_call();
    relayed.body = R"({"model":"m","messages":[{"n":3}],"n" : 2 })";
    for (const auto& asked : {plain, relayed}) {
        EXPECT_EQ(answer(asked, first).ended, outcome::upstream_eof);
        EXPECT_EQ(answer(asked, first + second).ended, outcome::completed);
        EXPECT_EQ(answer(asked, first + done).ended, outcome::completed);
    }
    for (const std::string n : {"null", "\"2\"", "-2", "1e9", "2.5"}) {
        relayed.body = R"({"model":"m","messages":[],"n":)" + n + "}";
        EXPECT_EQ(answer(relayed, first).ended, outcome::completed) << n;
    }
}

TEST(OpenAiChatStream, IsNoAnswerWithoutContentAndFinish) {
    const auto role = delta(R"("role":"assistant","content":"")");
    for (const auto& wire : {done, role + done, usage_frame + done, role + "data: [DONE]"}) {
        for (const auto& seen : {translated(wire), transparent(wire)}) {
            EXPECT_EQ(seen.ended, outcome::upstream_eof);
            EXPECT_THAT(seen.finishes, IsEmpty());
            EXPECT_THAT(seen.bytes, Not(HasSubstr("[DONE]")));
            ASSERT_TRUE(seen.failure);
            EXPECT_THAT(seen.failure->message, HasSubstr("ended without an answer"));
            EXPECT_TRUE(seen.failure->retryable);
        }
    }
    EXPECT_EQ(translated(role + stop + done).ended, outcome::completed);
    EXPECT_EQ(transparent(role + stop + done).ended, outcome::completed);
}

TEST(OpenAiChatStream, TakesATerminatorWithoutItsBlankLine) {
    const auto wire = delta(R"("content":"a")") + stop + "data: [DONE]";
    EXPECT_EQ(translated(wire).ended, outcome::completed);
    EXPECT_EQ(transparent(wire).bytes, wire + "\n\n");
}

TEST(OpenAiChatStream, FinishesWhatAServerLeftOpenBeforeTheTerminator) {
    const auto wire = delta(R"("content":"a")") + usage_frame + done;
    const auto seen = translated(wire);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(transparent(wire, true).bytes, wire);
    const auto beside = event(R"({"choices":[{"delta":{}}],"usage":{"prompt_tokens":9}})");
    EXPECT_EQ(translated(delta(R"("content":"a")") + beside + done).ended, outcome::completed);
}

TEST(OpenAiChatStream, IsAFailureWhereTheTerminatorComesBeforeAnyFinish) {
    const auto text = delta(R"("content":"a")");
    const auto counted =
        event(R"({"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":9}})");
    const auto call =
        delta(R"("tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{"}}])");
    const auto other = event(R"({"choices":[{"index":1,"delta":{"content":"x"}}]})");
    for (const auto& begun :
         {text,
          text + counted,
          usage_frame + text,
          call,
          other + text + stop,
          event(R"({"choices":[{"index":0,"text":"a"}]})")}) {
        for (const auto& end : {done, std::string("data: [DONE]")}) {
            SCOPED_TRACE(begun + end);
            for (const auto& seen : {translated(begun + end), transparent(begun + end, true)}) {
                EXPECT_EQ(seen.ended, outcome::upstream_eof);
                EXPECT_THAT(seen.bytes, Not(HasSubstr("[DONE]")));
                ASSERT_TRUE(seen.failure);
                EXPECT_THAT(seen.failure->message, HasSubstr("without saying why"));
                EXPECT_TRUE(seen.failure->retryable);
                EXPECT_EQ(seen.failure->remedy, remedy::again);
            }
        }
    }
}

TEST(OpenAiChatStream, IgnoresWhatComesBehindTheTerminator) {
    const auto wire = delta(R"("content":"a")") + stop + done;
    const auto seen = transparent(wire + delta(R"("content":"b")"));
    EXPECT_EQ(seen.bytes, wire);
}

TEST(OpenAiChatStream, TakesTheTerminatorInATextForText) {
    const auto seen = translated(delta(R"("content":"data: [DONE]")") + stop + done);
    EXPECT_EQ(seen.text, (text_map{{0, "data: [DONE]"}}));
}

TEST(OpenAiChatStream, RelaysFramesByteForByte) {
    const std::string wire = ": OPENROUTER PROCESSING\n\ndata:{\"new\": 1,\"choices\":[]}\r\n\r\n" +
                             delta(R"("content" : "a")") + "\n: ping\n\n" + stop + done;
    const auto seen = transparent(wire);
    EXPECT_EQ(seen.bytes, wire);
    EXPECT_THAT(seen.text, IsEmpty());
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
}

TEST(OpenAiChatStream, MarksTheFramesThatCarryContent) {
    const auto role = delta(R"("role":"assistant","content":"")");
    const std::string comment = ": x\n\n";
    const auto call = delta(R"("tool_calls":[{"index":0}])");
    const auto seen = transparent(role + comment + call + stop + done);
    EXPECT_THAT(
        seen.frames,
        ElementsAre(
            Pair(role, false),
            Pair(comment, false),
            Pair(call, true),
            Pair(stop, true),
            Pair(done, false)
        )
    );
}

TEST(OpenAiChatStream, LeavesOutOnlyTheUsageThatNobodyAskedFor) {
    const auto wire = delta(R"("content":"a")") + stop + usage_frame + done;
    const auto unasked = transparent(wire);
    EXPECT_EQ(unasked.bytes, delta(R"("content":"a")") + stop + done);
    EXPECT_EQ(unasked.usage->input_tokens, 9);
    EXPECT_EQ(transparent(wire, true).bytes, wire);

    auto provider = plain_provider();
    provider.ask_usage = false;
    EXPECT_EQ(run(transparent_call(), provider, {wire}).bytes, wire);
}

TEST(OpenAiChatStream, LosesNoLineEndAroundAFrameThatIsLeftOut) {
    const std::string start =
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n\r\n";
    const std::string end = "data: [DONE]\r\n\r\n";
    const std::string usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9}}\r\n\r\n";
    EXPECT_EQ(transparent(start + usage + end).bytes, start + end);
}

TEST(OpenAiChatStream, DropsEventsWithoutData) {
    EXPECT_EQ(transparent("data:\n\n" + stop + "data: \n\n" + done).bytes, stop + done);
}

TEST(OpenAiChatStream, MendsTextThatIsNotUnicode) {
    const auto seen =
        translated(delta("\"content\":\"a\xC3\"") + delta(R"("content":"\ud83d")") + stop + done);
    EXPECT_EQ(seen.text, (text_map{{0, "a\xEF\xBF\xBD\xEF\xBF\xBD"}}));
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatStream, FailsOnWhatIsNotJson) {
    for (const std::string data : {"hello", "{\"choices\":[", "{'a':1}"}) {
        const auto seen = translated(event(data) + done);
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_THAT(seen.failure->message, HasSubstr("not JSON"));
    }
}

TEST(OpenAiChatStream, FailsOnNestingThatNoChunkHas) {
    const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    const auto wire = event(
        R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":)" + deep +
        "}}]}}]}"
    );
    EXPECT_EQ(run(translated_call(), plain_provider(), {wire}).ended, outcome::upstream_error);
}

TEST(OpenAiChatStream, BoundsTheSizeOfAnEvent) {
    auto codec = make_openai_chat_codec();
    (void)codec->encode(translated_call(), plain_provider(), "m");
    const std::string piece(64 * 1024, 'x');
    batch out;
    codec->feed("data: ", out);
    for (int i = 0; i < 80 && !out.ending; ++i)
        codec->feed(piece, out);
    ASSERT_TRUE(out.ending);
    EXPECT_EQ(out.ending->outcome, outcome::upstream_error);
    EXPECT_THAT(out.ending->failure->message, HasSubstr("too large"));
}

TEST(OpenAiChatStream, BoundsTheNumberOfChoicesAndCalls) {
    EXPECT_EQ(
        translated(event(R"({"choices":[{"index":128,"delta":{"content":"a"}}]})")).ended,
        outcome::upstream_error
    );
    std::string wire;
    for (int i = 0; i < 300; ++i) {
        wire += delta(
            R"("tool_calls":[{"index":)" + std::to_string(i) + R"(,"function":{"name":"f"}}])"
        );
    }
    EXPECT_EQ(run(translated_call(), plain_provider(), {wire}).ended, outcome::upstream_error);
}

TEST(OpenAiChatStream, SurvivesTypesThatAreWrongEverywhere) {
    const auto seen = translated(
        event(R"([])") + event(R"(null)") + event(R"({"choices":{}})") +
        event(R"({"choices":[null,1,"x",{"index":"0","delta":[],"text":1,"finish_reason":3}]})") +
        event(
            R"({"choices":[{"delta":{"content":1,"reasoning":{},"refusal":[],"tool_calls":{"a":1},"images":[1]}}]})"
        ) +
        event(
            R"({"choices":[{"delta":{"tool_calls":[1,null,{"function":1,"id":2,"index":"x"}],"function_call":3}}]})"
        ) +
        event(R"({"id":1,"model":[],"created":"x","usage":[1],"x_groq":1})") + stop + done
    );
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(seen.text, IsEmpty());
}

}  // namespace
}  // namespace sluice::upstream::testing
