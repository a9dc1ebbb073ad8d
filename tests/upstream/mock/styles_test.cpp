#include "upstream/mock/cuts.hpp"
#include "upstream/mock/text_style.hpp"
#include "upstream/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

constexpr std::array<text_style, 5> styles{
    text_style::prose,
    text_style::markdown,
    text_style::code,
    text_style::scripts,
    text_style::json,
};

std::vector<std::string> tokens_of(passage text) {
    std::vector<std::string> out;
    while (!text.done())
        text.next(out.emplace_back());
    return out;
}

std::string text_of(text_style style, std::uint64_t seed, std::int64_t tokens) {
    std::string out;
    for (const std::string& token : tokens_of(passage(style, seed, tokens)))
        out += token;
    return out;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        out.push_back(line);
    return out;
}

TEST(MockStyles, AreKnownByTheirNames) {
    EXPECT_THAT(
        text_styles(), testing::ElementsAre("prose", "markdown", "code", "scripts", "json")
    );
    EXPECT_EQ(find_text_style(""), text_style::prose);
    for (std::size_t i = 0; i < styles.size(); ++i)
        EXPECT_EQ(find_text_style(text_styles()[i]), styles[i]);
    EXPECT_FALSE(find_text_style("poem"));
    EXPECT_FALSE(find_text_style("Prose"));
}

TEST(MockStyles, HaveExactlyTheTokensAskedForEachOfWholeCharacters) {
    for (const text_style style : styles) {
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            for (std::int64_t count = 0; count < 200; ++count) {
                const auto tokens = tokens_of(passage(style, seed, count));
                ASSERT_EQ(tokens.size(), static_cast<std::size_t>(count))
                    << static_cast<int>(style);
                for (const std::string& token : tokens)
                    ASSERT_TRUE(!token.empty() && is_utf8(token)) << token;
            }
        }
    }
}

/// Any change of what is said is a change for everybody who compares answers: it has to be meant.
TEST(MockStyles, SayTheSameInEveryBuild) {
    constexpr std::array<std::uint64_t, 5> known{
        3341900646157525443U,
        6039261473021135873U,
        95651292027058102U,
        8833548810485016835U,
        5674500771663628257U,
    };
    for (std::size_t i = 0; i < styles.size(); ++i) {
        fingerprint print;
        for (const std::string& token : tokens_of(passage(styles[i], 11, 3000)))
            print.add(token);
        EXPECT_EQ(print.value(), known.at(i)) << text_styles()[i];
    }
}

TEST(MockStyles, LeaveProseAsItHasAlwaysBeen) {
    for (const auto& [seed, count, known] :
         {std::tuple<std::uint64_t, std::int64_t, std::uint64_t>{7, 300, 0x4b897d66e3f1e809U},
          {1, 60, 0x7afdc715e80fdd9fU},
          {42, 2000, 0x99a768346b11f9e5U}}) {
        fingerprint print;
        for (const std::string& token : tokens_of(passage(text_style::prose, seed, count)))
            print.add(token);
        EXPECT_EQ(print.value(), known);
    }
}

TEST(MockStyles, DependOnTheirSeed) {
    for (const text_style style : styles)
        EXPECT_NE(text_of(style, 1, 200), text_of(style, 2, 200));
}

TEST(MockStyles, GoOnForVeryLongAPieceAtATime) {
    for (const text_style style : styles) {
        passage text(style, 3, 200'000);
        std::size_t longest = 0;
        std::int64_t count = 0;
        for (std::string token; !text.done(); ++count) {
            token.clear();
            text.next(token);
            longest = std::max(longest, token.size());
        }
        EXPECT_EQ(count, 200'000);
        EXPECT_LE(longest, 64U) << static_cast<int>(style);
    }
}

TEST(MockJsonText, IsAnObjectAtEveryLength) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        for (std::int64_t count = 1; count < 200; ++count) {
            const std::string text = text_of(text_style::json, seed, count);
            const auto value = nlohmann::json::parse(text, nullptr, false);
            ASSERT_TRUE(value.is_object()) << text;
            const auto members = static_cast<std::size_t>(std::ranges::count(text, '_'));
            EXPECT_LE(value.size(), members);
        }
    }
}

TEST(MockJsonText, HasWhatParsersOfHalfAnObjectGetWrong) {
    const std::string text = text_of(text_style::json, 1, 3000);
    for (const char* const part :
         {R"(\ud83d\ude00)",
          R"(\u00e9)",
          R"(\")",
          R"(\\)",
          "1E+21",
          "-0.0",
          "流れ",
          "{}",
          "[]",
          "null"})
        EXPECT_TRUE(text.find(part) != std::string::npos) << part;
    bool halved = false;
    for (const std::string& token : tokens_of(passage(text_style::json, 1, 3000)))
        halved = halved || token.ends_with("\\ud83d");
    EXPECT_TRUE(halved) << "a surrogate pair is to be cut in its middle";
}

TEST(MockMarkdown, HasEveryKindOfBlock) {
    const std::string text = text_of(text_style::markdown, 1, 5000);
    EXPECT_TRUE(text.starts_with("# "));
    for (const char* const part :
         {"\n\n## ",
          "\n\n### ",
          "\n- ",
          "\n  - ",
          "\n    1. ",
          "\n1. ",
          "\n   - [x] ",
          "\n> > ",
          "| :--- | :---: | ---: |",
          "\n\n```",
          "](https://example.com/",
          "![",
          "\n\n---\n\n",
          "**",
          "~~",
          "``a `tick` inside``",
          "  \n"})
        EXPECT_TRUE(text.find(part) != std::string::npos) << part;
}

/// Lines outside fences, and whether all fences are closed.
std::pair<std::vector<std::string>, bool> without_fences(const std::string& text) {
    std::vector<std::string> out;
    bool open = false;
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with("```")) {
            open = !open;
        } else if (!open) {
            out.push_back(line);
        }
    }
    return {out, !open};
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size()))
        ++count;
    return count;
}

TEST(MockMarkdown, ClosesWhatItOpensAtEveryLength) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        for (std::int64_t count = 1; count < 900; count += 41) {
            const std::string text = text_of(text_style::markdown, seed, count);
            const auto [lines, closed] = without_fences(text);
            EXPECT_TRUE(closed) << text;
            for (const std::string& line : lines) {
                EXPECT_EQ(count_of(line, "**") % 2, 0U) << line;
                EXPECT_EQ(count_of(line, "`") % 2, 0U) << line;
                EXPECT_EQ(count_of(line, "~~") % 2, 0U) << line;
                EXPECT_EQ(count_of(line, "["), count_of(line, "]")) << line;
            }
        }
    }
}

TEST(MockMarkdown, HasTablesWithAsManyCellsInEachRow) {
    const auto [lines, closed] = without_fences(text_of(text_style::markdown, 4, 5000));
    std::size_t rows = 0;
    for (const std::string& line : lines) {
        if (!line.starts_with("|")) continue;
        ++rows;
        EXPECT_EQ(count_of(line, "|") - count_of(line, "\\|"), 4U) << line;
        EXPECT_TRUE(line.ends_with(" |")) << line;
    }
    EXPECT_GT(rows, 10U);
}

TEST(MockCode, IsWrittenInOneOfSeveralLanguages) {
    std::set<std::string> beginnings;
    for (std::uint64_t seed = 0; seed < 40; ++seed)
        beginnings.insert(lines_of(text_of(text_style::code, seed, 400)).front());
    EXPECT_EQ(beginnings.size(), 4U);
}

TEST(MockCode, HasIndentationEscapesAndLongLines) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        const std::string text = text_of(text_style::code, seed, 6000);
        const auto lines = lines_of(text);
        const auto longest = std::ranges::max(lines, {}, &std::string::size).size();
        EXPECT_GT(longest, 300U) << text.substr(0, 40);
        EXPECT_TRUE(
            text.find("\n    ") != std::string::npos || text.find("\n\t") != std::string::npos ||
            text.find("\n  ") != std::string::npos
        );
        EXPECT_TRUE(text.find("\\n") != std::string::npos);
        EXPECT_TRUE(text.find("\\\"") != std::string::npos);
        EXPECT_TRUE(text.find("\\\\") != std::string::npos);
        EXPECT_TRUE(text.find("@A") == std::string::npos) << "a slot is left";
        EXPECT_TRUE(text.find("@I") == std::string::npos);
    }
}

TEST(MockCode, EndsInACommentWhereAFunctionIsTooLong) {
    for (std::int64_t count = 1; count < 10; ++count) {
        const std::string text = text_of(text_style::code, 3, count);
        EXPECT_TRUE(text.starts_with("// ") || text.starts_with("# ")) << text;
    }
}

TEST(MockScripts, AreCutWithinWhatReadersSeeAsOneCharacter) {
    const auto tokens = tokens_of(passage(text_style::scripts, 1, 20'000));
    const auto begins = [&](std::string_view with) {
        return std::ranges::any_of(tokens, [&](const std::string& token) {
            return token.starts_with(with);
        });
    };
    EXPECT_TRUE(begins("\u200d")) << "a zero-width joiner";
    EXPECT_TRUE(begins("\U0001F3FD")) << "a skin tone";
    EXPECT_TRUE(begins("\u0301")) << "a combining mark";
    EXPECT_TRUE(begins("\U0001F1EA")) << "the second half of a flag";
    EXPECT_TRUE(begins("\ufe0f")) << "a variation selector";
}

TEST(MockScripts, AreMany) {
    const std::string text = text_of(text_style::scripts, 1, 20'000);
    for (const char* const part :
         {"ß",  "ů",      "ψ",      "ё",     "ع", "ש", "ष",  "ส",
          "河", "は",     "한",     "ሰ",     "მ", "է", "𠮷", "👩🏽‍🚀",
          "🇩🇪", "\u200f", "\u2067", "\u00ad"})
        EXPECT_TRUE(text.find(part) != std::string::npos) << part;
}

TEST(MockVerbatim, IsTheTextItself) {
    const std::string text =
        "An answer,  with\n\n  blanks — 流れ, 12345 and 👩🏽‍🚀.\n";
    const auto tokens = tokens_of(passage::verbatim(text));
    std::string joined;
    for (const std::string& token : tokens) {
        EXPECT_TRUE(!token.empty() && is_utf8(token));
        joined += token;
    }
    EXPECT_EQ(joined, text);
    EXPECT_GT(tokens.size(), 12U);
    EXPECT_EQ(tokens, tokens_of(passage::verbatim(text)));
    EXPECT_TRUE(passage::verbatim("").done());
}

}  // namespace
}  // namespace sluice::upstream::mock
