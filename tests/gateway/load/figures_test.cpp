#include "gateway/load/report/figures.hpp"

#include "gateway/load/report/outcome.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::load::testing {

namespace {

figures some_figures() {
    figures some;
    some.due = 1;
    some.started = 2;
    some.whole = 3;
    some.failed = 4;
    some.aborted = 5;
    some.unended = 6;
    some.met_objectives = 7;
    some.resumed = 8;
    some.reconnected = 9;
    some.events = 10;
    some.bytes = 11;
    some.input_tokens = 12;
    some.output_tokens = 13;
    some.content = {1, 2, 3, 4, 5, 6, 7};
    some.of(metric::gap).record(20);
    some.errors["HTTP 429"] = 2;
    some.note_example("example");
    some.records.resize(3);
    some.second(2'500'000'000).live = 4;
    some.loop_lag.record(30);
    some.cpu_s = 1.5;
    return some;
}

TEST(LoadFigures, AddEverythingOfAnother) {
    figures sum = some_figures();
    sum.add(some_figures());
    EXPECT_EQ(sum.due, 2U);
    EXPECT_EQ(sum.started, 4U);
    EXPECT_EQ(sum.whole, 6U);
    EXPECT_EQ(sum.failed, 8U);
    EXPECT_EQ(sum.aborted, 10U);
    EXPECT_EQ(sum.unended, 12U);
    EXPECT_EQ(sum.met_objectives, 14U);
    EXPECT_EQ(sum.resumed, 16U);
    EXPECT_EQ(sum.reconnected, 18U);
    EXPECT_EQ(sum.events, 20U);
    EXPECT_EQ(sum.bytes, 22U);
    EXPECT_EQ(sum.input_tokens, 24U);
    EXPECT_EQ(sum.output_tokens, 26U);
    EXPECT_EQ(sum.content, (integrity{2, 4, 6, 8, 10, 12, 14}));
    EXPECT_EQ(sum.of(metric::gap).count(), 2U);
    EXPECT_EQ(sum.errors["HTTP 429"], 4U);
    EXPECT_EQ(sum.records.size(), 6U);
    EXPECT_EQ(sum.seconds.at(2).live, 8U);
    EXPECT_EQ(sum.loop_lag.count(), 2U);
    EXPECT_EQ(sum.cpu_s, 3);
}

TEST(LoadFigures, AddSecondsThatOnlyOneHas) {
    figures longer;
    longer.second(3'000'000'000).ended = 1;
    figures sum;
    sum.second(0).ended = 2;
    sum.add(longer);
    ASSERT_EQ(sum.seconds.size(), 4U);
    EXPECT_EQ(sum.seconds[0].ended, 2U);
    EXPECT_EQ(sum.seconds[3].ended, 1U);
}

TEST(LoadFigures, KeepSoManyRecordsAtMost) {
    figures sum;
    sum.records.resize(figures::records_max - 1);
    figures more;
    more.records.resize(5);
    sum.add(more);
    EXPECT_EQ(sum.records.size(), figures::records_max);
}

TEST(LoadFigures, KeepADayOfSecondsAtMost) {
    figures seen;
    seen.second(-5).due = 1;
    seen.second(INT64_MAX).due = 2;
    ASSERT_EQ(seen.seconds.size(), 24U * 60 * 60);
    EXPECT_EQ(seen.seconds.front().due, 1U);
    EXPECT_EQ(seen.seconds.back().due, 2U);
}

TEST(LoadFigures, KeepFewExamplesAndEachOnce) {
    figures seen;
    for (int i = 0; i < 40; ++i)
        seen.note_example("HTTP " + std::to_string(500 + i / 2));
    ASSERT_EQ(seen.examples.size(), figures::examples_max);
    EXPECT_EQ(seen.examples[0], "HTTP 500");
    EXPECT_EQ(seen.examples[1], "HTTP 501");
}

TEST(LoadFigures, CutALongExampleBetweenCharacters) {
    figures seen;
    std::string text;
    while (text.size() < 10'000)
        text += "\xe2\x82\xac";
    seen.note_example(text);
    EXPECT_LT(seen.examples[0].size(), 4200U);
    EXPECT_EQ(seen.examples[0].substr(seen.examples[0].size() - 7), "\xe2\x82\xac ...");
}

TEST(LoadOutcome, CountsGoodStreamsPerSecond) {
    run_outcome run;
    EXPECT_EQ(run.goodput(), 0);
    run.duration_s = 4;
    run.seen.met_objectives = 10;
    EXPECT_EQ(run.goodput(), 2.5);
}

TEST(LoadOutcome, SharesTheGoodAmongThoseThatWereNotAbortedOnPurpose) {
    run_outcome run;
    EXPECT_EQ(run.good_share(), 1);
    run.seen.due = 12;
    run.seen.aborted = 2;
    run.seen.met_objectives = 9;
    EXPECT_EQ(run.good_share(), 0.9);
    EXPECT_FALSE(run.missed_objectives());
    run.wanted = *parse_objectives("ttft=1s");
    EXPECT_TRUE(run.missed_objectives());
    run.objective_share = 0.9;
    EXPECT_FALSE(run.missed_objectives());
}

TEST(LoadMetrics, HaveAKeyAMeaningAndTheWordsOfOtherTools) {
    std::map<std::string_view, int> keys;
    for (const metric_row& row : metric_rows()) {
        ++keys[row.key];
        EXPECT_FALSE(row.title.empty()) << row.key;
        EXPECT_TRUE(row.definition.ends_with('.')) << row.key;
    }
    EXPECT_EQ(keys.size(), metric_count);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
