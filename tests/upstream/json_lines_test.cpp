#include "upstream/providers/json_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

struct seen {
    std::vector<std::pair<std::string, std::string>> lines;  // raw and text
    std::string rest;
    bool failed = false;

    bool operator==(const seen&) const = default;
};

seen read(const std::vector<std::string_view>& pieces, std::size_t line_bytes_max = 64) {
    json_lines lines(line_bytes_max);
    seen result;
    for (const auto piece : pieces) {
        lines.feed(piece);
        while (const auto line = lines.next())
            result.lines.emplace_back(line->raw, line->text);
    }
    result.rest = lines.incomplete();
    result.failed = lines.failed();
    return result;
}

TEST(JsonLines, EndAtLineFeedsAlone) {
    const auto got = read({"{\"a\":1}\n{\"b\":2}\r\n\n  {\"c\":\r3} \n{\"d\""});
    EXPECT_THAT(
        got.lines,
        ElementsAre(
            Pair("{\"a\":1}\n", "{\"a\":1}"),
            Pair("{\"b\":2}\r\n", "{\"b\":2}"),
            Pair("\n", ""),
            Pair("  {\"c\":\r3} \n", "{\"c\":\r3}")
        )
    );
    EXPECT_EQ(got.rest, "{\"d\"");
}

TEST(JsonLines, AreTheSameHoweverTheBytesAreCut) {
    const std::string wire = "{\"a\":1}\r\n\n{\"b\":\"\xF0\x9F\x98\x80\"}\n{\"c\"";
    const auto whole = read({wire});
    ASSERT_EQ(whole.lines.size(), 3U);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        SCOPED_TRACE(cut);
        const std::string_view text(wire);
        EXPECT_TRUE(read({text.substr(0, cut), text.substr(cut)}) == whole);
    }
}

TEST(JsonLines, FailAtALineThatIsTooLongHoweverItComes) {
    EXPECT_FALSE(read({"1234567\n"}, 8).failed);
    EXPECT_TRUE(read({"12345678\n"}, 8).failed);
    EXPECT_TRUE(read({"1234", "5678"}, 8).failed);
    const auto after = read({"ok\n123456789\nok\n"}, 8);
    EXPECT_TRUE(after.failed);
    EXPECT_THAT(after.lines, ElementsAre(Pair("ok\n", "ok")));
    EXPECT_EQ(after.rest, "");
}

TEST(JsonLines, KeepTheLinesBeforeTheOneThatIsTooLong) {
    json_lines lines(64);
    lines.feed(std::string(60, 'a') + "\n" + std::string(80, 'b') + "\n");
    const auto line = lines.next();
    ASSERT_TRUE(line);
    EXPECT_FALSE(lines.next());
    EXPECT_TRUE(lines.failed());
    EXPECT_EQ(std::string(line->text), std::string(60, 'a'));
}

}  // namespace
}  // namespace sluice::upstream::testing
