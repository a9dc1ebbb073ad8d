#include "upstream/providers/openai_glance.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {
namespace {

openai_glance in_choice(int choice, bool content) {
    openai_glance seen;
    seen.choice = choice;
    seen.content = content;
    return seen;
}

/// Read from a block of just its size, so that the address sanitizer sees a read behind its end.
std::optional<openai_glance> glance(std::string_view text) {
    const auto exact = std::make_unique<char[]>(text.size());
    text.copy(exact.get(), text.size());
    return openai_glancer().look({exact.get(), text.size()}, false);
}

/// The same with a memory of the chunk before.
std::optional<openai_glance> glance_after(std::string_view before, std::string_view text) {
    const auto exact = std::make_unique<char[]>(text.size());
    text.copy(exact.get(), text.size());
    openai_glancer glancer;
    glancer.look(before, false);
    return glancer.look({exact.get(), text.size()}, false);
}

const std::string token_chunk =
    R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m",)"
    R"("system_fingerprint":null,"choices":[{"index":0,"delta":{"content":" wor\"ld\u00e9"},)"
    R"("logprobs":{"content":[{"token":" w","logprob":-0.25,"bytes":[32,119]}]},)"
    R"("finish_reason":null}],"usage":null,"obfuscation":"x9"})";

std::string with_delta(std::string_view delta) {
    return R"({"choices":[{"index":0,"delta":)" + std::string(delta) + "}]}";
}

TEST(OpenAiGlance, SeesTheContentOfATokenAndItsChoice) {
    EXPECT_EQ(glance(token_chunk), in_choice(0, true));
    EXPECT_EQ(
        glance(R"( { "choices" : [ { "index" : 127, "delta" : {"content":"a"} } ] } )"),
        in_choice(127, true)
    );
}

TEST(OpenAiGlance, CountsReasoningAndRefusalAsContentAndEmptyTextsAsNone) {
    for (const auto* key : {"content", "reasoning_content", "reasoning", "refusal"}) {
        SCOPED_TRACE(key);
        const auto member = [&](std::string_view value) {
            return with_delta("{\"" + std::string(key) + "\":" + std::string(value) + "}");
        };
        EXPECT_EQ(glance(member(R"("x")")), in_choice(0, true));
        EXPECT_EQ(glance(member(R"("")")), in_choice(0, false));
        EXPECT_EQ(glance(member("null")), in_choice(0, false));
        EXPECT_EQ(glance(member("[]")), std::nullopt);
    }
    EXPECT_EQ(glance(with_delta(R"({"role":"assistant"})")), in_choice(0, false));
    EXPECT_EQ(glance(with_delta("{}")), in_choice(0, false));
}

TEST(OpenAiGlance, SeesIdentityFinishAndUsage) {
    const std::string_view chunk =
        R"({"id":"c1","model":"m","created":17,"choices":[{"index":2,"delta":{},)"
        R"("finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":4}})";
    auto wanted = in_choice(2, false);
    wanted.finish_reason = "length";
    wanted.usage = R"({"prompt_tokens":3,"completion_tokens":4})";
    EXPECT_EQ(openai_glancer().look(chunk, false), wanted);
    wanted.id = "c1";
    wanted.model = "m";
    wanted.created = 17;
    EXPECT_EQ(openai_glancer().look(chunk, true), wanted);
    EXPECT_TRUE(glance(R"({"choices":[]})")->no_choice);
    EXPECT_EQ(openai_glancer().look(R"({"id":"a\u0062","choices":[]})", true), std::nullopt);
    EXPECT_EQ(openai_glancer().look("{\"model\":\"\xc3\xa9\",\"choices\":[]}", true), std::nullopt);
}

TEST(OpenAiGlance, LeavesEverythingWithAMeaningOfItsOwnToTheReader) {
    for (const std::string_view chunk : {
             R"({"choices":[{"delta":{}},{"delta":{}}]})",
             R"({"choices":[{"index":0,"delta":{"tool_calls":[]}}]})",
             R"({"choices":[{"index":0,"delta":{"function_call":{}}}]})",
             R"({"choices":[{"index":0,"delta":{"images":[]}}]})",
             R"({"choices":[{"index":0,"delta":null}]})",
             R"({"choices":[{"index":0,"text":"legacy"}]})",
             R"({"choices":[{"index":128,"delta":{}}]})",
             R"({"choices":[{"index":-1,"delta":{}}]})",
             R"({"choices":[{"index":0,"delta":{}}],"x_groq":{}})",
             R"({"choices":[{"index":0,"delta":{}}],"error":{"message":"m"}})",
             R"({"choices":[{"index":0,"delta":{}}],"error":""})",
             R"({"object":"error","choices":[{"index":0,"delta":{}}]})",
             R"({"object":"\u0065rror","choices":[{"index":0,"delta":{}}]})",
             R"({"\u0065rror":{},"choices":[{"index":0,"delta":{}}]})",
             R"({"id":"x"})",
             R"({"choices":[],"error":{}})",
             R"({"choices":[{"index":0,"delta":{}}],"usage":[]})",
             R"({"choices":[{"index":0,"delta":{},"finish_reason":"st\u006fp"}]})",
             R"({"created":"now","choices":[]})",
             R"({"created":1.5,"choices":[]})",
             R"([])",
             R"("text")",
             "",
         }) {
        EXPECT_EQ(glance(chunk), std::nullopt) << chunk;
    }
}

TEST(OpenAiGlance, TakesEscapedPairsOfSurrogatesAndLeavesHalvesToTheReader) {
    EXPECT_EQ(glance(with_delta(R"({"content":"\ud83d\uDE00"})")), in_choice(0, true));
    for (const std::string_view half :
         {R"(\ud83d)", R"(\ude00)", R"(\ud83dx)", R"(\ud83d\u0041)"}) {
        const auto delta = R"({"content":")" + std::string(half) + R"("})";
        EXPECT_EQ(glance(with_delta(delta)), std::nullopt) << half;
    }
}

TEST(OpenAiGlance, LeavesDoubledNamesToTheReader) {
    for (const std::string_view chunk : {
             R"({"choices":[{"delta":{}}],"choices":[]})",
             R"({"choices":[{"delta":{},"delta":null}]})",
             R"({"choices":[{"index":0,"index":1,"delta":{}}]})",
             R"({"choices":[{"delta":{"content":"a","content":""}}]})",
         }) {
        EXPECT_EQ(glance(chunk), std::nullopt) << chunk;
    }
}

TEST(OpenAiGlance, LeavesWhatIsNotJsonToTheReader) {
    for (std::size_t size = 0; size < token_chunk.size(); ++size)
        EXPECT_EQ(glance(std::string_view(token_chunk).substr(0, size)), std::nullopt) << size;
    for (const std::string_view value :
         {"01",
          "1.",
          ".5",
          "-",
          "1e5",
          "+1",
          "tru",
          "nul",
          "'a'",
          "\"a\nb\"",
          "\"\\x\"",
          "\"\\u12g4\"",
          "[1,]",
          "[1 2]",
          "{\"a\"}",
          "{\"a\":}",
          "{a:1}",
          "{\"a\":1,}",
          "1234567890123456"}) {
        const auto chunk = R"({"x":)" + std::string(value) +
                           R"(,"choices":[{"index":0,"delta":{"content":"a"}}]})";
        EXPECT_EQ(glance(chunk), std::nullopt) << chunk;
    }
    EXPECT_EQ(glance(token_chunk + "x"), std::nullopt);
    EXPECT_EQ(glance(token_chunk + token_chunk), std::nullopt);
}

TEST(OpenAiGlance, FindsTheEndOfAStringWhereverItLies) {
    for (std::size_t size = 0; size < 40; ++size) {
        const auto text = std::string(size, 'a');
        EXPECT_EQ(glance(with_delta("{\"content\":\"" + text + "\"}")), in_choice(0, size > 0));
        EXPECT_EQ(
            glance(with_delta("{\"content\":\"" + text + R"(\\\"é)" + "\"}")), in_choice(0, true)
        );
        EXPECT_EQ(glance(with_delta("{\"content\":\"" + text + "\x01\"}")), std::nullopt);
    }
}

TEST(OpenAiGlance, TellsTheSameWhateverCameBefore) {
    const auto chunk = [](std::string_view content, std::string_view tail) {
        return R"({"id":"c","choices":[{"index":3,"delta":{"role":"assistant","content":")" +
               std::string(content) + R"("},"finish_reason":null}],"obfuscation":")" +
               std::string(tail) + "\"}";
    };
    std::vector<std::string> chunks{
        R"({"id":"a","choices":[{"delta":{"content":"x"}}]})",
        R"({"id":"\u00e9","choices":[{"delta":{"content":"x"}}]})",
        "{\"id\":\"\xc3\xa9\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}",
        token_chunk,
        with_delta(R"({"content":"a","refusal":null})"),
        "{}"};
    for (const auto* content :
         {"",
          "a",
          "ab",
          "abc",
          "abcdefghijk",
          "ab\\",
          R"(\n)",
          R"(\t)",
          R"(\\)",
          R"(\"}],"usage":{}})",
          R"(ab"cd)",
          "\x01"}) {
        for (const auto* tail : {"", "x", R"(\\)", "xyzxyzxyz"})
            chunks.push_back(chunk(content, tail));
    }
    for (const auto& before : chunks) {
        for (const auto& after : chunks) {
            SCOPED_TRACE(before + " then " + after);
            EXPECT_EQ(glance_after(before, after), glance(after));
            EXPECT_EQ(glance_after(before, after + " "), glance(after + " "));
            for (std::size_t size = 0; size < after.size(); size += 7)
                EXPECT_EQ(
                    glance_after(before, after.substr(0, size)), glance(after.substr(0, size))
                );
        }
    }
}

TEST(OpenAiGlance, GoesOnlySoDeep) {
    const auto nested = [](std::size_t depth) {
        return R"({"x":)" + std::string(depth, '[') + std::string(depth, ']') +
               R"(,"choices":[{"delta":{}}]})";
    };
    EXPECT_EQ(glance(nested(8)), in_choice(0, false));
    EXPECT_EQ(glance(nested(100'000)), std::nullopt);
}

// ---- for translation ----

std::optional<openai_glance> translate(std::string_view text) {
    return openai_glancer(openai_glancer::purpose::translation).look(text, false);
}

TEST(OpenAiGlance, TellsTheTextsOfWhatIsToBeTranslated) {
    const auto seen =
        translate(with_delta(R"({"role":"assistant","content":"a\"b","refusal":null})"));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->text, R"(a\"b)");
    EXPECT_TRUE(seen->content);
    EXPECT_EQ(translate(with_delta(R"({"reasoning":"why"})"))->reasoning, "why");
    EXPECT_EQ(translate(with_delta(R"({"refusal":"no"})"))->refusal, "no");
}

TEST(OpenAiGlance, TellsTheTextsOfChunksThatAreLikeTheOneBefore) {
    openai_glancer glancer(openai_glancer::purpose::translation);
    const auto chunk = [](std::string_view id, std::string_view text) {
        return R"({"id":")" + std::string(id) + R"(","choices":[{"index":1,"delta":{"content":")" +
               std::string(text) + R"("},"finish_reason":null}],"obfuscation":"x"})";
    };
    for (const std::string_view text : {"one", "one", "", "three", "\\u00e9", "one"}) {
        for (const std::string_view id : {"c", "longer", ""}) {
            const auto bytes = chunk(id, text);
            const auto seen = glancer.look(bytes, false);
            ASSERT_TRUE(seen) << bytes;
            EXPECT_EQ(seen->text, text);
            EXPECT_EQ(seen->choice, 1);
            EXPECT_EQ(seen->content, !text.empty());
        }
    }
}

TEST(OpenAiGlance, LeavesWhatATranslationHasToUnderstandToTheReader) {
    for (const std::string_view chunk : {
             R"({"choices":[{"delta":{"content":"a"},"logprobs":{"content":[]}}]})",
             R"({"choices":[{"delta":{"content":"a"},"text":"b"}]})",
             R"({"choices":[{"delta":{"content":"a","annotations":[{"type":"url_citation"}]}}]})",
             R"({"choices":[{"delta":{"reasoning":"a","reasoning_content":"a"}}]})",
             R"({"citations":["https://a"],"choices":[{"delta":{"content":"a"}}]})",
         }) {
        EXPECT_EQ(translate(chunk), std::nullopt) << chunk;
    }
    EXPECT_TRUE(translate(R"({"choices":[{"delta":{"content":"a"},"logprobs":null}]})"));
}

}  // namespace
}  // namespace sluice::upstream
