#include "upstream/providers/quoted_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {
namespace {

/// The same at every cut.
std::string unquoted(std::string_view text) {
    std::string whole;
    quoted_json{}.feed(text, whole);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        quoted_json reader;
        std::string pieces;
        reader.feed(text.substr(0, cut), pieces);
        reader.feed(text.substr(cut), pieces);
        EXPECT_EQ(pieces, whole) << cut;
    }
    return whole;
}

TEST(QuotedJson, TakesOnePairOfQuotesOff) {
    const std::string object = R"({"a": "\"\\ \n é 😀", "b": [1]})";
    EXPECT_EQ(unquoted(nlohmann::json(object).dump()), object);
    EXPECT_EQ(unquoted(nlohmann::json(object).dump(-1, ' ', true)), object);
    EXPECT_EQ(unquoted(R"("\b\f\r\t\/")"), "\b\f\r\t/");
    EXPECT_EQ(unquoted(R"("")"), "");
}

TEST(QuotedJson, LeavesOrdinaryJsonAsItIs) {
    for (const std::string_view text : {R"({"a":"\u003c"})", " {}", "[\"a\"]", "null", ""})
        EXPECT_EQ(unquoted(text), text);
}

TEST(QuotedJson, MakesUpForBrokenEscapes) {
    EXPECT_EQ(unquoted(R"("\ud83d")"), "\xEF\xBF\xBD");
    EXPECT_EQ(unquoted(R"("\ud83dx")"), "\xEF\xBF\xBDx");
    EXPECT_EQ(unquoted(R"("\ude00")"), "\xEF\xBF\xBD");
    EXPECT_EQ(unquoted(R"("\ud83d\ud83d\ude00")"), "\xEF\xBF\xBD\xF0\x9F\x98\x80");
    EXPECT_EQ(unquoted(R"("\u00zz")"), "\xEF\xBF\xBDzz");
}

}  // namespace
}  // namespace sluice::upstream
