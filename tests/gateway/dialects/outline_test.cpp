#include "gateway/dialects/chat_outline.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_input.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace sluice::gateway::testing {
namespace {

/// Read from a block of just its size, so that the address sanitizer sees a read behind its end.
std::optional<chat_outline> outline(std::string_view body) {
    const auto exact = std::make_unique<char[]>(body.size());
    body.copy(exact.get(), body.size());
    auto seen = outline_chat({exact.get(), body.size()});
    // The model is a part of the block, which goes.
    if (seen) seen->model = body.substr(body.find(std::string{seen->model}), seen->model.size());
    return seen;
}

std::string with(std::string_view more) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + std::string{more} + "}";
}

TEST(ChatOutline, SeesTheModelAndWhatTheStreamIsToBe) {
    EXPECT_EQ(outline(with("")), (chat_outline{"m", false, false}));
    EXPECT_EQ(outline(with(R"(,"stream":true)")), (chat_outline{"m", true, false}));
    EXPECT_EQ(
        outline(with(R"(,"stream":true,"stream_options":{"include_usage":true})")),
        (chat_outline{"m", true, true})
    );
    EXPECT_EQ(
        outline(with(R"(,"stream":null,"stream_options":{"x":[1],"include_usage":null})")),
        (chat_outline{"m", false, false})
    );
    EXPECT_EQ(outline(with(R"(,"stream_options":null)")), (chat_outline{"m", false, false}));
}

TEST(ChatOutline, LeavesFieldsThatNobodyHasHeardOfToTheProvider) {
    EXPECT_TRUE(outline(with(R"(,"zebra":{"deep":[{"model":"no"},-1.5,true,null,"\"}"]})")));
    EXPECT_TRUE(outline(with(R"(,"temperature":"hot","tools":7,"n":128)")));
    EXPECT_TRUE(outline(with(R"(,"user":"\ud83d\ude00 é \u00e9 \n")")));
}

TEST(ChatOutline, IsSureOfNothingThatTheParserWouldRefuse) {
    const std::string whole = with(R"(,"user":"x","seed":12,"stream":true)");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(outline(whole.substr(0, size))) << size;
    for (const std::string& body :
         {whole + "}",
          whole + "x",
          with(","),
          with(R"(,"a":01)"),
          with(R"(,"a":.5)"),
          with(R"(,"a":nul)"),
          with(R"(,"a":[1,])"),
          with(R"(,"a":"\x")"),
          with(R"(,"a":"\ud83d")"),
          with(R"(,"a":"\ude00\ud83d")"),
          with(",\"a\":\"\n\""),
          with(",\"a\":\"\xff\""),
          with(",\"a\":\"\xed\xa0\x80\""),
          with(R"(,"model":"other")"),
          with(R"(,"a":1,"a":2)"),
          std::string(R"(["model","messages"])"),
          std::string("null")}) {
        EXPECT_FALSE(parse_object(body).has_value()) << body;
        EXPECT_FALSE(outline(body)) << body;
    }
}

TEST(ChatOutline, LeavesToTheDecoderWhatHasTwoReadingsOrIsMissing) {
    for (const std::string& body :
         {std::string(R"({"messages":[{"role":"user","content":"hi"}]})"),
          std::string(R"({"model":"","messages":[{"role":"user","content":"hi"}]})"),
          std::string(R"({"model":7,"messages":[{"role":"user","content":"hi"}]})"),
          std::string(R"({"model":"a\u0062","messages":[{"role":"user","content":"hi"}]})"),
          std::string(R"({"mod\u0065l":"a","messages":[{"role":"user","content":"hi"}]})"),
          std::string(R"({"model":"m"})"),
          std::string(R"({"model":"m","messages":[]})"),
          std::string(R"({"model":"m","messages":"hi"})"),
          std::string(R"({"model":"m","messages":["hi"]})"),
          with(R"(,"stream":"yes")"),
          with(R"(,"stream_options":7)"),
          with(R"(,"stream_options":{"include_usage":1})"),
          with(R"(,"stream_options":{"include_usage":true,"include_usage":false})"),
          with(R"(,"stream_options":{"include\u005fusage":true})"),
          with(R"(,"n":0)"),
          with(R"(,"n":129)"),
          with(R"(,"n":1.5)"),
          with(R"(,"seed":12345678901234567890)"),
          with(R"(,"temperature":1e-1)")})
        EXPECT_FALSE(outline(body)) << body;
}

TEST(ChatOutline, LeavesDeepNestingAndVeryManyKeysToTheDecoder) {
    const auto nested = [](std::size_t depth) {
        return with(",\"a\":" + std::string(depth, '[') + std::string(depth, ']'));
    };
    EXPECT_TRUE(outline(nested(json_depth_max - 1)));
    EXPECT_FALSE(outline(nested(json_depth_max)));
    EXPECT_FALSE(outline(nested(100'000)));
    std::string keys;
    for (int i = 0; i < 62; ++i)
        keys += ",\"k" + std::to_string(i) + "\":1";
    EXPECT_TRUE(outline(with(keys)));
    EXPECT_FALSE(outline(with(keys + ",\"k\":1")));
}

TEST(ChatOutline, TakesTheBodyOnlyWhereItIsSure) {
    std::string body = with(R"(,"stream":true)");
    const auto kept = body;
    const auto outlined = openai_chat_dialect().outline(body);
    ASSERT_TRUE(outlined);
    EXPECT_TRUE(outlined->outlined);
    EXPECT_EQ(outlined->call.body, kept);
    EXPECT_EQ(outlined->call.request.model, "m");
    EXPECT_EQ(outlined->call.api, upstream::api::openai_chat);
    body = "{}";
    EXPECT_FALSE(openai_chat_dialect().outline(body));
    EXPECT_EQ(body, "{}");
    body = kept;
    EXPECT_FALSE(native_dialect().outline(body));
    EXPECT_EQ(body, kept);
}

}  // namespace
}  // namespace sluice::gateway::testing
