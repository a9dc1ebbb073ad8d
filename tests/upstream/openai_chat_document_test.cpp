#include "tests/upstream/codec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

told document(std::string_view body) {
    const auto asked = transparent_call(false, false);
    auto whole = run(asked, plain_provider(), {body});
    EXPECT_TRUE(run(asked, plain_provider(), bytewise(body)).key() == whole.key());
    return whole;
}

TEST(OpenAiChatDocument, IsRelayedWholeWithItsMeaningBesideIt) {
    const std::string body =
        R"( {"id":"c","\u006dodel":"gpt","created":5,"choices":[{"index":0,"message":{"content":"a"},)"
        R"("finish_reason":"length"},{"index":1,"finish_reason":"tool_calls"}],)"
        R"("usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5},"new":[1]})"
        "\n";
    const auto seen = document(body);
    EXPECT_THAT(seen.frames, ElementsAre(Pair(body, true)));
    EXPECT_THAT(seen.identities, ElementsAre(std::tuple("c", "gpt", 5)));
    EXPECT_THAT(
        seen.finishes,
        ElementsAre(Pair(0, finish_reason::length), Pair(1, finish_reason::tool_calls))
    );
    EXPECT_EQ(seen.usage->total_tokens, 5);
    EXPECT_EQ(seen.ended, outcome::completed);
}

TEST(OpenAiChatDocument, IsAFailureWhereItHoldsAnError) {
    const auto seen = document(R"({"error":{"message":"no model","code":404},"choices":[]})");
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->status, 404);
    EXPECT_EQ(seen.failure->message, "no model");
    EXPECT_EQ(seen.bytes, "");
    const auto large = R"({"error":")" + std::string(100'000, 'x') + R"("})";
    EXPECT_EQ(run(transparent_call(false, false), plain_provider(), {large}).bytes, "");
}

TEST(OpenAiChatDocument, IsAFailureWhereItIsNoJsonObject) {
    for (const auto& body : std::vector<std::string>{
             std::string("{}\0x", 4),
             "<html></html>",
             "[1]",
             "{\"choices\":[",
             "{\"a\":}",
             "data: x"}) {
        const auto seen = document(body);
        EXPECT_EQ(seen.ended, outcome::upstream_error) << body;
        EXPECT_THAT(seen.failure->message, HasSubstr("not a JSON object"));
        EXPECT_EQ(seen.bytes, "");
    }
    EXPECT_EQ(document("").ended, outcome::upstream_eof);
    EXPECT_EQ(document(" \n").ended, outcome::upstream_eof);
}

TEST(OpenAiChatDocument, IsBounded) {
    auto codec = make_openai_chat_codec();
    (void)codec->encode(transparent_call(false, false), plain_provider(), "m");
    const std::string piece(1U << 20, ' ');
    batch out;
    for (int i = 0; i < 66 && !out.ending; ++i)
        codec->feed(piece, out);
    ASSERT_TRUE(out.ending);
    EXPECT_THAT(out.ending->failure->message, HasSubstr("too large"));
}

}  // namespace
}  // namespace sluice::upstream::testing
