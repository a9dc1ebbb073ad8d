#include "tests/upstream/responses_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string created() {
    return R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt-9","created_at":77,"status":"in_progress","output":[]}})";
}

std::string completed(const std::string& more = "") {
    return R"({"type":"response.completed","response":{"id":"resp_1","status":"completed",)" +
           more +
           R"("usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":14}}})";
}

std::string item(const std::string& event, int index, const std::string& members) {
    return R"({"type":"response.output_item.)" + event + R"(","output_index":)" +
           std::to_string(index) + R"(,"item":{)" + members + "}}";
}

std::string delta(const std::string& event, int index, const std::string& text) {
    return R"({"type":"response.)" + event + R"(.delta","output_index":)" + std::to_string(index) +
           R"(,"content_index":0,"summary_index":0,"delta":)" + nlohmann::json(text).dump() + "}";
}

told translate(const std::vector<std::string>& datas) {
    return run_responses(translated_call(), {responses_wire(datas)});
}

/// Thoughts, a text and two calls whose arguments come by turns.
std::vector<std::string> an_answer() {
    return {
        created(),
        item("added", 0, R"("id":"rs_1","type":"reasoning","summary":[])"),
        delta("reasoning_summary_text", 0, "hm"),
        item(
            "done", 0, R"("id":"rs_1","type":"reasoning","encrypted_content":"gAAA","summary":[])"
        ),
        item("added", 1, R"("id":"msg_1","type":"message","content":[])"),
        delta("output_text", 1, "Gr"),
        delta("output_text", 1, "\xc3\xbc\xc3\x9f"),
        item("added", 2, R"("id":"fc_1","type":"function_call","call_id":"call_a","name":"f")"),
        item("added", 3, R"("id":"fc_2","type":"function_call","call_id":"call_b","name":"g")"),
        delta("function_call_arguments", 3, "{}"),
        delta("function_call_arguments", 2, "{\"x\""),
        delta("function_call_arguments", 2, ":1}"),
        completed(),
    };
}

TEST(OpenAiResponsesStream, TellsThoughtsTextCallsUsageAndTheEnd) {
    const auto seen = translate(an_answer());
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.reasoning.at(0), "hm");
    EXPECT_EQ(seen.text.at(0), "Gr\xc3\xbc\xc3\x9f");
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "call_a", "f", "{\"x\":1}"}, told_call{0, 1, "call_b", "g", "{}"}
        )
    );
    EXPECT_THAT(seen.finishes, ElementsAre(std::pair(0, finish_reason::tool_calls)));
    EXPECT_THAT(seen.native_reasons, ElementsAre("completed"));
    EXPECT_EQ(seen.usage->input_tokens, 9);
    EXPECT_EQ(seen.usage->cached_tokens, 2);
    EXPECT_EQ(seen.usage->output_tokens, 5);
    EXPECT_EQ(seen.usage->reasoning_tokens, 3);
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("resp_1", "gpt-9", 77)));
    const told_state state{
        0, reasoning_state::origin::openai_responses, reasoning_state::form::encrypted, "gAAA", -1};
    EXPECT_THAT(seen.states, ElementsAre(state));
}

TEST(OpenAiResponsesStream, TellsTheSameHoweverTheBytesAreCut) {
    const auto wire = responses_wire({
        created(),
        delta("output_text", 0, "\xc3\xbc"),
        item("done", 1, R"("type":"function_call","call_id":"c","name":"f","arguments":"{}")"),
        completed(),
    });
    for (const auto& asked : {translated_call(), responses_relay_call()}) {
        const auto whole = run_responses(asked, {wire});
        EXPECT_TRUE(run_responses(asked, bytewise(wire)).key() == whole.key());
        for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
            const std::string_view all(wire);
            const auto seen = run_responses(asked, {all.substr(0, cut), all.substr(cut)});
            ASSERT_TRUE(seen.key() == whole.key()) << cut;
        }
    }
}

TEST(OpenAiResponsesStream, RelaysEveryFrameAndSaysWhichHoldContent) {
    auto datas = an_answer();
    datas.insert(datas.end() - 1, R"({"type":"response.unheard_of","x":1})");
    const auto wire = responses_wire(datas);
    // What a clone sends behind the end is not relayed.
    const auto seen = run_responses(responses_relay_call(), {wire + "data: [DONE]\n\n"});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.bytes, wire);
    EXPECT_TRUE(seen.text.empty());
    ASSERT_EQ(seen.frames.size(), datas.size());
    EXPECT_FALSE(seen.frames[0].second);
    EXPECT_FALSE(seen.frames[1].second);
    EXPECT_TRUE(seen.frames[2].second);
    EXPECT_FALSE(seen.frames[4].second);
    EXPECT_TRUE(seen.frames[5].second);
    EXPECT_TRUE(seen.frames.back().second);
    EXPECT_THAT(seen.finishes, ElementsAre(std::pair(0, finish_reason::tool_calls)));
    EXPECT_EQ(seen.usage->total_tokens, 14);
}

TEST(OpenAiResponsesStream, TellsTheMeaningOfAFrameBeforeItsBytes) {
    const auto codec = make_openai_responses_codec();
    ASSERT_TRUE(codec->encode(responses_relay_call(), responses_provider(), "m"));
    batch out;
    codec->feed(responses_wire({created(), completed()}), out);
    ASSERT_EQ(out.items.size(), 5U);
    EXPECT_TRUE(std::holds_alternative<identity>(out.items[0]));
    EXPECT_TRUE(std::holds_alternative<verbatim>(out.items[1]));
    EXPECT_TRUE(std::holds_alternative<finish>(out.items[2]));
    EXPECT_TRUE(std::holds_alternative<usage>(out.items[3]));
    EXPECT_TRUE(std::holds_alternative<verbatim>(out.items[4]));
}

TEST(OpenAiResponsesStream, TakesTheTypeFromTheDataWhereTheEventHasNoName) {
    std::string wire;
    for (const auto& data : an_answer())
        wire += "data: " + data + "\n\n";
    const auto relayed = run_responses(responses_relay_call(), {wire});
    EXPECT_EQ(relayed.ended, outcome::completed);
    EXPECT_EQ(relayed.bytes, wire);
    EXPECT_EQ(run_responses(translated_call(), {wire}).text.at(0), "Gr\xc3\xbc\xc3\x9f");
}

TEST(OpenAiResponsesStream, KnowsItemsByTheirIndexAndNotByTheirId) {
    const auto seen = translate({
        created(),
        item("added", 0, R"("id":"x1","type":"function_call","call_id":"c","name":"f")"),
        R"({"type":"response.function_call_arguments.delta","item_id":"x2","output_index":0,"delta":"{}"})",
        item(
            "done",
            0,
            R"("id":"x3","type":"function_call","call_id":"c9","name":"f","arguments":"{}")"
        ),
        R"({"type":"response.completed","response":{"id":"other","status":"completed","output":[{"id":"x4","type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}})",
    });
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "c", "f", "{}"}));
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("resp_1", "gpt-9", 77)));
}

TEST(OpenAiResponsesStream, TellsWhatComesOnlyAtTheEndOfAnItemOrOfAll) {
    const auto at_done = translate({
        created(),
        item("added", 0, R"("id":"m","type":"message","content":[])"),
        item(
            "done",
            0,
            R"("id":"m","type":"message","content":[{"type":"output_text","text":"hi","annotations":[{"type":"url_citation","url":"https://a","title":"A","start_index":0,"end_index":2}]}])"
        ),
        item("added", 1, R"("id":"f","type":"function_call","name":"f")"),
        item("done", 1, R"("id":"f","type":"function_call","name":"f","arguments":"{}")"),
        completed(),
    });
    EXPECT_EQ(at_done.text.at(0), "hi");
    ASSERT_EQ(at_done.citations.size(), 1U);
    EXPECT_EQ(at_done.citations[0].url, "https://a");
    EXPECT_THAT(at_done.calls, ElementsAre(told_call{0, 0, "f", "f", "{}"}));

    const auto at_end = translate({
        created(),
        completed(
            R"("output":[{"type":"reasoning","summary":[{"text":"hm"}]},{"type":"message","content":[{"type":"output_text","text":"hi"}]}],)"
        ),
    });
    EXPECT_EQ(at_end.reasoning.at(0), "hm");
    EXPECT_EQ(at_end.text.at(0), "hi");
}

TEST(OpenAiResponsesStream, RepeatedEndsOfPartsInventNoText) {
    const auto seen = translate({
        created(),
        item("added", 0, R"("id":"m","type":"message","content":[])"),
        delta("output_text", 0, "hi"),
        R"({"type":"response.output_text.done","output_index":0,"content_index":0,"text":"hi"})",
        R"({"type":"response.content_part.done","output_index":0,"content_index":0,"part":{"type":"output_text","text":"hi"}})",
        item(
            "done", 0, R"("id":"m","type":"message","content":[{"type":"output_text","text":"hi"}])"
        ),
        item(
            "done", 0, R"("id":"m","type":"message","content":[{"type":"output_text","text":"hi"}])"
        ),
        completed(
            R"("output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"hi"}]}],)"
        ),
    });
    EXPECT_EQ(seen.text.at(0), "hi");
}

TEST(OpenAiResponsesStream, TellsRefusalsLogprobsThoughtsAndPictures) {
    const auto seen = translate({
        created(),
        item("added", 0, R"("id":"r","type":"reasoning","summary":[])"),
        delta("reasoning_text", 0, "deep"),
        item("added", 1, R"("id":"m","type":"message","content":[])"),
        R"({"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"no","logprobs":[{"token":"no","logprob":-0.5,"bytes":[110,111],"top_logprobs":[]}]})",
        R"({"type":"response.refusal.delta","output_index":1,"content_index":1,"delta":"I can't"})",
        item(
            "done",
            2,
            R"("id":"ig","type":"image_generation_call","output_format":"webp","result":"UklG")"
        ),
        R"({"type":"response.audio.delta","delta":"QUFB"})",
        R"({"type":"response.audio.transcript.delta","delta":"hear"})",
        completed(),
    });
    EXPECT_EQ(seen.reasoning.at(0), "deep");
    EXPECT_EQ(seen.text.at(0), "no");
    EXPECT_EQ(seen.refusal.at(0), "I can't");
    EXPECT_EQ(nlohmann::json::parse(seen.logprobs)[0]["token"], "no");
    EXPECT_THAT(
        seen.media, ElementsAre(std::pair("image/webp", "UklG"), std::pair("audio/pcm", "QUFB"))
    );
    EXPECT_EQ(seen.transcript, "hear");
    EXPECT_THAT(seen.finishes, ElementsAre(std::pair(0, finish_reason::stop)));
}

TEST(OpenAiResponsesStream, TellsTheInputOfACustomToolAsItIs) {
    const auto seen = translate({
        created(),
        item(
            "added",
            0,
            R"("id":"ct","type":"custom_tool_call","call_id":"c","name":"sql","input":"")"
        ),
        delta("custom_tool_call_input", 0, "SELECT"),
        delta("custom_tool_call_input", 0, " 1"),
        item(
            "done",
            0,
            R"("id":"ct","type":"custom_tool_call","call_id":"c","name":"sql","input":"SELECT 1")"
        ),
        completed(),
    });
    EXPECT_THAT(seen.calls, ElementsAre(told_call{0, 0, "c", "sql", "SELECT 1"}));
}

TEST(OpenAiResponsesStream, CountsTheCharactersOfCitationsInAllOfTheText) {
    const auto seen = translate({
        created(),
        item("added", 0, R"("id":"a","type":"message","content":[])"),
        delta("output_text", 0, "\xc3\xbc\xc3\xbc"),
        item("added", 1, R"("id":"b","type":"message","content":[])"),
        delta("output_text", 1, "abcdef"),
        R"({"type":"response.output_text.annotation.added","output_index":1,"content_index":0,"annotation_index":0,"annotation":{"type":"url_citation","url":"https://a","title":"A","start_index":1,"end_index":3}})",
        completed(),
    });
    ASSERT_EQ(seen.citations.size(), 1U);
    EXPECT_EQ(seen.citations[0], (told_citation{0, "https://a", "A", "", 3, 5}));
}

TEST(OpenAiResponsesStream, SaysWhyAnAnswerIsIncomplete) {
    const auto ended = [](const std::string& members) {
        return translate(
            {created(),
             R"({"type":"response.incomplete","response":{"status":"incomplete",)" + members +
                 R"("output":[]}})"}
        );
    };
    const auto cut = ended(R"("incomplete_details":{"reason":"max_output_tokens"},)");
    EXPECT_EQ(cut.ended, outcome::completed);
    EXPECT_THAT(cut.finishes, ElementsAre(std::pair(0, finish_reason::length)));
    EXPECT_THAT(cut.native_reasons, ElementsAre("max_output_tokens"));
    const auto filtered = ended(R"("incomplete_details":{"reason":"content_filter"},)");
    EXPECT_THAT(filtered.finishes, ElementsAre(std::pair(0, finish_reason::content_filter)));
    const auto silent = ended("");
    EXPECT_THAT(silent.finishes, ElementsAre(std::pair(0, finish_reason::length)));
    EXPECT_THAT(silent.native_reasons, ElementsAre("incomplete"));
}

TEST(OpenAiResponsesStream, SurvivesIndexesAndTypesOfAnyKind) {
    std::vector<std::string> datas{created()};
    for (const auto* index : {"-1", "9223372036854775807", "1e300", "\"x\"", "null", "[]"}) {
        const std::string at(index);
        datas.push_back(
            R"({"type":"response.output_item.added","output_index":)" + at + R"(,"item":[]})"
        );
        datas.push_back(
            R"({"type":"response.output_text.delta","output_index":)" + at +
            R"(,"content_index":)" + at + R"(,"delta":5})"
        );
        datas.push_back(
            R"({"type":"response.output_item.done","output_index":)" + at +
            R"(,"item":{"type":"message","content":{"a":1}}})"
        );
    }
    datas.push_back(completed(R"("output":{"x":1},)"));
    const auto seen = translate(datas);
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_TRUE(seen.text.empty());
    EXPECT_TRUE(seen.calls.empty());
}

TEST(OpenAiResponsesStream, CountsALastEventWithoutItsBlankLine) {
    auto wire = responses_wire({created(), completed()});
    wire.resize(wire.size() - 2);
    EXPECT_EQ(run_responses(translated_call(), {wire}).ended, outcome::completed);
    const auto relayed = run_responses(responses_relay_call(), {wire});
    EXPECT_EQ(relayed.ended, outcome::completed);
    EXPECT_EQ(relayed.bytes, wire + "\n\n");
}

TEST(OpenAiResponsesDocument, IsRelayedAndMetered) {
    const std::string document =
        R"({"id":"resp_1","object":"response","model":"gpt-9","created_at":7,"status":"completed","error":null,"output":[{"type":"function_call","name":"f"}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3},"unheard_of":1.50})";
    const auto seen = run_responses(responses_relay_call(false), bytewise(document));
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.bytes, document);
    EXPECT_THAT(seen.finishes, ElementsAre(std::pair(0, finish_reason::tool_calls)));
    EXPECT_EQ(seen.usage->total_tokens, 3);
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("resp_1", "gpt-9", 7)));
}

TEST(OpenAiResponsesDocument, ThatFailedIsAFailure) {
    const std::string document =
        R"({"id":"r","object":"response","status":"failed","error":{"code":"server_error","message":"it broke"},"output":[]})";
    const auto seen = run_responses(responses_relay_call(false), {document});
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->message, "it broke");
    EXPECT_EQ(seen.bytes, "");
}

}  // namespace
}  // namespace sluice::upstream::testing
