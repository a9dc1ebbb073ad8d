#include "tests/gateway/dialects/gemini_encoding.hpp"

#include <gmock/gmock.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using upstream::finish_reason;
using upstream::outcome;
using upstream::reasoning_state;

constexpr bool transparent = true;

std::vector<json> responses(const encoding& stream) {
    return gemini_responses(stream.wire());
}

json last_candidate(const encoding& stream) {
    return responses(stream).back().at("candidates").at(0);
}

TEST(GeminiStream, WritesOneResponseForEachDelta) {
    encoding stream{gemini_dialect()};
    stream.open()
        .item(upstream::identity{"x", "gemini-9", 0})
        .item(upstream::reasoning_delta{0, "hm"})
        .text("Hel")
        .text("lo");
    ASSERT_EQ(stream.frames().size(), 3U);
    EXPECT_EQ(
        stream.frames()[1],
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}],\"role\":\"model\"},"
        "\"index\":0}],\"modelVersion\":\"gemini-9\",\"responseId\":\"" +
            some_names.id + "\"}\r\n\r\n"
    );
    const auto all = responses(stream);
    EXPECT_EQ(parts_of(all[0]), json::parse(R"([{"text":"hm","thought":true}])"));
    EXPECT_EQ(parts_of(all[2]), json::parse(R"([{"text":"lo"}])"));
}

TEST(GeminiStream, EndsWithFinishAndUsageTogether) {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    usage.reasoning_tokens = 3;
    usage.cached_tokens = 2;
    usage.input_audio_tokens = 1;
    encoding stream{gemini_dialect()};
    stream.text("a").item(upstream::finish{0, finish_reason::stop, "end_turn"});
    EXPECT_EQ(responses(stream).size(), 1U);  // the usage is not known yet
    stream.close(closed(outcome::completed, usage));
    const auto all = responses(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_FALSE(all[0].contains("usageMetadata"));
    EXPECT_EQ(
        all[1]["candidates"],
        json::parse(R"([{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP",
            "index":0}])")
    );
    EXPECT_EQ(
        all[1]["usageMetadata"],
        json::parse(R"({"promptTokenCount":5,"candidatesTokenCount":5,"thoughtsTokenCount":3,
            "totalTokenCount":13,"cachedContentTokenCount":2,
            "promptTokensDetails":[{"modality":"AUDIO","tokenCount":1}]})")
    );
    EXPECT_THAT(stream.wire(), ::testing::EndsWith("\r\n\r\n"));
    EXPECT_THAT(stream.wire(), ::testing::Not(HasSubstr("[DONE]")));
}

TEST(GeminiStream, TellsUsageOnEachResponseOnceItIsKnown) {
    upstream::usage usage;
    usage.input_tokens = 5;
    encoding stream{gemini_dialect()};
    stream.text("a").item(usage).text("b");
    const auto all = responses(stream);
    EXPECT_FALSE(all[0].contains("usageMetadata"));
    EXPECT_EQ(all[1]["usageMetadata"]["promptTokenCount"], 5);
}

TEST(GeminiStream, TellsACallWhenItIsWhole) {
    encoding stream{gemini_dialect()};
    stream.item(upstream::tool_call_delta{0, 0, "c1", "look", ""})
        .item(upstream::tool_call_delta{0, 0, "", "", R"({"b":1,)"})
        .item(upstream::tool_call_delta{0, 0, "", "", R"("a":"x"})"});
    EXPECT_TRUE(stream.frames().empty());
    stream.item(upstream::tool_call_delta{0, 1, "c2", "halt", ""});
    ASSERT_EQ(stream.frames().size(), 1U);
    EXPECT_THAT(
        stream.frames()[0],
        HasSubstr(R"([{"functionCall":{"name":"look","args":{"b":1,"a":"x"},"id":"c1"}}])")
    );
    stream.item(upstream::finish{0, finish_reason::tool_calls}).close(closed(outcome::completed));
    const auto all = responses(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(
        parts_of(all[1]), json::parse(R"([{"functionCall":{"name":"halt","args":{},"id":"c2"}}])")
    );
    EXPECT_EQ(all[2]["candidates"][0]["finishReason"], "STOP");  // else no client runs the tool
}

TEST(GeminiStream, PutsCallsTogetherThatCameInterleaved) {
    encoding stream{gemini_dialect()};
    stream.item(upstream::tool_call_delta{0, 0, "c1", "f", R"({"x")"})
        .item(upstream::tool_call_delta{0, 1, "c2", "g", R"({"y")"})
        .item(upstream::tool_call_delta{0, 0, "", "", ":1}"})
        .item(upstream::tool_call_delta{0, 1, "", "", ":2}"})
        .item(upstream::finish{0, finish_reason::tool_calls});
    const auto all = responses(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(parts_of(all[0])[0]["functionCall"]["args"], json({{"x", 1}}));
    EXPECT_EQ(parts_of(all[1])[0]["functionCall"]["args"], json({{"y", 2}}));
}

TEST(GeminiStream, NeverTellsACallWithArgumentsThatAreNotItsOwn) {
    for (const char* arguments : {R"({"x":)", "[1]", "7", "{]"}) {
        encoding stream{gemini_dialect()};
        stream.item(upstream::tool_call_delta{0, 0, "c1", "look", arguments})
            .item(upstream::finish{0, finish_reason::tool_calls})
            .close(closed(outcome::completed));
        const auto all = responses(stream);
        ASSERT_EQ(all.size(), 1U) << arguments;
        EXPECT_EQ(all[0]["candidates"][0]["finishReason"], "MALFORMED_FUNCTION_CALL");
        EXPECT_THAT(all[0]["candidates"][0]["finishMessage"].get<std::string>(), HasSubstr("look"));
    }
    // A call that was cut short is not malformed.
    encoding stream{gemini_dialect()};
    stream.item(upstream::tool_call_delta{0, 0, "c1", "look", "{"})
        .item(upstream::finish{0, finish_reason::length})
        .close(closed(outcome::completed));
    EXPECT_EQ(last_candidate(stream)["finishReason"], "MAX_TOKENS");
}

TEST(GeminiStream, SignsWhatWasSigned) {
    const auto own = reasoning_state::origin::gemini;
    const auto form = reasoning_state::form::signature;
    encoding stream{gemini_dialect()};
    stream.item(upstream::reasoning_state_delta{0, own, form, "dA==", "", -1, false})
        .item(upstream::tool_call_delta{0, 0, "c1", "look", "{}"})
        .item(upstream::reasoning_state_delta{0, own, form, "Yw==", "", 0, false})
        .text("a")
        .item(upstream::reasoning_state_delta{0, own, form, "dQ==", "", -1, true})
        .item(upstream::reasoning_state_delta{
            0, reasoning_state::origin::anthropic, form, "foreign", "", -1, false});
    const auto all = responses(stream);
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(
        parts_of(all[0])[0], json({{"text", ""}, {"thought", true}, {"thoughtSignature", "dA=="}})
    );
    EXPECT_EQ(parts_of(all[1])[0]["thoughtSignature"], "Yw==");
    EXPECT_EQ(parts_of(all[3])[0], json({{"text", ""}, {"thoughtSignature", "dQ=="}}));
    EXPECT_EQ(parts_of(all[4])[0]["thoughtSignature"], "sluice:anthropic:signature:0:foreign");
}

TEST(GeminiStream, TellsMediaLogprobsAndRefusals) {
    encoding stream{gemini_dialect()};
    stream.item(upstream::media_delta{0, "image/png", "aW1n"})
        .item(upstream::logprobs_delta{0, R"([{"token":"a","logprob":-0.5,"top_logprobs":[
            {"token":"b","logprob":-1}]}])"})
        .item(upstream::logprobs_delta{0, R"([{"token":"c","logprob":-2}])"})
        .item(upstream::refusal_delta{0, "no"});
    const auto all = responses(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(
        parts_of(all[0])[0], json::parse(R"({"inlineData":{"mimeType":"image/png","data":"aW1n"}})")
    );
    EXPECT_EQ(parts_of(all[1])[0], json({{"text", "no"}}));
    EXPECT_EQ(
        all[1]["candidates"][0]["logprobsResult"],
        json::parse(R"({"chosenCandidates":[{"token":"a","logProbability":-0.5},
            {"token":"c","logProbability":-2}],"topCandidates":[
            {"candidates":[{"token":"b","logProbability":-1}]},{"candidates":[]}]})")
    );
}

TEST(GeminiStream, GathersSourcesIntoTheLastResponse) {
    encoding stream{gemini_dialect()};
    stream
        .text(
            "Gr\xc3\xbc\xc3\x9f"
            "e zwei"
        )
        .item(upstream::citation_delta{0, "https://a", "A", "", 0, 5})
        .item(upstream::citation_delta{0, "https://a", "A", "", 6, 10})
        .item(upstream::citation_delta{0, "https://b", "B", "words", -1, -1})
        .close(closed(outcome::completed));
    EXPECT_EQ(
        last_candidate(stream)["groundingMetadata"],
        json::parse(R"({"groundingChunks":[{"web":{"uri":"https://a","title":"A"}},
            {"retrievedContext":{"uri":"https://b","title":"B","text":"words"}}],
            "groundingSupports":[
                {"segment":{"startIndex":0,"endIndex":7},"groundingChunkIndices":[0]},
                {"segment":{"startIndex":8,"endIndex":12},"groundingChunkIndices":[0]}]})")
    );
}

TEST(GeminiStream, KeepsChoicesApart) {
    encoding stream{gemini_dialect()};
    stream.item(upstream::text_delta{1, "b"})
        .item(upstream::text_delta{-1, "never"})
        .item(upstream::text_delta{1 << 30, "never"})
        .item(upstream::finish{0, finish_reason::stop})
        .item(upstream::finish{1, finish_reason::content_filter, "RECITATION"})
        .close(closed(outcome::completed));
    const auto all = responses(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["candidates"][0]["index"], 1);
    const auto& candidates = all[1]["candidates"];
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(candidates[0]["finishReason"], "STOP");
    EXPECT_EQ(candidates[1]["finishReason"], "RECITATION");
}

TEST(GeminiStream, CallsEachEndByItsName) {
    const auto word = [](finish_reason reason, std::string_view native) {
        encoding stream{gemini_dialect()};
        stream.item(upstream::finish{0, reason, native}).close(closed(outcome::completed));
        return last_candidate(stream)["finishReason"];
    };
    EXPECT_EQ(word(finish_reason::stop, "FAKE_ENUM"), "STOP");
    EXPECT_EQ(word(finish_reason::tool_calls, "tool_use"), "STOP");
    EXPECT_EQ(word(finish_reason::length, "length"), "MAX_TOKENS");
    EXPECT_EQ(word(finish_reason::content_filter, "content_filter"), "SAFETY");
    EXPECT_EQ(word(finish_reason::content_filter, "SPII"), "SPII");
    encoding silent{gemini_dialect()};
    silent.close(closed(outcome::completed));
    EXPECT_EQ(last_candidate(silent)["finishReason"], "STOP");
    encoding spent{gemini_dialect()};
    spent.text("a").close(closed(outcome::budget));
    EXPECT_EQ(last_candidate(spent)["finishReason"], "MAX_TOKENS");
}

TEST(GeminiStream, NeverFinishesAfterAFailure) {
    for (const bool relay : {false, true}) {
        encoding stream{gemini_dialect(), relay};
        stream.text("a").item(upstream::finish{0, finish_reason::stop});
        auto end = closed(outcome::upstream_eof);
        end.ending.failure->retry_after = "7";
        stream.close(end);
        const auto all = responses(stream);
        EXPECT_EQ(
            all.back(),
            json::parse(R"({"error":{"code":502,"message":"it broke","status":"UNAVAILABLE",
                "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
                            "reason":"upstream_eof","domain":"sluice"},
                           {"@type":"type.googleapis.com/google.rpc.RetryInfo",
                            "retryDelay":"7s"}]}})")
        );
        EXPECT_THAT(stream.wire(), ::testing::Not(HasSubstr("finishReason")));
    }
}

/// Some of Google's clients take an error event for a response without content, and what follows
/// the last blank line for a broken answer; parsers of events take that for a comment.
TEST(GeminiStream, MakesGooglesClientsSeeAFailure) {
    encoding stream{gemini_dialect()};
    stream.text("a").close(closed(outcome::upstream_eof));
    const auto wire = stream.wire();
    const auto tail = wire.substr(wire.rfind("\r\n\r\n") + 4);
    EXPECT_EQ(tail, ": the answer failed\r\n");
    EXPECT_EQ(events_of(wire).size(), 2U);
    const auto farewell = stream.encoder().farewell(some_failure(outcome::gap), 3);
    EXPECT_EQ(gemini_responses(farewell).at(0)["error"]["details"][0]["reason"], "gap");
    EXPECT_THAT(farewell, ::testing::EndsWith(tail));
}

TEST(GeminiStream, FillsSilencesWithACommentOfItsOwn) {
    encoding stream{gemini_dialect()};
    EXPECT_EQ(stream.encoder().heartbeat(false), ":\r\n\r\n");
    EXPECT_EQ(stream.encoder().heartbeat(true), ":\r\n\r\n");
}

TEST(GeminiStream, HoldsWhateverAProviderSays) {
    for (const auto& text : forgeries()) {
        encoding stream{gemini_dialect()};
        stream.text(text)
            .item(upstream::tool_call_delta{0, 0, text, text, json({{"k", "v"}}).dump()})
            .item(upstream::citation_delta{0, text, text, text, 0, 1})
            .item(upstream::reasoning_state_delta{
                0, reasoning_state::origin::gemini, reasoning_state::form::signature, text, ""})
            .item(upstream::media_delta{0, text, text})
            .item(upstream::finish{0, finish_reason::stop, text, text})
            .close(closed(outcome::completed));
        const auto all = responses(stream);
        ASSERT_EQ(all.size(), 5U);
        EXPECT_EQ(events_of(stream.wire()).size(), 5U);
        EXPECT_EQ(parts_of(all[0])[0]["text"], as_valid_utf8(text));
        // Where Python's client cuts lines.
        for (const char* cut : {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xc2\x85", "\v", "\f"})
            EXPECT_THAT(stream.wire(), ::testing::Not(HasSubstr(cut)));
    }
}

TEST(GeminiStream, RelaysFramesAsTheyAre) {
    encoding stream{gemini_dialect(), transparent};
    const std::string frame = "data: { \"candidates\" : [] }\r\n\r\n";
    stream.item(upstream::identity{"r", "m", 0})
        .item(upstream::finish{0, finish_reason::stop})
        .item(upstream::verbatim{frame, true})
        .close(closed(outcome::completed));
    EXPECT_EQ(stream.wire(), frame);
    encoding spent{gemini_dialect(), transparent};
    spent.item(upstream::identity{"r", "m", 0})
        .item(upstream::verbatim{frame, true})
        .close(closed(outcome::budget));
    const auto last = responses(spent).back();
    EXPECT_EQ(last["candidates"][0]["finishReason"], "MAX_TOKENS");
    EXPECT_EQ(last["modelVersion"], "m");
    EXPECT_EQ(last["responseId"], "r");
}

TEST(GeminiArray, IsOneDocumentWrittenBitByBit) {
    encoding stream{gemini_array_dialect()};
    stream.text("Hel").text("lo").item(upstream::finish{0, finish_reason::stop});
    EXPECT_EQ(stream.frames().at(0).substr(0, 2), "[{");
    EXPECT_EQ(stream.frames().at(1).substr(0, 4), ",\r\n{");
    stream.close(closed(outcome::completed));
    const auto all = json::parse(stream.wire());
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(parts_of(all[1])[0]["text"], "lo");
    EXPECT_EQ(all[2]["candidates"][0]["finishReason"], "STOP");
    EXPECT_EQ(stream.encoder().heartbeat(true), "");
    EXPECT_FALSE(gemini_array_dialect().has_events());
    EXPECT_EQ(
        gemini_array_dialect().stream_headers(),
        (upstream::header_list{{"Content-Type", "application/json; charset=utf-8"}})
    );
}

TEST(GeminiArray, HoldsAFailureAsAnElement) {
    for (const bool begun : {false, true}) {
        encoding stream{gemini_array_dialect()};
        if (begun) stream.text("a");
        const auto farewell =
            stream.wire() + stream.encoder().farewell(some_failure(outcome::gap), 3);
        EXPECT_TRUE(json::parse(farewell).back().contains("error"));
        stream.close(closed(outcome::upstream_error));
        const auto all = json::parse(stream.wire());
        ASSERT_EQ(all.size(), begun ? 2U : 1U);
        EXPECT_EQ(all.back()["error"]["code"], 502);
    }
}

TEST(GeminiArray, IsMadeOfWhatTheProvidersEventsHold) {
    encoding stream{gemini_array_dialect(), transparent};
    stream.item(upstream::verbatim{": hm\n\n", false})
        .item(upstream::verbatim{"data: { \"a\" : 1.50 }\r\n\r", false})
        .item(upstream::verbatim{"\ndata: {\"b\":2}\r\n\r\n", true})
        .close(closed(outcome::completed));
    EXPECT_EQ(stream.wire(), "[{ \"a\" : 1.50 },\r\n{\"b\":2}]");
    encoding empty{gemini_array_dialect(), transparent};
    empty.close(closed(outcome::completed));
    EXPECT_EQ(empty.wire(), "[]");
}

TEST(GeminiErrors, BearGooglesStatus) {
    upstream::failure reason = some_failure(outcome::rejected, "rate_limit_error", "slow down");
    reason.status = 429;
    reason.code = "too_fast";
    reason.param = "contents";
    const auto error = json::parse(gemini_dialect().error_body(reason))["error"];
    EXPECT_EQ(error["code"], 429);
    EXPECT_EQ(error["status"], "RESOURCE_EXHAUSTED");
    EXPECT_EQ(error["message"], "slow down");
    EXPECT_EQ(error["details"][0]["reason"], "too_fast");
    EXPECT_EQ(error["details"][1]["fieldViolations"][0]["field"], "contents");
    for (const auto& [status, word] : std::vector<std::pair<int, std::string>>{
             {400, "INVALID_ARGUMENT"},
             {401, "UNAUTHENTICATED"},
             {403, "PERMISSION_DENIED"},
             {404, "NOT_FOUND"},
             {410, "FAILED_PRECONDITION"},
             {500, "INTERNAL"},
             {503, "UNAVAILABLE"},
             {504, "DEADLINE_EXCEEDED"}}) {
        reason.status = status;
        EXPECT_EQ(json::parse(gemini_dialect().error_body(reason))["error"]["status"], word);
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
