#include "gateway/http/live_sections.hpp"

#include <gtest/gtest.h>

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
