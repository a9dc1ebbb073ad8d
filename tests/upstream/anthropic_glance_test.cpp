#include "upstream/providers/anthropic_glance.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream {
namespace {

std::string event(std::string_view delta, std::string_view more = "") {
    return R"({"type":"content_block_delta","index":2,"delta":)" + std::string(delta) +
           std::string(more) + "}";
}

TEST(AnthropicGlance, SeesTheWordsOfTheThreeDeltasThatHoldThem) {
    for (const auto& [type, name] :
         {std::pair{"text_delta", "text"},
          std::pair{"thinking_delta", "thinking"},
          std::pair{"input_json_delta", "partial_json"}}) {
        const auto delta = std::string(R"({"type":")") + type + "\",\"" + name + R"(":" a\"b"})";
        const auto seen = glance_at_words(event(delta));
        ASSERT_TRUE(seen) << delta;
        EXPECT_EQ(seen->index, 2);
        EXPECT_EQ(seen->type, type);
        EXPECT_EQ(seen->raw, R"( a\"b)");
    }
}

TEST(AnthropicGlance, DoesNotMindThePaddingThatHidesSizes) {
    EXPECT_TRUE(glance_at_words(event(R"({"type":"text_delta","text":"a"})", "      ")));
}

TEST(AnthropicGlance, LeavesTheRestToTheReaderOfTheTree) {
    for (const auto& each : {
             event(R"({"type":"signature_delta","signature":"s"})"),
             event(R"({"type":"text_delta","thinking":"a"})"),
             event(R"({"type":"text_delta","text":"a","text":"b"})"),
             event(R"({"type":"text_delta","text":7})"),
             event(R"({"type":"text_delta"})"),
             event(R"({"type":"text_delta","text":"a","citations":[]})"),
             event(R"({"type":"text_delta","text":"a"})", R"(,"error":{})"),
             event(R"({"type":"text_delta","text":"a"})", R"(,"index":3)"),
             std::string(R"({"type":"ping","index":0,"delta":{"type":"text_delta","text":"a"}})"),
             std::string(
                 R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}})"
             ),
             event(R"({"type":"text_delta","text":"a"})") + "x",
         }) {
        EXPECT_FALSE(glance_at_words(each)) << each;
    }
}

}  // namespace
}  // namespace sluice::upstream
