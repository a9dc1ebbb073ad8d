#include "gateway/http/live_sections.hpp"

#include "gateway/http/live_feeds.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sluice::gateway::testing {
namespace {

TEST(LiveSections, AreNamedInAnyOrder) {
    const auto none = read_sections("");
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->targets || none->keys || none->streams);
    const auto two = read_sections("streams,targets");
    ASSERT_TRUE(two);
    EXPECT_TRUE(two->targets);
    EXPECT_FALSE(two->keys);
    EXPECT_TRUE(two->streams);
    EXPECT_TRUE(read_sections("keys,keys")->keys);
}

TEST(LiveSections, AreToldAgainForAMoment) {
    using std::chrono::milliseconds;
    const brief_text::clock::time_point made{};
    brief_text text;
    EXPECT_FALSE(text.good(made));
    text.put("said", made);
    EXPECT_TRUE(text.good(made + milliseconds{199}));
    EXPECT_EQ(text.text(), "said");
    EXPECT_FALSE(text.good(made + milliseconds{200}));
}

TEST(LiveSections, AreNoOthers) {
    for (const auto& [text, wrong] :
         {std::pair{"secrets", "secrets"},
          std::pair{"targets,Keys", "Keys"},
          std::pair{"targets, keys", " keys"},
          std::pair{",targets", ""},
          std::pair{"targets,,keys", ""}}) {
        const auto read = read_sections(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error(), wrong) << text;
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
