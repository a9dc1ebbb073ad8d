#include "gateway/load/report/quantities.hpp"
#include "gateway/load/report/reports.hpp"
#include "tests/gateway/load/sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(LoadTextReport, BeginsWithTheVerdicts) {
    EXPECT_THAT(
        text_report(sample_run(200)),
        StartsWith(
            "VALID         the client kept up\n"
            "MET           100 % of streams within ttft=500ms,gap=50ms (99 % wanted)\n"
            "INTACT        2,000 tokens compared, none lost, doubled, out of order or altered\n"
        )
    );
}

TEST(LoadTextReport, TellsEachReasonWhyARunIsInvalid) {
    run_outcome run = sample_run(10);
    run.invalid = {"the schedule lagged", "the client used its whole core"};
    EXPECT_THAT(
        text_report(run),
        StartsWith(
            "INVALID       the schedule lagged\nINVALID       the client used its whole core\n"
        )
    );
}

TEST(LoadTextReport, TellsThatObjectivesWereMissed) {
    run_outcome run = sample_run(200);
    run.seen.met_objectives = 197;
    EXPECT_THAT(text_report(run), HasSubstr("\nMISSED        98.50 % of streams within"));
}

TEST(LoadTextReport, SaysNothingOfObjectivesThatWereNotGiven) {
    run_outcome run = sample_run(10);
    run.wanted = {};
    EXPECT_THAT(text_report(run), Not(HasSubstr("wanted")));
    EXPECT_THAT(text_report(run), Not(HasSubstr("good")));
}

TEST(LoadTextReport, NamesEveryKindOfFlaw) {
    run_outcome run = sample_run(10);
    run.seen.content = {100, 1, 2, 3, 4, 5, 6};
    EXPECT_THAT(
        text_report(run),
        HasSubstr("BROKEN        1 lost, 2 doubled, 3 out of order, 4 altered, 5 foreign, 6 "
                  "miscounted streams, of 100 tokens compared\n")
    );
}

TEST(LoadTextReport, CallsContentThatNobodyComparedNotIntact) {
    run_outcome run = sample_run(10);
    run.seen.content = {};
    EXPECT_THAT(text_report(run), HasSubstr("UNCHECKED"));
    EXPECT_THAT(text_report(run), Not(HasSubstr("INTACT")));
}

TEST(LoadTextReport, HasARowOfPercentilesForEachTimeThatWasMeasured) {
    run_outcome run = sample_run(10);
    run.seen.of(metric::added) = {};
    for (int i = 0; i < 1000; ++i)
        run.seen.of(metric::added).record(i < 900 ? 250 : 8000);
    run.seen.of(metric::added).record(3'000'000);
    const std::string text = text_report(run);
    EXPECT_THAT(text, HasSubstr("     count       p50       p90       p99     p99.9       max\n"));
    EXPECT_THAT(
        text,
        HasSubstr("added              1,001    250 ns   8.03 us   8.03 us   8.03 us   3.00 ms\n")
    );
    EXPECT_THAT(text, Not(HasSubstr("resume")));
    EXPECT_THAT(text, Not(HasSubstr("schedule_lag")));
}

TEST(LoadTextReport, TellsTheMostFrequentErrorsFirst) {
    run_outcome run = sample_run(10);
    run.seen.errors = {{"HTTP 429", 3}, {"reset", 1200}};
    run.seen.examples = {"HTTP 429: slow\ndown \x1b[31m"};
    const std::string text = text_report(run);
    EXPECT_THAT(text, HasSubstr("errors         1,200 x reset\n                   3 x HTTP 429\n"));
    EXPECT_THAT(text, HasSubstr("for example   HTTP 429: slow down  [31m\n"));
}

TEST(LoadTextReport, CountsTheKindsThatItHasNoRoomFor) {
    run_outcome run = sample_run(10);
    for (int status = 500; status < 510; ++status)
        run.seen.errors["HTTP " + std::to_string(status)] = 1;
    EXPECT_THAT(text_report(run), HasSubstr("and 4 other kinds\n"));
}

TEST(LoadTextReport, TellsHowTheClientItselfDid) {
    run_outcome run = sample_run(100);
    run.workers = 2;
    run.seen.cpu_s = 5;
    run.seen.loop_lag.record(40'000);
    EXPECT_THAT(
        text_report(run),
        HasSubstr(
            "client        25 % of 2 cores, schedule lag p99 1.00 us max 1.00 us, loop lag p99 "
            "40.0 us max 40.0 us\n"
        )
    );
}

TEST(LoadTextReport, FitsOnOneScreen) {
    run_outcome run = sample_run(100);
    for (histogram& times : run.seen.times)
        times.record(INT64_MAX);
    for (int i = 0; i < 20; ++i) {
        run.seen.errors["kind " + std::to_string(i)] = 1;
        run.seen.note_example(std::to_string(i) + std::string(5000, 'x'));
    }
    const std::string text = text_report(run);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 45);
    EXPECT_LT(text.size(), 5000U);
}

TEST(LoadTextReport, IsColouredOnlyWhenAsked) {
    EXPECT_THAT(text_report(sample_run(10)), Not(HasSubstr("\x1b")));
    EXPECT_THAT(text_report(sample_run(10), true), StartsWith("\x1b[32mVALID         \x1b[0mthe"));
}

TEST(LoadQuantities, TellTimesByThreeDigits) {
    EXPECT_EQ(time_text(-1), "-");
    EXPECT_EQ(time_text(0), "0 ns");
    EXPECT_EQ(time_text(999), "999 ns");
    EXPECT_EQ(time_text(1234), "1.23 us");
    EXPECT_EQ(time_text(12'340), "12.3 us");
    EXPECT_EQ(time_text(999'600), "1.00 ms");
    EXPECT_EQ(time_text(450'000'000), "450 ms");
    EXPECT_EQ(time_text(90'000'000'000), "90.0 s");
    EXPECT_EQ(time_text(4'200'000'000'000), "70.0 min");
}

TEST(LoadQuantities, NeverRoundAShareUpToAllOfIt) {
    EXPECT_EQ(share_text(0.99999), "99.99 %");
    EXPECT_EQ(share_text(1), "100 %");
    EXPECT_EQ(share_text(0.29), "29 %");
    EXPECT_EQ(share_text(0.9942), "99.42 %");
}

TEST(LoadQuantities, TellCountsNumbersAndBytes) {
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(1234567), "1,234,567");
    EXPECT_EQ(number_text(0.254), "0.25");
    EXPECT_EQ(number_text(1234.4), "1,234");
    EXPECT_EQ(bytes_text(12), "12 B");
    EXPECT_EQ(bytes_text(1.5e9), "1.50 GB");
}

TEST(LoadQuantities, TakeTheControlsOutOfForeignText) {
    EXPECT_EQ(printable("a\r\n\tb\x1b\x7f"), "a   b  ");
    EXPECT_EQ(
        printable("\xc2\x9b"
                  "31m \xc3\xa9"),
        " 31m \xc3\xa9"
    );
}

}  // namespace

}  // namespace sluice::gateway::load::testing
