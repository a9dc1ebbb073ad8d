#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/cohere.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string event(std::string_view type, std::string_view rest = "") {
    const std::string name(type);
    const std::string members = rest.empty() ? std::string() : "," + std::string(rest);
    return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + members + "}\n\n";
}

/// An event about a part of the message.
std::string part(std::string_view type, std::string_view message, int index = 0) {
    return event(
        type,
        "\"index\":" + std::to_string(index) + R"(,"delta":{"message":)" + std::string(message) +
            "}"
    );
}

std::string start() {
    return event("message-start", R"("id":"r1","delta":{"message":{"role":"assistant"}})");
}
std::string text(std::string_view words, int index = 0) {
    return part("content-delta", R"({"content":{"text":")" + std::string(words) + "\"}}", index);
}
std::string message_end(std::string_view members) {
    return event("message-end", R"("delta":{)" + std::string(members) + "}") + "data: [DONE]\n\n";
}
std::string finished(std::string_view word) {
    return message_end(R"("finish_reason":")" + std::string(word) + "\"");
}
std::string call_start(std::string_view id, std::string_view name, int index) {
    return part(
        "tool-call-start",
        R"({"tool_calls":{"id":")" + std::string(id) +
            R"(","type":"function","function":{"name":")" + std::string(name) +
            R"(","arguments":""}}})",
        index
    );
}
std::string arguments(std::string_view escaped, int index) {
    return part(
        "tool-call-delta",
        R"({"tool_calls":{"function":{"arguments":")" + std::string(escaped) + "\"}}}",
        index
    );
}

told run_pieces(const std::vector<std::string_view>& pieces) {
    return run(make_cohere_codec(), call(), plain_provider(), pieces);
}

/// The same at every cut and byte by byte.
told decode(std::string_view wire) {
    const auto whole = run_pieces({wire});
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        const auto seen = run_pieces({wire.substr(0, cut), wire.substr(cut)});
        EXPECT_TRUE(seen.key() == whole.key() && seen.citations == whole.citations) << cut;
    }
    EXPECT_TRUE(run_pieces(bytewise(wire)).key() == whole.key());
    return whole;
}

using finishes = std::vector<std::pair<int, finish_reason>>;

TEST(CohereStream, TellsTextFinishAndUsage) {
    const auto seen = decode(
        start() + part("content-start", R"({"content":{"type":"text","text":""}})") + text("He") +
        text("llo") + event("content-end", "\"index\":0") +
        message_end(
            R"("finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":3,"output_tokens":1},)"
            R"("tokens":{"input_tokens":20,"output_tokens":2,"reasoning_tokens":1},"cached_tokens":16})"
        )
    );
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.text.at(0), "Hello");
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::stop}}));
    EXPECT_EQ(seen.native_reasons, std::vector<std::string>{"COMPLETE"});
    EXPECT_EQ(seen.usage, (usage{20, 2, {}, 16, {}, 1, {}, {}}));
    ASSERT_EQ(seen.identities.size(), 1U);
    EXPECT_EQ(seen.identities[0], std::tuple("r1", "", 0));
}

TEST(CohereStream, CountsBilledUnitsWhereTokensAreNotTold) {
    const auto seen = decode(message_end(
        R"("finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":3,"output_tokens":1}})"
    ));
    EXPECT_EQ(seen.usage, (usage{3, 1, {}, {}, {}, {}, {}, {}}));
}

TEST(CohereStream, TellsThoughtsAndPlansAsReasoning) {
    const auto seen = decode(
        start() + part("content-start", R"({"content":{"type":"thinking","thinking":""}})") +
        part("content-delta", R"({"content":{"thinking":"Hm."}})") +
        part("tool-plan-delta", R"({"tool_plan":" I look."})") + text("b", 1) + finished("COMPLETE")
    );
    EXPECT_EQ(seen.reasoning.at(0), "Hm. I look.");
    EXPECT_EQ(seen.text.at(0), "b");
}

TEST(CohereStream, GathersToolCalls) {
    const auto seen = decode(
        start() + call_start("a_1", "a", 0) + arguments(R"({\"x\":)", 0) + arguments("1}", 0) +
        event("tool-call-end", "\"index\":0") + call_start("b_1", "b", 1) + arguments("{}", 1) +
        event("tool-call-end", "\"index\":1") + finished("TOOL_CALL")
    );
    EXPECT_EQ(
        seen.calls,
        (std::vector<told_call>{{0, 0, "a_1", "a", R"({"x":1})"}, {0, 1, "b_1", "b", "{}"}})
    );
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::tool_calls}}));
}

TEST(CohereStream, GivesACallWithoutArgumentsAnEmptyObject) {
    const auto told = std::vector<told_call>{{0, 0, "n_1", "now", "{}"}};
    const auto begun = start() + call_start("n_1", "now", 0);
    EXPECT_EQ(
        decode(begun + event("tool-call-end", "\"index\":0") + finished("TOOL_CALL")).calls, told
    );
    EXPECT_EQ(decode(begun + finished("TOOL_CALL")).calls, told);
}

TEST(CohereStream, NamesACallThatHasNoId) {
    const auto seen = decode(start() + call_start("", "a", 0) + finished("COMPLETE"));
    ASSERT_EQ(seen.calls.size(), 1U);
    EXPECT_EQ(seen.calls[0].id, "call_r1_0");
    EXPECT_EQ(seen.finishes, (finishes{{0, finish_reason::tool_calls}}));
}

TEST(CohereStream, TellsCitationsByTheirPlaceInTheWholeText) {
    const std::string source =
        R"("sources":[{"type":"document","id":"doc:0","document":{"title":"facts","url":"https://x.example","text":"It is so."}}])";
    const auto seen = decode(
        start() + text("Grüß. ", 0) + text("Dich", 2) +
        part(
            "citation-start", R"({"citations":{"start":0,"end":4,"text":"Dich",)" + source + "}}", 0
        ) +
        event("citation-end", "\"index\":0") +
        part(
            "citation-start",
            R"({"citations":{"start":1,"end":2,"content_index":0,"type":"TEXT_CONTENT","sources":[)"
            R"({"type":"tool","id":"t:0","tool_output":{"content":"-3"}},{"id":"u"}]}})",
            1
        ) +
        part("citation-start", R"({"citations":{"start":1,"end":2,"type":"PLAN"}})", 2) +
        finished("COMPLETE")
    );
    EXPECT_EQ(
        seen.citations,
        (std::vector<told_citation>{
            {0, "https://x.example", "facts", "It is so.", 6, 10},
            {0, "", "t:0", "-3", 1, 2},
            {0, "", "u", "", 1, 2},
            {0, "", "", "", -1, -1}})
    );
}

TEST(CohereStream, ShowsOnlyTheBeginningOfALongSource) {
    std::string words(4095, 'a');
    words += "é and more";
    const auto wire = part(
        "citation-start",
        R"({"citations":{"start":0,"end":1,"sources":[{"document":{"text":")" + words + "\"}}]}}"
    );
    const auto cut = run_pieces({wire});
    ASSERT_EQ(cut.citations.size(), 1U);
    EXPECT_EQ(cut.citations[0].cited_text, std::string(4095, 'a'));
}

TEST(CohereStream, TellsTheProbabilityOfEachPieceOfText) {
    const auto seen = decode(
        event(
            "content-delta",
            R"("index":0,"delta":{"message":{"content":{"text":"Hi"}}},"logprobs":{"token_ids":[1,2],"logprobs":[-0.5,-0.25]})"
        ) +
        finished("COMPLETE")
    );
    EXPECT_EQ(
        json::parse(seen.logprobs),
        json::parse(R"([{"token":"Hi","logprob":-0.75,"bytes":[72,105],"top_logprobs":[]}])")
    );
}

TEST(CohereStream, MapsItsWordsForTheEnd) {
    const auto finish_of = [](std::string_view word) {
        const auto seen = decode(text("a") + finished(word));
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.native_reasons, std::vector<std::string>{std::string(word)});
        return seen.finishes.at(0).second;
    };
    EXPECT_EQ(finish_of("STOP_SEQUENCE"), finish_reason::stop);
    EXPECT_EQ(finish_of("MAX_TOKENS"), finish_reason::length);
    EXPECT_EQ(finish_of("TOOL_CALL"), finish_reason::tool_calls);
    EXPECT_EQ(finish_of("ERROR_TOXIC"), finish_reason::content_filter);
    EXPECT_EQ(finish_of("SOMETHING_NEW"), finish_reason::stop);
}

TEST(CohereStream, FailsWhereTheEndIsAnError) {
    const auto told =
        decode(text("a") + message_end(R"("finish_reason":"ERROR","error":"it broke")"));
    EXPECT_EQ(told.ended, outcome::upstream_error);
    EXPECT_EQ(told.failure->message, "it broke");
    EXPECT_THAT(told.finishes, IsEmpty());
    const auto silent = decode(text("a") + finished("ERROR"));
    EXPECT_EQ(silent.ended, outcome::upstream_error);
    EXPECT_THAT(silent.failure->message, HasSubstr("upstream"));
    const auto late = decode(text("a") + finished("TIMEOUT"));
    ASSERT_TRUE(late.failure);
    EXPECT_EQ(late.failure->status, 504);
    EXPECT_EQ(late.failure->type, "timeout_error");
}

TEST(CohereStream, FailsWhereItEndsWithoutAReason) {
    for (const auto* members : {"", R"("usage":{"tokens":{"output_tokens":1}})"}) {
        const auto seen = decode(start() + text("a") + message_end(members));
        EXPECT_EQ(seen.ended, outcome::upstream_eof);
        EXPECT_EQ(seen.text.at(0), "a");
        EXPECT_TRUE(seen.finishes.empty());
        ASSERT_TRUE(seen.failure);
        EXPECT_NE(seen.failure->message.find("without saying why"), std::string::npos);
        EXPECT_EQ(seen.failure->remedy, remedy::again);
    }
}

TEST(CohereStream, FailsWhereItBreaksOff) {
    EXPECT_EQ(decode(start() + text("a")).ended, outcome::upstream_eof);
    EXPECT_EQ(decode(start() + text("a") + "data: [DONE]\n\n").ended, outcome::upstream_eof);
    EXPECT_EQ(decode("").ended, outcome::upstream_eof);
}

TEST(CohereStream, FailsWhereAnErrorIsReported) {
    for (const std::string_view tail :
         {"data: {\"id\":\"x\",\"message\":\"too many "
          "tokens\",\"error_type\":\"TOO_MANY_TOKENS\"}\n\n",
          "event: error\ndata: {\"message\":\"too many "
          "tokens\",\"error_type\":\"TOO_MANY_TOKENS\"}\n\n"}) {
        const auto seen = decode(text("a") + std::string(tail));
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_EQ(seen.failure->message, "too many tokens");
        EXPECT_EQ(seen.failure->status, 400);
    }
}

TEST(CohereStream, SkipsWhatItDoesNotKnowAndWhatHasNoPlace) {
    const auto seen = decode(
        event("debug", R"("prompt":"x")") + arguments("{}", 0) + event("tool-call-end") +
        part("citation-start", R"({"citations":[]})") + event("content-delta", "\"delta\":7") +
        "data: []\n\n" + text("a") + finished("COMPLETE")
    );
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.text.at(0), "a");
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.citations, IsEmpty());
}

TEST(CohereStream, BoundsHowManyToolCallsThereAre) {
    std::string wire;
    for (int index = 0; index < 257; ++index)
        wire += call_start("i", "n", index);
    EXPECT_EQ(run_pieces({wire}).ended, outcome::upstream_error);
}

TEST(CohereErrors, AreTheClientsOrTheProvidersFault) {
    auto codec = make_cohere_codec();
    (void)codec->encode({}, plain_provider(), "m");
    const auto told = codec->refuse(
        400, {}, R"({"error_type":"TOO_MANY_TOKENS","id":"1","message":"too many tokens: 9"})"
    );
    EXPECT_EQ(told.status, 400);
    EXPECT_EQ(told.type, "TOO_MANY_TOKENS");
    EXPECT_EQ(told.message, "too many tokens: 9");
    EXPECT_EQ(codec->refuse(404, {}, R"({"id":"1","message":"model 'm' not found"})").status, 404);
    const auto key = codec->refuse(401, {}, R"({"message":"invalid api token sk-secret-key"})");
    EXPECT_EQ(key.code, "upstream_credentials");
}

}  // namespace
}  // namespace sluice::upstream::testing
