#include "upstream/mock/cuts.hpp"
#include "upstream/mock/picture.hpp"
#include "upstream/mock/prompt.hpp"
#include "upstream/mock/stop_filter.hpp"
#include "upstream/mock/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using testing::HasSubstr;

std::vector<std::string> tokens_of(std::uint64_t seed, std::int64_t count) {
    std::vector<std::string> out;
    for (prose prose(seed, count); !prose.done();)
        prose.next(out.emplace_back());
    return out;
}

std::string joined(const std::vector<std::string>& tokens) {
    std::string out;
    for (const std::string& token : tokens)
        out += token;
    return out;
}

bool begins_inside_character(std::string_view text) {
    return !text.empty() && (static_cast<unsigned char>(text.front()) & 0xc0U) == 0x80U;
}

TEST(MockHash, GivesTheSameNumbersInEveryBuild) {
    EXPECT_EQ(mix(0), 0xe220a8397b1dcdafU);
    fingerprint print;
    print.add("");
    EXPECT_EQ(print.value(), 0xa8c7f832281a39c5U);
    EXPECT_EQ(joined(tokens_of(1, 12)), joined(tokens_of(1, 12)));
}

TEST(MockProse, HasExactlyTheTokensAskedForNoneOfThemEmpty) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (std::int64_t count = 0; count < 100; ++count) {
            const auto tokens = tokens_of(seed, count);
            ASSERT_EQ(tokens.size(), static_cast<std::size_t>(count));
            for (const std::string& token : tokens) {
                EXPECT_FALSE(token.empty());
                EXPECT_FALSE(begins_inside_character(token));
                EXPECT_EQ(token.find_first_of("%|"), std::string::npos) << token;
            }
        }
    }
}

TEST(MockProse, EndsWithAWholeSentence) {
    for (std::int64_t count = 1; count < 200; ++count) {
        const std::string text = joined(tokens_of(7, count));
        const bool ends = text.ends_with('.') || text.ends_with("🌊") || text.ends_with("☕");
        EXPECT_TRUE(ends) << text;
        EXPECT_TRUE(text.front() >= 'A' && text.front() <= 'Z') << text;
    }
}

TEST(MockProse, MeetsClientsWithMarkdownAndCharactersOutsideAscii) {
    const std::string text = joined(tokens_of(1, 2000));
    EXPECT_THAT(text, HasSubstr("**"));
    EXPECT_THAT(text, HasSubstr("`"));
    EXPECT_THAT(text, HasSubstr("café"));
    EXPECT_THAT(text, HasSubstr("流れ"));
    EXPECT_THAT(text, HasSubstr("🌊"));
    EXPECT_THAT(text, HasSubstr("\n\n"));
}

TEST(MockProse, DependsOnItsSeedAndIsAboutSixtyTokensLong) {
    EXPECT_NE(joined(tokens_of(1, 30)), joined(tokens_of(2, 30)));
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        EXPECT_GE(usual_tokens(seed), 48);
        EXPECT_LE(usual_tokens(seed), 72);
    }
}

TEST(MockCut, TakesOneToSevenBytesAndNeverHalfACharacter) {
    const std::string text = "{\"a\": \"流れ 🌊 é\\n\"}";
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        dice dice(seed);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = cut_piece(text, at, dice);
            EXPECT_GT(end, at);
            EXPECT_LE(end, at + 10);
            EXPECT_FALSE(begins_inside_character(std::string_view(text).substr(end)));
            at = end;
        }
    }
}

std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = cut_word(text, at);
        out.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return out;
}

TEST(MockCut, GoesByWordsWithTheBlankAheadOfThem) {
    EXPECT_EQ(
        words_in("Hello, old world!  It is 12345 km."),
        (std::vector<std::string>{
            "Hello", ",", " old", " world", "!", " ", " It", " is", " 123", "45", " km", "."})
    );
    EXPECT_EQ(
        words_in("incomprehensibilities"),
        (std::vector<std::string>{"incompreh", "ensibilit", "ies"})
    );
    EXPECT_EQ(words_in("if (a) {\n    b;\n}").at(4), " {");
    EXPECT_EQ(words_in("x\n\n    y"), (std::vector<std::string>{"x", "\n\n   ", " y"}));
}

TEST(MockCut, OfWordsLosesNothingWhateverTheBytesAre) {
    dice dice(5);
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (auto size = dice.below(60); size > 0; --size)
            text += static_cast<char>(dice.below(3) == 0 ? dice.below(256) : 32 + dice.below(95));
        EXPECT_EQ(joined(words_in(text)), text);
        for (const std::string& word : words_in(text))
            EXPECT_FALSE(word.empty());
    }
    EXPECT_EQ(words_in(std::string(1'000'000, ' ')).size(), 62'500U);
    EXPECT_EQ(
        words_in("流れる水👩‍🚀"), (std::vector<std::string>{"流れる", "水👩‍", "🚀"})
    );
}

TEST(MockCut, IsAwkwardWhereThereIsAPlaceForIt) {
    const std::string text = R"({"a":"\u00e9 \ud83d\ude00 \"x\"","b":-12.5e3,"c":true,"d":null})";
    std::set<std::string> ends;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        dice dice(seed);
        std::string whole;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = cut_awkwardly(text, at, dice);
            ASSERT_GT(end, at);
            whole += text.substr(at, end - at);
            ends.insert(whole);
            at = end;
        }
        EXPECT_EQ(whole, text);
    }
    for (const char* const behind : {R"({"a":"\)", R"({"a":"\u0)", R"({"a":"\u00e9 \ud83d)"})
        EXPECT_TRUE(ends.contains(behind)) << behind;
    for (const std::string_view behind :
         {"\"b\":-1", "\"b\":-12.", "\"c\":tr", "\"d\":nu", " \\"}) {
        EXPECT_TRUE(std::ranges::any_of(ends, [&](const std::string& end) {
            return end.ends_with(behind);
        })) << behind;
    }
}

/// How often the text is cut within an escape.
int cuts_within_escapes(std::size_t (*cut)(std::string_view, std::size_t, dice&)) {
    const std::string text = R"({"a":"some words, then \u00e9, and some more words","b":"and \n"})";
    int count = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        dice dice(seed);
        for (std::size_t at = 0; at < text.size(); at = cut(text, at, dice)) {
            if (at > 0 && text[at - 1] == '\\') ++count;
            if (at > 1 && text.substr(at - 2, 2) == "\\u") ++count;
        }
    }
    return count;
}

TEST(MockCut, IsAwkwardFarMoreOftenThanByChance) {
    EXPECT_GT(cuts_within_escapes(cut_awkwardly), cuts_within_escapes(cut_piece) * 3 / 2);
}

TEST(MockCut, LeavesWholeCharacters) {
    EXPECT_EQ(whole_characters("a流れ", 7), "a流れ");
    EXPECT_EQ(whole_characters("a流れ", 6), "a流");
    EXPECT_EQ(whole_characters("a流れ", 3), "a");
    EXPECT_EQ(whole_characters("流", 0), "");
}

TEST(MockStop, EndsBeforeTheFirstStopStringAtEverySplit) {
    const std::string text = "one, two, three; four";
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"two"}, "one, "},
        {{"three; f"}, "one, two, "},
        {{"one"}, ""},
        {{"four"}, "one, two, three; "},
        {{"fourteen", "nothing"}, text},
        {{"", ""}, text},
        {{", two, thr", "wo"}, "one, t"},
        {{"e, x", ", three"}, "one, two"},
        {{}, text},
    };
    for (const auto& [stops, expected] : cases) {
        for (std::size_t first = 0; first <= text.size(); ++first) {
            for (std::size_t second = first; second <= text.size(); ++second) {
                stop_filter filter(stops);
                std::string seen;
                for (const std::string& piece :
                     {text.substr(0, first),
                      text.substr(first, second - first),
                      text.substr(second)}) {
                    if (!filter.stopped()) filter.feed(piece, seen);
                }
                if (!filter.stopped()) filter.finish(seen);
                EXPECT_EQ(seen, expected) << first << " " << second;
            }
        }
    }
}

TEST(MockStop, HoldsBackOnlyWhatCouldBeginAStopString) {
    stop_filter filter({"END", "###"});
    std::string seen;
    filter.feed("text E", seen);
    EXPECT_EQ(seen, "text ");
    filter.feed("N", seen);
    EXPECT_EQ(seen, "text ");
    filter.feed("T#", seen);
    EXPECT_EQ(seen, "text ENT");
    filter.finish(seen);
    EXPECT_EQ(seen, "text ENT#");
}

message user_says(std::string text) {
    message out;
    out.content.emplace_back(text_part{std::move(text)});
    return out;
}

TEST(MockPrompt, CountsATokenForFourBytesOfSystemTextMessagesAndTools) {
    request request;
    EXPECT_EQ(count_prompt_tokens(request), 0);
    request.messages.push_back(user_says(""));
    EXPECT_EQ(count_prompt_tokens(request), 1);
    request.messages.push_back(user_says("12345678"));
    EXPECT_EQ(count_prompt_tokens(request), 3);
    request.messages.push_back(user_says("123456789"));
    request.messages.back().role = role::system;
    EXPECT_EQ(count_prompt_tokens(request), 6);
    request.tools.push_back({"name", "does something", {{"type", "object"}}, {}});
    EXPECT_EQ(count_prompt_tokens(request), 6 + (4 + 14 + 17 + 3) / 4);
    request.messages.back().content.emplace_back(image_part{"https://example.com/a.png", ""});
    EXPECT_EQ(count_prompt_tokens(request), 6 + 9 + 85);
}

TEST(MockPrompt, KnowsWhatTheUserSaidLast) {
    request request;
    EXPECT_EQ(last_user_text(request), "");
    request.messages = {user_says("one"), user_says("two"), user_says("answer")};
    request.messages.back().role = role::assistant;
    request.messages[1].content.emplace_back(image_part{"https://example.com/a.png", ""});
    request.messages[1].content.emplace_back(text_part{"!"});
    EXPECT_EQ(last_user_text(request), "two!");
}

TEST(MockPrompt, TellsConversationsApart) {
    const auto hash_of = [](std::vector<message> messages) {
        request request;
        request.messages = std::move(messages);
        return hash_prompt(request);
    };
    const std::uint64_t one = hash_of({user_says("ab"), user_says("c")});
    EXPECT_EQ(one, hash_of({user_says("ab"), user_says("c")}));
    EXPECT_NE(one, hash_of({user_says("a"), user_says("bc")}));
    EXPECT_NE(one, hash_of({user_says("abc")}));
    message system = user_says("ab");
    system.role = role::system;
    EXPECT_NE(one, hash_of({system, user_says("c")}));
}

TEST(MockPrompt, IsTheSameWithAndWithoutSettings) {
    request plain;
    plain.messages = {user_says("Hello, you there"), user_says("and once more")};
    request tagged = plain;
    for (auto& message : tagged.messages) {
        auto& text = std::get<text_part>(message.content.front()).text;
        text = "[mock rate=0 stamp=true] \n" + text;
    }
    EXPECT_EQ(hash_prompt(tagged), hash_prompt(plain));
    EXPECT_EQ(count_prompt_tokens(tagged), count_prompt_tokens(plain));
    EXPECT_EQ(prompt_prints(tagged, 1), prompt_prints(plain, 1));
}

TEST(MockPrompt, KeepsWhatOnlyLooksLikeSettings) {
    const auto differ = [](message one, message other) {
        request a;
        request b;
        a.messages = {std::move(one)};
        b.messages = {std::move(other)};
        EXPECT_NE(hash_prompt(a), hash_prompt(b));
        EXPECT_NE(count_prompt_tokens(a), count_prompt_tokens(b));
        EXPECT_NE(prompt_prints(a, 1), prompt_prints(b, 1));
    };
    differ(user_says("[mock Rate=0] Hello"), user_says("Hello"));
    message answer = user_says("[mock rate=0] Hello");
    answer.role = role::assistant;
    message plain = user_says("Hello");
    plain.role = role::assistant;
    differ(answer, plain);
    message twice = user_says("Hi");
    twice.content.emplace_back(text_part{"[mock rate=0] Hello"});
    message once = user_says("Hi");
    once.content.emplace_back(text_part{"Hello"});
    differ(twice, once);
}

TEST(MockPicture, IsAWholePngFile) {
    const std::string png = make_png(1);
    EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1a\n"));
    EXPECT_EQ(png.size(), 8U + 25U + 12U + 2 + 5 + 8 * 25 + 4 + 12U);
    EXPECT_TRUE(png.ends_with(std::string_view("\0\0\0\0IEND\xae\x42\x60\x82", 12)));
    EXPECT_EQ(png, make_png(1));
    EXPECT_NE(png, make_png(2));
}

TEST(MockPicture, IsEncodedInBase64) {
    EXPECT_EQ(encode_base64(""), "");
    EXPECT_EQ(encode_base64("f"), "Zg==");
    EXPECT_EQ(encode_base64("fo"), "Zm8=");
    EXPECT_EQ(encode_base64("foo"), "Zm9v");
    EXPECT_EQ(encode_base64("foobar\xff\x80"), "Zm9vYmFy/4A=");
}

}  // namespace
}  // namespace sluice::upstream::mock
