#include "gateway/admission/ledger/usage_query.hpp"

#include "gateway/admission/ledger/usage_time.hpp"
#include "tests/gateway/ledger/ledger_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ledger_record used(
    std::chrono::system_clock::time_point started,
    const std::string& key,
    const std::string& model,
    std::optional<std::int64_t> output = std::nullopt
) {
    ledger_record record;
    record.started = started;
    record.key = key;
    record.model = model;
    record.usage.output_tokens = output;
    return record;
}

usage_report report_of(const std::string& path, const usage_options& options) {
    const auto query = parse_usage_query(options);
    if (!query) throw std::runtime_error(query.error());
    const auto file = open_ledger_to_read(path);
    if (!file) throw std::runtime_error(file.error());
    auto report = read_usage(file->database.get(), *query);
    if (!report) throw std::runtime_error(report.error());
    return std::move(*report);
}

/// Each row as "group|group: requests output".
std::vector<std::string> rows_of(const std::string& path, const usage_options& options) {
    std::vector<std::string> rows;
    for (const usage_row& row : report_of(path, options).rows) {
        std::string text;
        for (std::size_t i = 0; i < row.groups.size(); ++i)
            text.append(i == 0 ? "" : "|").append(row.groups[i].value_or("(none)"));
        text += ": " + std::to_string(row.sums.requests);
        if (row.sums.output_tokens) text += " " + std::to_string(*row.sums.output_tokens);
        rows.push_back(text);
    }
    return rows;
}

class UsageQuery : public ::testing::Test {
 protected:
    UsageQuery() {
        const auto book = opened(path_);
        book->add(used(utc(2026, 1, 31, 24h - 1ms), "b", "chat", 1));
        book->add(used(utc(2026, 2, 1), "a", "chat", 10));
        book->add(used(utc(2026, 2, 1, 12h + 30min), "a", "code", 100));
        book->add(used(utc(2026, 2, 1, 13h), "a", "code"));
        book->add(used(utc(2026, 2, 2), "a", "chat", 1000));
    }

    const ledger_folder folder_;
    const std::string path_ = folder_.path();
};

TEST_F(UsageQuery, SumsByKeyModelAndDayInTheirOrder) {
    EXPECT_THAT(
        rows_of(path_, {}),
        ElementsAre(
            "a|chat|2026-02-01: 1 10",
            "a|chat|2026-02-02: 1 1000",
            "a|code|2026-02-01: 2 100",
            "b|chat|2026-01-31: 1 1"
        )
    );
}

TEST_F(UsageQuery, SumsByWhatIsAskedFor) {
    EXPECT_THAT(
        rows_of(path_, {.by = "month,key"}), ElementsAre("2026-01|b: 1 1", "2026-02|a: 4 1110")
    );
    EXPECT_THAT(rows_of(path_, {.by = "outcome"}), ElementsAre("completed: 5 1111"));
    EXPECT_THAT(rows_of(path_, {.by = "target,dialect"}), ElementsAre("|: 5 1111"));
}

TEST_F(UsageQuery, CountsWhatStartedFromSinceUntilBeforeUntil) {
    EXPECT_THAT(
        rows_of(path_, {.by = "day", .since = "2026-02-01"}),
        ElementsAre("2026-02-01: 3 110", "2026-02-02: 1 1000")
    );
    EXPECT_THAT(
        rows_of(path_, {.by = "day", .until = "2026-02-01"}), ElementsAre("2026-01-31: 1 1")
    );
    EXPECT_THAT(
        rows_of(
            path_, {.by = "day", .since = "2026-02-01T12:30:00Z", .until = "2026-02-01T14:00+01:00"}
        ),
        ElementsAre("2026-02-01: 1 100")
    );
    EXPECT_THAT(rows_of(path_, {.since = "2027-01-01"}), IsEmpty());
}

TEST_F(UsageQuery, CountsOneKeyOrOneModelAlone) {
    EXPECT_THAT(rows_of(path_, {.by = "model", .key = "b"}), ElementsAre("chat: 1 1"));
    EXPECT_THAT(rows_of(path_, {.by = "key", .model = "code"}), ElementsAre("a: 2 100"));
    EXPECT_THAT(rows_of(path_, {.by = "key", .key = "b", .model = "code"}), IsEmpty());
    EXPECT_THAT(rows_of(path_, {.key = "b' OR '1'='1"}), IsEmpty());
}

TEST_F(UsageQuery, TotalsAllRows) {
    const auto total = report_of(path_, {}).total;
    EXPECT_EQ(total.requests, 5);
    EXPECT_EQ(total.output_tokens, 1111);
    EXPECT_EQ(total.input_tokens, std::nullopt);
    EXPECT_EQ(total.cost, std::nullopt);
}

TEST(UsageQueryByLabel, FindsLabelsOfAnyName) {
    const ledger_folder folder;
    {
        const auto book = opened(folder.path());
        auto record = used(utc(2026, 2, 1), "a", "chat", 1);
        record.labels = {{"team", "blue"}, {"odd\"", "1"}, {R"(a"b'c.d[0] $ \ ?)", "found"}};
        book->add(record);
        record.labels = {{"team", "red"}};
        book->add(record);
        book->add(record);
        record.labels = {};
        book->add(record);
    }
    EXPECT_THAT(
        rows_of(folder.path(), {.by = "label:team,model"}),
        ElementsAre("(none)|chat: 1 1", "blue|chat: 1 1", "red|chat: 2 2")
    );
    EXPECT_THAT(
        rows_of(folder.path(), {.by = R"(label:a"b'c.d[0] $ \ ?)"}),
        ElementsAre("(none): 3 3", "found: 1 1")
    );
    EXPECT_THAT(
        rows_of(folder.path(), {.by = "label:team,label:odd\"", .key = "a", .model = "chat"}),
        ElementsAre("(none)|(none): 1 1", "blue|1: 1 1", "red|(none): 2 2")
    );
    EXPECT_THAT(rows_of(folder.path(), {.by = "label:none"}), ElementsAre("(none): 4 4"));
}

TEST(UsageSums, AddUpEachKindByItself) {
    const ledger_folder folder;
    {
        const auto book = opened(folder.path());
        auto record = used(utc(2026, 2, 1), "a", "chat", 3);
        record.usage.input_tokens = 5;
        record.usage.cached_tokens = 2;
        record.usage.reasoning_tokens = 1;
        record.cost = 1'500'000'001;
        book->add(record);
        record.usage = {};
        record.cost = 0;
        book->add(record);
        record.usage.input_tokens = 0;
        record.cost = std::nullopt;
        book->add(record);
    }
    const usage_sums expected{
        .requests = 3,
        .input_tokens = 5,
        .cached_tokens = 2,
        .output_tokens = 3,
        .reasoning_tokens = 1,
        .cost = 1'500'000'001,
        .errors = 0};
    const auto report = report_of(folder.path(), {});
    ASSERT_EQ(report.rows.size(), 1U);
    EXPECT_EQ(report.rows.front().sums, expected);
    EXPECT_EQ(report.total, expected);
}

TEST(UsageSums, CountAsErrorsWhatNoLimitNoClientAndNoOperatorEnded) {
    const ledger_folder folder;
    {
        const auto book = opened(folder.path());
        for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
            auto record = used(utc(2026, 2, 1), "a", "chat");
            record.outcome = static_cast<upstream::outcome>(i);
            book->add(record);
        }
    }
    const auto report = report_of(folder.path(), {.by = "outcome"});
    ASSERT_EQ(report.rows.size(), upstream::outcome_count);
    for (const usage_row& row : report.rows) {
        const std::string outcome = row.groups.front().value_or("");
        const bool fine = outcome == "completed" || outcome == "budget" || outcome == "cancelled" ||
                          outcome == "client_gone";
        EXPECT_EQ(row.sums.errors, fine ? 0 : 1) << outcome;
    }
    EXPECT_EQ(report.total.errors, 10);
}

TEST(UsageSums, AreHeldAtTheEndOfTheirRange) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    const ledger_folder folder;
    {
        const auto book = opened(folder.path());
        for (const std::string model : {"chat", "chat", "code"})
            book->add(used(utc(2026, 2, 1), "a", model, most));
    }
    const auto report = report_of(folder.path(), {.by = "model"});
    EXPECT_EQ(report.rows.front().sums.output_tokens, most);
    EXPECT_EQ(report.total.output_tokens, most);
}

std::string mistake(const usage_options& options) {
    const auto query = parse_usage_query(options);
    return query ? "" : query.error();
}

TEST(UsageOptions, SayWhatIsWrongWithThem) {
    EXPECT_EQ(
        mistake({.by = "key,modle"}),
        "--by: 'modle' is none of key, model, target, day, month, outcome, dialect, label:NAME"
    );
    for (const std::string by :
         {"", "key,", ",key", "key,,day", "label:", "label", "KEY", "key ", "cost"})
        EXPECT_THAT(mistake({.by = by}), HasSubstr("is none of key")) << by;
    EXPECT_EQ(mistake({.by = "key,day,key"}), "--by: 'key' stands there twice");
    EXPECT_EQ(mistake({.by = "label:a,label:b"}), "");
    EXPECT_EQ(
        mistake({.since = "yesterday"}),
        "--since: 'yesterday' is no time as 2026-01-31 or 2026-01-31T12:30:00Z"
    );
    EXPECT_THAT(mistake({.until = "2026-02-30"}), HasSubstr("--until: '2026-02-30' is no time"));
    EXPECT_EQ(
        mistake({.since = "2026-02-01", .until = "2026-02-01"}),
        "--until: '2026-02-01' is not after --since"
    );
}

TEST(UsageTime, IsADayOrATimeOfDay) {
    constexpr std::int64_t day = 1'769'904'000'000;  // 2026-02-01
    constexpr std::int64_t hour = 3'600'000;
    constexpr std::int64_t minute = 60'000;
    EXPECT_EQ(parse_usage_time("1970-01-01"), 0);
    EXPECT_EQ(parse_usage_time("2026-02-01"), day);
    EXPECT_EQ(parse_usage_time("2026-02-01T10:20"), day + 10 * hour + 20 * minute);
    EXPECT_EQ(parse_usage_time("2026-02-01 10:20:30"), day + 10 * hour + 20 * minute + 30'000);
    EXPECT_EQ(parse_usage_time("2026-02-01T00:00:00.0451Z"), day + 45);
    EXPECT_EQ(parse_usage_time("2026-02-01T00:00:00.5"), day + 500);
    EXPECT_EQ(parse_usage_time("2026-02-01T10:00:00+02:30"), day + 7 * hour + 30 * minute);
    EXPECT_EQ(parse_usage_time("2026-02-01T10:00-01:00"), day + 11 * hour);
    EXPECT_EQ(parse_usage_time("2024-02-29"), 1'709'164'800'000);
}

TEST(UsageTime, IsNothingElse) {
    for (const std::string text :
         {"",
          "2026",
          "2026-2-1",
          "2026-02-30",
          "2025-02-29",
          "2026-00-10",
          "2026-13-01",
          "2026-01-00",
          "2026-01-32",
          "26-01-01",
          "-026-01-01",
          " 2026-01-01",
          "2026-01-01 ",
          "2026-01-01T",
          "2026-01-01T1",
          "2026-01-01T24:00",
          "2026-01-01T12:60",
          "2026-01-01T12:00:60",
          "2026-01-01T12:00:00.",
          "2026-01-01T12:00:00Zx",
          "2026-01-01T12:00:00+1",
          "2026-01-01T12:00:00+0100",
          "2026-01-01Z",
          "2026/01/01",
          "99999-01-01",
          "2026-01-01\n"})
        EXPECT_EQ(parse_usage_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sluice::gateway::testing
