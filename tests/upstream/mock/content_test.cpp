#include "upstream/mock/options.hpp"
#include "upstream/mock/picture.hpp"
#include "upstream/mock/prompt.hpp"
#include "upstream/mock/stop_filter.hpp"
#include "upstream/mock/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(MockError, IsReadOrRefused) {
    using kind = mock_error::kind;
    EXPECT_EQ(parse_mock_error(""), (mock_error{kind::none, 0}));
    EXPECT_EQ(parse_mock_error("400"), (mock_error{kind::status, 400}));
    EXPECT_EQ(parse_mock_error("599"), (mock_error{kind::status, 599}));
    EXPECT_EQ(parse_mock_error("reset-after=0"), (mock_error{kind::reset_after, 0}));
    EXPECT_EQ(parse_mock_error("stall-after=7"), (mock_error{kind::stall_after, 7}));
    EXPECT_EQ(
        parse_mock_error("truncate-after=1000000"), (mock_error{kind::truncate_after, 1000000})
    );
    EXPECT_EQ(parse_mock_error("cut-after=3"), (mock_error{kind::cut_after, 3}));
    for (const char* const value :
         {"399",
          "600",
          "200",
          "-1",
          "abc",
          "429 ",
          "4e2",
          "reset-after",
          "reset-after=",
          "reset-after=-1",
          "reset-after=1000001",
          "cut-after=1x",
          "99999999999999999999"}) {
        EXPECT_FALSE(parse_mock_error(value)) << value;
    }
}

TEST(MockOptions, OverrideWhatIsConfigured) {
    mock_settings configured;
    configured.tokens = 5;
    const auto plain = std::get<options>(read_options(configured, {}));
    EXPECT_EQ(plain.ttft.count(), 200);
    EXPECT_EQ(plain.rate, 50);
    EXPECT_EQ(plain.tokens, 5);
    EXPECT_FALSE(plain.seed);
    const auto given = std::get<options>(read_options(
        configured,
        {{"ttft_ms", "3"},
         {"rate", " 0.5 "},
         {"tokens", "9"},
         {"seed", "18446744073709551615"},
         {"tool-call", "get.it"},
         {"media", "image/png"},
         {"error", "cut-after=2"}}
    ));
    EXPECT_EQ(given.ttft.count(), 3);
    EXPECT_EQ(given.rate, 0.5);
    EXPECT_EQ(given.tokens, 9);
    EXPECT_EQ(given.seed, 18446744073709551615U);
    EXPECT_EQ(given.tool_call, "get.it");
    EXPECT_EQ(given.media, "image/png");
    EXPECT_EQ(given.error.what, mock_error::kind::cut_after);
}

TEST(MockOptions, ThatCannotBeReadAreNamed) {
    const std::vector<std::array<std::string, 3>> cases{
        {"tokens", "1000001", "X-Mock-Tokens"},
        {"tokens", "-1", "X-Mock-Tokens"},
        {"tokens", "ten", "X-Mock-Tokens"},
        {"rate", "-1", "X-Mock-Rate"},
        {"rate", "1000001", "X-Mock-Rate"},
        {"rate", "nan", "X-Mock-Rate"},
        {"rate", "inf", "X-Mock-Rate"},
        {"rate", "", "X-Mock-Rate"},
        {"ttft_ms", "3600001", "X-Mock-Ttft-Ms"},
        {"ttft-ms", "1.5", "X-Mock-Ttft-Ms"},
        {"seed", "-1", "X-Mock-Seed"},
        {"tool-call", "a b", "X-Mock-Tool-Call"},
        {"tool-call", "", "X-Mock-Tool-Call"},
        {"media", "image/gif", "X-Mock-Media"},
        {"reasoning", "-1", "X-Mock-Reasoning"},
        {"reasoning", "1000001", "X-Mock-Reasoning"},
        {"tool-calls", "0", "X-Mock-Tool-Calls"},
        {"tool_calls", "65", "X-Mock-Tool-Calls"},
        {"citations", "65", "X-Mock-Citations"},
        {"refusal", "yes", "X-Mock-Refusal"},
        {"error", "200", "X-Mock-Error"},
        {"tokns", "1", "X-Mock-Tokns"},
    };
    for (const auto& [key, value, name] : cases) {
        const auto read = read_options({}, {{key, value}});
        ASSERT_TRUE(std::holds_alternative<failure>(read)) << key << "=" << value;
        const failure& why = std::get<failure>(read);
        EXPECT_EQ(why.status, 400);
        EXPECT_EQ(why.type, "invalid_request_error");
        EXPECT_EQ(why.param, name);
        EXPECT_THAT(why.message, HasSubstr(name));
    }
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
