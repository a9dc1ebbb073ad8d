#include "upstream/routing/overlap_filter.hpp"

#include "upstream/utf8.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::upstream {
namespace {

/// What is left of a continuation, fed in pieces of `piece` bytes.
std::string left_of(
    std::string_view before, std::string_view next, std::size_t piece, bool prefilled = false
) {
    overlap_filter filter(before, prefilled);
    std::string out;
    for (std::size_t at = 0; at < next.size(); at += piece)
        out += filter.feed(next.substr(at, piece));
    out += filter.finish();
    return out;
}

std::string left_of(std::string_view before, std::string_view next) {
    auto whole = left_of(before, next, next.size() + 1);
    for (std::size_t piece = 1; piece <= 9; ++piece)
        EXPECT_EQ(left_of(before, next, piece), whole) << piece;
    return whole;
}

std::string numbered_words(int first, int last) {
    std::string out;
    for (int i = first; i < last; ++i)
        out += "word" + std::to_string(i) + " ";
    return out;
}

TEST(OverlapFilter, LetsThroughWhatRepeatsNothing) {
    EXPECT_EQ(left_of("The quick brown fox", " jumps over"), " jumps over");
    EXPECT_EQ(left_of("", "The quick brown fox"), "The quick brown fox");
    EXPECT_EQ(left_of("The quick brown fox", ""), "");
}

TEST(OverlapFilter, TakesOffTheLastWordsSaidAgain) {
    EXPECT_EQ(left_of("The quick brown fox", "brown fox jumps"), " jumps");
    EXPECT_EQ(left_of("The quick brown fox", " brown fox jumps"), " jumps");
    EXPECT_EQ(left_of("The quick brown ", "quick brown fox"), "fox");
}

TEST(OverlapFilter, TakesOffAnAnswerThatBeginsAnew) {
    EXPECT_EQ(left_of("The quick bro", "The quick brown fox"), "wn fox");
    const auto text = numbered_words(0, 5000);
    ASSERT_GT(text.size(), 10 * overlap_filter::overlap_bytes_max);
    EXPECT_EQ(left_of(text, text + "and on"), "and on");
}

TEST(OverlapFilter, BeginsWithinNoWord) {
    EXPECT_EQ(left_of("a misunderstanding", "understanding it"), "understanding it");
    EXPECT_EQ(left_of("ein Übersetzungsfehler", "bersetzungsfehler da"), "bersetzungsfehler da");
    EXPECT_EQ(left_of("the well-understood", "understood part"), " part");
}

TEST(OverlapFilter, CallsLessThanEightBytesChance) {
    EXPECT_EQ(left_of("one and seven b", "seven b c"), "seven b c");
    EXPECT_EQ(left_of("one and sevens b", "sevens b c"), " c");
}

TEST(OverlapFilter, CallsRowsOfBlanksAndDashesChance) {
    EXPECT_EQ(left_of("a\n----------", "---------- b"), "---------- b");
    EXPECT_EQ(left_of("f() {\n          ", "          g();"), "          g();");
    EXPECT_EQ(left_of("| --- | --- |:", " --- | --- |: x"), " --- | --- |: x");
    EXPECT_EQ(left_of("0, 0, 0, 0, 0, ", "0, 0, 0, 0, 1"), "0, 0, 0, 0, 1");
}

TEST(OverlapFilter, TakesOffTheLongestOfSeveral) {
    EXPECT_EQ(left_of("abcd efg abcd efg ", "abcd efg abcd efg abcd efg h"), "abcd efg h");
}

TEST(OverlapFilter, FallsBackToAShorterOneWhereALongerOneFails) {
    EXPECT_EQ(left_of("two three two four two three two", "two three two five"), " five");
    EXPECT_EQ(left_of("ab ab ab cd", "ab ab cd ef"), " ef");
}

TEST(OverlapFilter, KeepsWhatEndsBeforeTheRepetitionIsWhole) {
    EXPECT_EQ(left_of("The quick brown fox jumps over", "quick brown fox"), "quick brown fox");
}

TEST(OverlapFilter, GivesAllBackWhereTheTextsPart) {
    overlap_filter filter("The quick brown fox jumps over the dog");
    EXPECT_EQ(filter.feed("The quick"), "");
    EXPECT_EQ(filter.feed(" brown fox"), "");
    EXPECT_FALSE(filter.decided());
    EXPECT_EQ(filter.feed(" slept"), "The quick brown fox slept");
    EXPECT_TRUE(filter.decided());
    EXPECT_EQ(filter.feed(" well"), " well");
    EXPECT_EQ(filter.finish(), "");
}

TEST(OverlapFilter, HoldsNothingThatIsNoRepetition) {
    overlap_filter filter("The quick brown fox");
    EXPECT_EQ(filter.feed(" "), "");
    EXPECT_EQ(filter.feed("j"), " j");
    EXPECT_TRUE(filter.decided());
}

TEST(OverlapFilter, CutsNoCharacterInTwo) {
    const std::string before =
        "Das heißt: größere Flüsse – 流れる水 👩🏽‍🚀 fließen";
    for (std::size_t from = 0; from < before.size(); ++from) {
        if (utf8_length(std::string_view(before).substr(from)) == 0) continue;
        EXPECT_TRUE(is_utf8(left_of(before, before.substr(from) + "ß langsam"))) << from;
    }
    EXPECT_EQ(
        left_of(before, "größere Flüsse – 流れる水 👩🏽‍🚀 fließen sie"), " sie"
    );
}

TEST(OverlapFilter, TakesEachIdeographForAWord) {
    EXPECT_EQ(left_of("今日は天気がいいので散歩に行きます", "散歩に行きます。"), "。");
    EXPECT_EQ(left_of("我们今天去公园散步", "去公园散步吧"), "吧");
    EXPECT_EQ(left_of("สวัสดีชาวโลกทุกคน", "ชาวโลกทุกคนครับ"), "ครับ");
}

TEST(OverlapFilter, LooksForNothingBehindHalfACharacter) {
    EXPECT_EQ(
        left_of("abc defgh \xe2\x82", "abc defgh \xe2\x82\xac more"), "abc defgh \xe2\x82\xac more"
    );
}

TEST(OverlapFilter, LooksNoFurtherBackThanItsBound) {
    const auto text = numbered_words(0, 20'000);
    ASSERT_GT(text.size(), overlap_filter::restart_bytes_max);
    EXPECT_EQ(left_of(text, text + "x"), text + "x");
    const auto at = text.find("word", text.size() - overlap_filter::overlap_bytes_max);
    EXPECT_EQ(left_of(text, text.substr(at) + "x"), "x");
    const auto too_far = text.rfind("word", text.size() - overlap_filter::overlap_bytes_max - 1);
    EXPECT_EQ(left_of(text, text.substr(too_far) + "x"), text.substr(too_far) + "x");
}

TEST(OverlapFilter, HoldsNoMoreThanItsBound) {
    const auto text = numbered_words(0, 20'000);
    overlap_filter filter(text);
    std::size_t held = 0;
    for (const char c : text + text) {
        const auto out = filter.feed(std::string_view(&c, 1));
        held = out.empty() ? held + 1 : 0;
        EXPECT_LE(held, overlap_filter::overlap_bytes_max);
    }
    EXPECT_TRUE(filter.decided());
}

TEST(OverlapFilter, IsQuickWithTextThatRepeatsItself) {
    std::string before;
    while (before.size() < overlap_filter::restart_bytes_max - 16)
        before += "- ";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(left_of(before + "abcdefgh", before + "abcdefgx", 2), before + "abcdefgx");
    // What is not linear takes a hundred times as long.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(OverlapFilter, TrustsAModelThatWasGivenTheBeginningOfItsAnswer) {
    EXPECT_EQ(left_of("x = 1000;\ny = 1000;", "\ny = 1000;", 3, true), "\ny = 1000;");
    EXPECT_EQ(left_of("a. y = 1000;\n", "y = 1000;\nz", 3, true), "y = 1000;\nz");
    EXPECT_EQ(left_of("The quick bro", "The quick brown fox", 3, true), "wn fox");
}

TEST(OverlapFilter, TakesOffBlanksThatAModelWasNotGiven) {
    for (std::size_t piece = 1; piece < 8; ++piece) {
        EXPECT_EQ(left_of("One.\n\n", "\n\nTwo", piece, true), "Two");
        EXPECT_EQ(left_of("One.\n\n", "\n\n\nTwo", piece, true), "\nTwo");
        EXPECT_EQ(left_of("One.\n\n", "\nTwo", piece, true), "Two");
        EXPECT_EQ(left_of("One ", "two", piece, true), "two");
        EXPECT_EQ(left_of("One", " two", piece, true), " two");
        EXPECT_EQ(left_of("The line.\n", "The line.\n\nTwo", piece, true), "\nTwo");
    }
    EXPECT_EQ(left_of("One\n", "\ntwo", 1), "\ntwo");
}

}  // namespace
}  // namespace sluice::upstream
