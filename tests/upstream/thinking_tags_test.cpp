#include "upstream/providers/thinking_tags.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::upstream {
namespace {

/// Thoughts and answer.
using split = std::pair<std::string, std::string>;

void gather(const std::vector<thinking_tags::piece>& pieces, split& into) {
    for (const auto& [thought, text] : pieces)
        (thought ? into.first : into.second) += text;
}

split read(const std::vector<std::string_view>& texts) {
    thinking_tags tags;
    split result;
    std::vector<thinking_tags::piece> pieces;
    for (const auto text : texts) {
        const std::vector<char> exact(text.begin(), text.end());
        pieces.clear();
        tags.feed({exact.data(), exact.size()}, pieces);
        gather(pieces, result);
    }
    pieces.clear();
    tags.end(pieces);
    gather(pieces, result);
    return result;
}

/// The same at every two cuts and byte by byte.
split read_anyhow(std::string_view text) {
    const auto whole = read({text});
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            const auto cut = read(
                {text.substr(0, first), text.substr(first, second - first), text.substr(second)}
            );
            EXPECT_EQ(cut, whole) << first << ' ' << second;
        }
    }
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < text.size(); ++at)
        bytes.push_back(text.substr(at, 1));
    EXPECT_EQ(read(bytes), whole);
    return whole;
}

TEST(ThinkingTags, TellThoughtsFromTheAnswer) {
    EXPECT_EQ(
        read_anyhow("<think>Two and two.</think><response>Four.</response>"),
        split("Two and two.", "Four.")
    );
}

TEST(ThinkingTags, MayStandAmongWhiteSpace) {
    EXPECT_EQ(read_anyhow("\n<think>a</think>\n\n<response>b </response>\n"), split("a", "b "));
}

TEST(ThinkingTags, NeedNoResponseTag) {
    EXPECT_EQ(read_anyhow("<think>a</think>\n\nb"), split("a", "\n\nb"));
}

TEST(ThinkingTags, KeepAnAnswerThatSpeaksOfThem) {
    for (const std::string_view text :
         {"Write <think>a</think> first.",
          "x<think>",
          "<thinking>a</thinking>",
          "<response>b</response>",
          " < think>",
          "</think>a",
          "<"}) {
        EXPECT_EQ(read_anyhow(text), split("", text)) << text;
    }
}

TEST(ThinkingTags, KeepTheirNamesWithinThoughtsAndAnswer) {
    EXPECT_EQ(
        read_anyhow("<think><think> and </thin</think><response><response> </response> </think> c"
                    "</response>"),
        split("<think> and </thin", "<response> </response> </think> c")
    );
}

TEST(ThinkingTags, KeepWhatBreaksOff) {
    EXPECT_EQ(read_anyhow("<think>on and </thi"), split("on and </thi", ""));
    EXPECT_EQ(read_anyhow("<thin"), split("", "<thin"));
    EXPECT_EQ(read_anyhow("<think>a</think><respon"), split("a", "<respon"));
    EXPECT_EQ(read_anyhow("<think>a</think><response>b</respo"), split("a", "b</respo"));
    EXPECT_EQ(read_anyhow("<think>a</think> \n"), split("a", ""));
}

TEST(ThinkingTags, TakeLongWhiteSpaceForText) {
    const std::string spaces(thinking_tags::spaces_max + 1, ' ');
    EXPECT_EQ(read({spaces + "<think>a"}), split("", spaces + "<think>a"));
    EXPECT_EQ(
        read_anyhow("<think>a</think><response>b</response>" + spaces),
        split("a", "b</response>" + spaces)
    );
}

TEST(ThinkingTags, HoldBackOnlyWhatMayBecomeATag) {
    thinking_tags tags;
    std::vector<thinking_tags::piece> pieces;
    tags.feed("<think>1 <", pieces);
    ASSERT_EQ(pieces, (std::vector<thinking_tags::piece>{{true, "1 "}}));
    pieces.clear();
    tags.feed(" 2", pieces);
    ASSERT_EQ(pieces, (std::vector<thinking_tags::piece>{{true, "< 2"}}));
    EXPECT_FALSE(tags.plain());
}

TEST(ThinkingTags, AreOverOnceTheTextHasBegunWithoutOne) {
    thinking_tags tags;
    std::vector<thinking_tags::piece> pieces;
    tags.feed("He", pieces);
    EXPECT_EQ(pieces, (std::vector<thinking_tags::piece>{{false, "He"}}));
    EXPECT_TRUE(tags.plain());
}

}  // namespace
}  // namespace sluice::upstream
