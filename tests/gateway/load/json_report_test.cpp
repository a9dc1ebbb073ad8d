#include "gateway/load/report/reports.hpp"
#include "tests/gateway/load/sample_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace sluice::gateway::load::testing {

namespace {

using nlohmann::json;

json report_of_run(const run_outcome& run) {
    return json::parse(json_report(run));
}

TEST(LoadJsonReport, SaysWhatFormatItHas) {
    const json report = report_of_run(sample_run(10));
    EXPECT_EQ(report["format"], "sluice-load-report");
    EXPECT_EQ(report["format_version"], 1);
    EXPECT_EQ(report["sluice"], "1.2.3");
}

TEST(LoadJsonReport, TellsWhatTheRunWas) {
    run_outcome run = sample_run(10);
    run.environment = {{"kernel", "Linux 6.1"}};
    const json part = report_of_run(run)["run"];
    EXPECT_EQ(part["url"], run.url);
    EXPECT_EQ(part["load"], "poisson, 10 streams/s");
    EXPECT_EQ(part["began"], "2025-11-26T14:06:40Z");
    EXPECT_EQ(part["duration_s"], 1.0);
    EXPECT_EQ(part["environment"]["kernel"], "Linux 6.1");
}

TEST(LoadJsonReport, TellsTheVerdicts) {
    run_outcome run = sample_run(100);
    json verdict = report_of_run(run)["verdict"];
    EXPECT_EQ(verdict["valid"], true);
    EXPECT_EQ(verdict["objectives"], "ttft=500ms,gap=50ms");
    EXPECT_EQ(verdict["objectives_met"], true);
    EXPECT_EQ(verdict["content"], "intact");
    run.invalid = {"late"};
    run.seen.met_objectives = 50;
    run.seen.content.lost = 1;
    verdict = report_of_run(run)["verdict"];
    EXPECT_EQ(verdict["valid"], false);
    EXPECT_EQ(verdict["invalid_because"], json({"late"}));
    EXPECT_EQ(verdict["objectives_met"], false);
    EXPECT_EQ(verdict["good_share"], 0.5);
    EXPECT_EQ(verdict["content"], "broken");
}

TEST(LoadJsonReport, LeavesOpenWhatNobodyAskedFor) {
    const json verdict = report_of_run(run_outcome())["verdict"];
    EXPECT_TRUE(verdict["objectives_met"].is_null());
    EXPECT_EQ(verdict["content"], "unchecked");
}

TEST(LoadJsonReport, HoldsEveryHistogramSoThatItCanBeReadAgain) {
    const run_outcome run = sample_run(100);
    const json times = report_of_run(run)["times"];
    ASSERT_EQ(times.size(), metric_count);
    for (const metric_row& row : metric_rows()) {
        const json& one = times[std::string(row.key)];
        const histogram& own = run.seen.of(row.what);
        EXPECT_EQ(one["count"], own.count()) << row.key;
        EXPECT_EQ(one["p99_9_ns"], own.percentile_ns(0.999)) << row.key;
        EXPECT_EQ(one["max_ns"], own.max_ns()) << row.key;
        EXPECT_EQ(one["min_ns"], own.min_ns()) << row.key;
        EXPECT_EQ(one["hdr"], own.hdr_base64()) << row.key;
    }
}

TEST(LoadJsonReport, HoldsOneEntryForEachSecond) {
    const json seconds = report_of_run(sample_run(40))["seconds"];
    EXPECT_EQ(seconds["due"], json({10, 10, 10, 10, 0}));
    EXPECT_EQ(seconds["started"], seconds["due"]);
    EXPECT_EQ(seconds["live"].size(), 5U);
}

TEST(LoadJsonReport, CountsRatesOverTheWholeRun) {
    const json rates = report_of_run(sample_run(100))["rates"];
    EXPECT_EQ(rates["streams_per_s"], 10.0);
    EXPECT_EQ(rates["good_per_s"], 10.0);
    EXPECT_EQ(rates["output_tokens_per_s"], 100.0);
    EXPECT_EQ(report_of_run(run_outcome())["rates"]["streams_per_s"], 0.0);
}

TEST(LoadJsonReport, TellsErrorsByKindTheMostFrequentFirst) {
    run_outcome run = sample_run(10);
    run.seen.errors = {{"HTTP 429", 1}, {"reset", 2}};
    const json expected = {{{"kind", "reset"}, {"count", 2}}, {{"kind", "HTTP 429"}, {"count", 1}}};
    EXPECT_EQ(report_of_run(run)["errors"], expected);
}

TEST(LoadJsonReport, TellsEveryKindOfFlaw) {
    run_outcome run = sample_run(10);
    run.seen.content = {100, 1, 2, 3, 4, 5, 6};
    const json part = report_of_run(run)["integrity"];
    EXPECT_EQ(part["checked"], 100);
    EXPECT_EQ(part["lost"], 1);
    EXPECT_EQ(part["miscounted"], 6);
    EXPECT_EQ(part["broken"], 21);
}

TEST(LoadJsonReport, DefinesItsTimes) {
    const json part = report_of_run(run_outcome())["definitions"];
    EXPECT_EQ(part.size(), metric_count);
    EXPECT_EQ(part["ttft_content"]["title"], "due to first content");
}

TEST(LoadJsonReport, QuotesWhatIsNoUtf8) {
    run_outcome run;
    run.seen.examples = {"HTTP 500: \xff"};
    EXPECT_EQ(report_of_run(run)["examples"][0], "HTTP 500: \xef\xbf\xbd");
}

}  // namespace

}  // namespace sluice::gateway::load::testing
