#include "gateway/admission/ledger/usage_table.hpp"

#include "gateway/admission/ledger/visible_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

usage_report two_rows() {
    usage_report report;
    report.by = {"key", "day"};
    report.rows = {
        {{"team-a", "2026-02-01"},
         {.requests = 12,
          .input_tokens = 3400,
          .cached_tokens = 200,
          .output_tokens = 560,
          .reasoning_tokens = 7,
          .cost = 1'234'500'000,
          .errors = 1}},
        {{"", "2026-02-01"}, {.requests = 1, .output_tokens = 0, .cost = 12'000'000'001}}};
    report.total = {
        .requests = 13,
        .input_tokens = 3400,
        .cached_tokens = 200,
        .output_tokens = 560,
        .reasoning_tokens = 7,
        .cost = 13'234'500'001,
        .errors = 1};
    return report;
}

/// One row of one group.
usage_report named(const std::string& name, const std::string& group = "model") {
    usage_report report;
    report.by = {group};
    report.rows = {{{name}, {.requests = 1}}};
    report.total = {.requests = 1};
    return report;
}

std::string table(const usage_report& report) {
    std::ostringstream out;
    write_usage_table(report, out);
    return out.str();
}

std::string json_text(const usage_report& report) {
    std::ostringstream out;
    write_usage_json(report, out);
    return out.str();
}

std::string csv(const usage_report& report) {
    std::ostringstream out;
    write_usage_csv(report, out);
    return out.str();
}

TEST(UsageTable, AlignsNamesLeftAndNumbersRightAndPointsBelowEachOther) {
    EXPECT_EQ(
        table(two_rows()),
        "key     day         requests  input  cached  output  reasoning          cost  errors\n"
        "team-a  2026-02-01        12   3400     200     560          7   1.234500000       1\n"
        "-       2026-02-01         1      -       -       0          -  12.000000001       0\n"
        "total                     13   3400     200     560          7  13.234500001       1\n"
    );
}

TEST(UsageTable, HasATotalEvenOfNothing) {
    usage_report report;
    report.by = {"key"};
    EXPECT_EQ(
        table(report),
        "key    requests  input  cached  output  reasoning  cost  errors\n"
        "total         0      -       -       -          -     -       0\n"
    );
}

TEST(UsageTable, LetsNoNameMoveTheCursor) {
    std::string every;
    for (int c = 0; c < 0x20; ++c)
        every += static_cast<char>(c);
    every += "\x7f\xff\xc2\x9b\xe2\x80\xae";
    for (std::size_t i = 0; i < every.size(); i += 8) {
        const auto shown = table(named("x" + every.substr(i, 8), "label:\x1b[2J"));
        EXPECT_EQ(std::ranges::count(shown, '\n'), 3);
        EXPECT_TRUE(std::ranges::all_of(shown, [](char c) {
            return c == '\n' || (c >= ' ' && c <= '~');
        })) << shown;
    }
    EXPECT_THAT(table(named("a\x1b[31m\nb")), HasSubstr("\na\\x1b[31m\\x0ab  "));
}

TEST(UsageTable, AlignsCharactersOfTwoColumnsAndOfNone) {
    EXPECT_THAT(table(named("模型")), StartsWith("model  requests"));
    EXPECT_THAT(table(named("模型")), HasSubstr("\n模型          1 "));
    EXPECT_THAT(table(named("é")), HasSubstr("\né             1"));
    EXPECT_THAT(table(named("e\u0301")), HasSubstr("\ne\u0301             1"));
}

TEST(UsageTable, CutsALongName) {
    const auto shown = table(named(std::string(256, 'm')));
    EXPECT_THAT(shown, HasSubstr("\n" + std::string(59, 'm') + "\u2026  "));
    EXPECT_THAT(shown, Not(HasSubstr(std::string(60, 'm'))));
    EXPECT_THAT(table(named(std::string(60, 'm'))), HasSubstr(std::string(60, 'm') + "  "));
}

TEST(UsageJson, IsAnArrayOfObjectsWithExactCosts) {
    EXPECT_EQ(
        json_text(two_rows()),
        "[\n"
        R"(  {"key": "team-a", "day": "2026-02-01", "requests": 12, "input_tokens": 3400, )"
        R"("cached_tokens": 200, "output_tokens": 560, "reasoning_tokens": 7, )"
        R"("cost": 1.2345, "errors": 1},)"
        "\n"
        R"(  {"key": "", "day": "2026-02-01", "requests": 1, "input_tokens": null, )"
        R"("cached_tokens": null, "output_tokens": 0, "reasoning_tokens": null, )"
        R"("cost": 12.000000001, "errors": 0})"
        "\n]\n"
    );
    usage_report none;
    none.by = {"key"};
    EXPECT_EQ(json_text(none), "[]\n");
}

TEST(UsageJson, KeepsEveryNameAndNeedsNoEscapingByOthers) {
    const std::string name = "\"\\\x1b[2J\n\x7f\u202e模型\u009b";
    const auto text = json_text(named(name, "label:\"x"));
    EXPECT_EQ(nlohmann::json::parse(text)[0]["label:\"x"], name);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
        return c == '\n' || (c >= ' ' && c <= '~');
    }));
    EXPECT_EQ(nlohmann::json::parse(json_text(named("\xff")))[0]["model"], "\ufffd");
    auto without = named("");
    without.rows.front().groups.front() = std::nullopt;
    EXPECT_TRUE(nlohmann::json::parse(json_text(without))[0]["model"].is_null());
}

TEST(UsageCsv, HasAHeaderAndLeavesOutWhatWasNotTold) {
    EXPECT_EQ(
        csv(two_rows()),
        "key,day,requests,input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost,errors\r\n"
        "team-a,2026-02-01,12,3400,200,560,7,1.2345,1\r\n"
        ",2026-02-01,1,,,0,,12.000000001,0\r\n"
    );
}

/// The one name in a CSV of one row, as it is written.
std::string cell(const std::string& name) {
    const auto text = csv(named(name));
    const auto begin = text.find("\r\n") + 2;
    return text.substr(begin, text.rfind(",1,,,,,,0\r\n") - begin);
}

TEST(UsageCsv, QuotesWhatWouldCutACellOrALine) {
    EXPECT_EQ(cell("plain name"), "plain name");
    EXPECT_EQ(cell("a,b"), "\"a,b\"");
    EXPECT_EQ(cell("say \"a\""), "\"say \"\"a\"\"\"");
    EXPECT_EQ(cell("a\nb"), "\"a\nb\"");
    EXPECT_EQ(cell("a\r\nb"), "\"a\r\nb\"");
    EXPECT_EQ(cell("模型"), "模型");
}

TEST(UsageCsv, LetsNoSpreadsheetTakeANameForAFormula) {
    for (const std::string begin : {"=", "+", "-", "@", "\t"})
        EXPECT_EQ(cell(begin + "1+1"), "'" + begin + "1+1") << begin;
    EXPECT_EQ(cell("=1,2"), "\"'=1,2\"");
    EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
    EXPECT_EQ(cell("a=1"), "a=1");
    EXPECT_THAT(csv(named("x", "=x")), HasSubstr("'=x,requests"));
}

TEST(UsageCsv, ShowsOtherControlCharacters) {
    EXPECT_EQ(cell("a\x1b[2Jb"), "a\\x1b[2Jb");
}

TEST(Billionths, AreExactDecimals) {
    EXPECT_EQ(decimal_of_billionths(0), "0.00");
    EXPECT_EQ(decimal_of_billionths(1), "0.000000001");
    EXPECT_EQ(decimal_of_billionths(500'000'000), "0.50");
    EXPECT_EQ(decimal_of_billionths(1'010'000'000), "1.01");
    EXPECT_EQ(decimal_of_billionths(123'456'789'012'345'678), "123456789.012345678");
    EXPECT_EQ(decimal_of_billionths(-1'500'000'000), "-1.50");
    using limits = std::numeric_limits<std::int64_t>;
    EXPECT_EQ(decimal_of_billionths(limits::max()), "9223372036.854775807");
    EXPECT_EQ(decimal_of_billionths(limits::min()), "-9223372036.854775808");
}

TEST(VisibleText, ShowsBytesThatAreNoCharacters) {
    EXPECT_EQ(visible("a\xc3"), "a\\xc3");
    EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");
    EXPECT_EQ(visible(std::string("\0", 1)), "\\x00");
    EXPECT_EQ(visible("\u009b\u200b\ufeff\U000e0041"), "\\x9b\\u200b\\ufeff\\u0e0041");
    EXPECT_EQ(visible("a\tb\r\nc", true), "a\tb\r\nc");
    EXPECT_EQ(width("a模\u0301型"), 5U);
    EXPECT_EQ(fitted("模型模型", 8), "模型模型");
    EXPECT_EQ(fitted("模型模型", 7), "模型模\u2026");
    EXPECT_EQ(fitted("模型模型", 6), "模型\u2026");
}

}  // namespace
}  // namespace sluice::gateway::testing
