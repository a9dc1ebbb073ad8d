#include "tests/upstream/ollama_run.hpp"

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

const std::string thought_line =
    R"({"model":"qwen3:4b","created_at":"2026-08-04T19:59:11.820116Z",)"
    R"("message":{"role":"assistant","content":"","thinking":"Hm"},"done":false})"
    "\n";
const std::string text_line =
    R"({"model":"qwen3:4b","created_at":"2026-08-04T19:59:12Z",)"
    R"("message":{"role":"assistant","content":"Hello \ud83d\ude00"},"done":false})"
    "\n";
const std::string calls_line =
    R"({"model":"qwen3:4b","created_at":"2026-08-04T19:59:13.5Z",)"
    R"("message":{"role":"assistant","content":"","tool_calls":[)"
    R"({"id":"call_a","function":{"index":0,"name":"look","arguments":{"x":1}}},)"
    R"({"function":{"name":"wait"}}]},"done":false})"
    "\n";
const std::string last_line =
    R"({"model":"qwen3:4b","created_at":"2026-08-04T19:59:14Z",)"
    R"("message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",)"
    R"("total_duration":9,"prompt_eval_count":11,"eval_count":7})"
    "\n";
const std::string wire = thought_line + text_line + calls_line + last_line;

std::string with_reason(const std::string& members) {
    return R"({"model":"m","message":{"content":"a"},"done":true)" + members + "}\n";
}

TEST(OllamaStream, TellsThoughtsTextAndWholeCalls) {
    const auto seen = run_ollama(translated_call(), {wire});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.reasoning.at(0), "Hm");
    EXPECT_EQ(seen.text.at(0), "Hello \xF0\x9F\x98\x80");
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "call_a", "look", R"({"x":1})"},
            // Made up of the line's time and the call's place.
            told_call{0, 1, "call_202608041959135_1", "wait", "{}"}
        )
    );
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("", "qwen3:4b", 1785873551)));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    EXPECT_THAT(seen.native_reasons, ElementsAre("stop"));
    ASSERT_TRUE(seen.usage);
    EXPECT_EQ(seen.usage->input_tokens, 11);
    EXPECT_EQ(seen.usage->output_tokens, 7);
    EXPECT_THAT(seen.frames, IsEmpty());
}

TEST(OllamaStream, IsTheSameHoweverTheBytesAreCut) {
    for (const auto& asked :
         {translated_call(), ollama_call(), ollama_call(api::ollama_generate)}) {
        const auto whole = run_ollama(asked, {wire}).key();
        EXPECT_TRUE(run_ollama(asked, bytewise(wire)).key() == whole);
        for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
            SCOPED_TRACE(cut);
            const std::string_view text(wire);
            const auto seen = run_ollama(asked, {text.substr(0, cut), text.substr(cut)});
            EXPECT_TRUE(seen.key() == whole);
        }
    }
}

TEST(OllamaStream, IsRelayedLineByLine) {
    const auto seen = run_ollama(ollama_call(), {wire});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(
        seen.frames,
        ElementsAre(
            Pair(thought_line, true),
            Pair(text_line, true),
            Pair(calls_line, true),
            Pair(last_line, true)
        )
    );
    EXPECT_THAT(seen.text, IsEmpty());
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("", "qwen3:4b", 1785873551)));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    ASSERT_TRUE(seen.usage);
    EXPECT_EQ(seen.usage->output_tokens, 7);
}

TEST(OllamaStream, KnowsALineWithoutContent) {
    const std::string empty =
        R"({"model":"m","message":{"role":"assistant","content":""},"done":false})"
        "\n";
    const std::string generated = R"({"model":"m","response":"a","done":false})"
                                  "\n";
    const auto seen = run_ollama(ollama_call(), {empty + generated + last_line});
    EXPECT_THAT(
        seen.frames, ElementsAre(Pair(empty, false), Pair(generated, true), Pair(last_line, true))
    );
}

TEST(OllamaStream, MapsTheReasonAndKeepsTheWord) {
    const auto reason = [](const std::string& members) {
        const auto seen = run_ollama(translated_call(), {with_reason(members)});
        return seen.finishes.at(0).second;
    };
    EXPECT_EQ(reason(R"(,"done_reason":"length")"), finish_reason::length);
    EXPECT_EQ(reason(R"(,"done_reason":"stop")"), finish_reason::stop);
    EXPECT_EQ(reason(""), finish_reason::stop);
    EXPECT_EQ(reason(R"(,"done_reason":"load")"), finish_reason::stop);
}

TEST(OllamaStream, DoesNotTakeAnAbsentCountForZero) {
    const auto some = run_ollama(translated_call(), {with_reason(R"(,"eval_count":7)")});
    ASSERT_TRUE(some.usage);
    EXPECT_FALSE(some.usage->input_tokens);
    EXPECT_EQ(some.usage->output_tokens, 7);
    EXPECT_FALSE(run_ollama(translated_call(), {with_reason("")}).usage);
}

TEST(OllamaStream, TellsProbabilitiesBeforeTheirText) {
    const std::string line =
        R"({"model":"m","message":{"content":"a"},"logprobs":[{"token":"a","logprob":-0.5,)"
        R"("bytes":[97],"top_logprobs":[]}],"done":true})"
        "\n";
    const auto seen = run_ollama(translated_call(), {line});
    EXPECT_EQ(seen.logprobs, R"([{"bytes":[97],"logprob":-0.5,"token":"a","top_logprobs":[]}])");
}

TEST(OllamaStream, AcceptsALastLineWithoutItsEndAndLinesWithCarriageReturns) {
    const auto cut = wire.substr(0, wire.size() - 1);
    const auto relayed = run_ollama(ollama_call(), {cut});
    EXPECT_EQ(relayed.ended, outcome::completed);
    EXPECT_EQ(relayed.bytes, wire);
    EXPECT_EQ(run_ollama(translated_call(), {cut}).ended, outcome::completed);

    std::string crlf;
    for (const char c : wire)
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    const auto seen = run_ollama(ollama_call(), {"\r\n" + crlf});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_EQ(seen.bytes, crlf);
}

TEST(OllamaStream, IgnoresWhatComesBehindTheEnd) {
    const auto seen = run_ollama(ollama_call(), {wire + text_line});
    EXPECT_EQ(seen.bytes, wire);
}

TEST(OllamaStream, FailsAtAnErrorLineAndDoesNotPassItOn) {
    const std::string error = R"({"error":"an error was encountered while running the model"})"
                              "\n";
    for (const auto& asked : {translated_call(), ollama_call()}) {
        const auto seen = run_ollama(asked, {text_line + error + last_line});
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_EQ(seen.failure->message, "an error was encountered while running the model");
        EXPECT_EQ(seen.failure->status, 502);
        EXPECT_THAT(seen.finishes, IsEmpty());
        EXPECT_THAT(seen.bytes, Not(HasSubstr("error")));
    }
}

TEST(OllamaStream, FailsWhereItBreaksOff) {
    for (const auto& asked : {translated_call(), ollama_call()}) {
        for (const auto size : {text_line.size(), text_line.size() + 20, wire.size() - 2}) {
            const auto seen =
                run_ollama(asked, {std::string_view(text_line + wire).substr(0, size)});
            EXPECT_EQ(seen.ended, outcome::upstream_eof);
            EXPECT_TRUE(seen.failure->retryable);
        }
    }
}

TEST(OllamaStream, FailsAtWhatIsNoAnswer) {
    const auto message = [](std::string_view body) {
        const auto seen = run_ollama(translated_call(), {body});
        EXPECT_NE(seen.ended, outcome::completed);
        return seen.failure->message;
    };
    EXPECT_THAT(message(""), HasSubstr("without sending any"));
    EXPECT_THAT(message("<html>\n<body>"), HasSubstr("a web page"));
    EXPECT_THAT(message("Ollama is running"), HasSubstr("no JSON lines"));
    EXPECT_THAT(message("{\"error\":\"no such model\"}"), HasSubstr("no such model"));
    EXPECT_THAT(message(text_line + "[1]\n"), HasSubstr("no JSON object"));
    EXPECT_THAT(message(text_line + "{\"a\":}\n"), HasSubstr("no JSON object"));
    const std::string deep =
        text_line + "{\"a\":" + std::string(500, '[') + std::string(500, ']') + "}\n";
    EXPECT_THAT(message(deep), HasSubstr("no JSON object"));
}

TEST(OllamaStream, BoundsALine) {
    const std::string line(5U << 20, ' ');
    for (const auto& asked : {translated_call(), ollama_call()})
        EXPECT_THAT(run_ollama(asked, {line}).failure->message, HasSubstr("too large"));
}

TEST(OllamaStream, ReadsOddTypesAsNothing) {
    const std::string odd =
        R"({"model":7,"created_at":[],"message":{"content":{},"thinking":1,"tool_calls":[1,)"
        R"({"function":{"name":""}},{"function":"f"}]},"logprobs":{},"done":false})"
        "\n"
        R"({"message":"x","tool_calls":3,"done":"yes"})"
        "\n";
    const auto seen = run_ollama(translated_call(), {odd + last_line});
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(seen.calls, IsEmpty());
    EXPECT_THAT(seen.text, IsEmpty());
}

TEST(OllamaDocument, IsPassedOnWholeWithItsFiguresBesideIt) {
    const auto body = wire.substr(thought_line.size() + text_line.size() + calls_line.size());
    const auto seen = run_ollama(ollama_call(api::ollama_chat, false), bytewise(body));
    EXPECT_EQ(seen.ended, outcome::completed);
    EXPECT_THAT(seen.frames, ElementsAre(Pair(body, true)));
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::stop)));
    EXPECT_EQ(seen.usage->input_tokens, 11);
}

TEST(OllamaDocument, FailsAtAnError) {
    const auto seen =
        run_ollama(ollama_call(api::ollama_generate, false), {R"({"error":"broken"})"});
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->message, "broken");
    EXPECT_THAT(seen.frames, IsEmpty());
}

TEST(OllamaErrors, KeepTheirStatusAndWords) {
    const auto codec = make_ollama_codec();
    (void)codec->encode(ollama_call(), ollama_provider(), "m");
    const auto missing = codec->refuse(404, {}, R"({"error":"model 'm' not found"})");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.message, "model 'm' not found");
    EXPECT_EQ(codec->refuse(401, {}, R"({"error":"sk-secret-key"})").code, "upstream_credentials");
}

}  // namespace
}  // namespace sluice::upstream::testing
