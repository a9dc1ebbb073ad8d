#include "gateway/load/report/noise.hpp"
#include "gateway/load/report/reports.hpp"
#include "tests/gateway/load/sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <random>
#include <string>

namespace sluice::gateway::load::testing {

namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr double tenth = 0.1;

comparison compared(const run_outcome& before, const run_outcome& now, double tolerance = tenth) {
    return *compare_with(json_report(before), now, tolerance);
}

std::string error_of(const std::string& baseline) {
    const auto made = compare_with(baseline, sample_run(10), tenth);
    return made ? "none" : made.error();
}

TEST(LoadBaseline, FindsNothingInTheSameRun) {
    const comparison made = compared(sample_run(300), sample_run(300));
    EXPECT_THAT(made.regressions, IsEmpty());
    EXPECT_THAT(made.text, HasSubstr("No regressions.\n"));
    EXPECT_THAT(made.text, Not(HasSubstr("noise")));
    EXPECT_THAT(made.text, Not(HasSubstr("note:")));
}

TEST(LoadBaseline, FindsNothingBetweenRunsThatDifferByChanceOnly) {
    for (std::uint64_t seed = 2; seed < 22; ++seed) {
        const comparison made = compared(sample_run(300), sample_run(300, 1, seed), 0.01);
        EXPECT_THAT(made.regressions, IsEmpty()) << seed;
    }
}

TEST(LoadBaseline, FindsTimesThatGotWorse) {
    const comparison made = compared(sample_run(1000), sample_run(1000, 1.3));
    EXPECT_THAT(made.regressions, Contains(StartsWith("ttft_content p50 went from 2")));
    EXPECT_THAT(made.regressions, Contains(StartsWith("gap p99 went from 2")));
    EXPECT_THAT(made.regressions, Contains(HasSubstr("(+3")));
    EXPECT_THAT(made.text, HasSubstr("worse"));
}

TEST(LoadBaseline, TakesTimesThatGotBetterForNoRegression) {
    const comparison made = compared(sample_run(1000), sample_run(1000, 0.7));
    EXPECT_THAT(made.regressions, IsEmpty());
    EXPECT_THAT(made.text, HasSubstr("better"));
}

TEST(LoadBaseline, LetsPassWhatIsWithinTheTolerance) {
    EXPECT_THAT(compared(sample_run(1000), sample_run(1000, 1.3), 0.5).regressions, IsEmpty());
}

TEST(LoadBaseline, CallsNoiseWhatFewSamplesCannotTell) {
    const comparison made = compared(sample_run(6), sample_run(6, 1.15));
    EXPECT_THAT(made.regressions, Not(Contains(StartsWith("ttft_content"))));
    EXPECT_THAT(made.text, HasSubstr("noise"));
}

TEST(LoadBaseline, FindsFewerWholeAndGoodStreams) {
    run_outcome now = sample_run(1000);
    now.seen.whole = now.seen.met_objectives = 600;
    const comparison made = compared(sample_run(1000), now);
    EXPECT_THAT(made.regressions, Contains("whole streams/s went from 10.0 to 6.00 (-40.0 %)"));
    EXPECT_THAT(made.regressions, Contains(StartsWith("good streams/s went from")));
    EXPECT_THAT(made.regressions, Contains("the objectives were met, and are missed now"));
}

TEST(LoadBaseline, JudgesGoodStreamsUnderTheSameObjectivesOnly) {
    run_outcome now = sample_run(1000);
    now.wanted = *parse_objectives("ttft=1ms");
    now.seen.met_objectives = 0;
    const comparison made = compared(sample_run(1000), now);
    EXPECT_THAT(made.regressions, IsEmpty());
    EXPECT_THAT(
        made.text,
        HasSubstr("note: the set of objectives differs: 'ttft=500ms,gap=50ms' then, 'ttft=1ms' now")
    );
}

TEST(LoadBaseline, FindsMoreFailuresAndNewKindsOfThem) {
    run_outcome before = sample_run(1000);
    before.seen.failed = 1;
    before.seen.errors = {{"HTTP 429", 1}};
    run_outcome now = sample_run(1000);
    now.seen.failed = 40;
    now.seen.errors = {{"HTTP 429", 38}, {"reset", 2}};
    EXPECT_THAT(
        compared(before, now).regressions,
        ElementsAre(
            "failed streams went from 0.10 % to 4 % (+3900.0 %)",
            "a new kind of error: reset, 2 times"
        )
    );
}

TEST(LoadBaseline, TakesASingleFlawInTheContentForARegression) {
    run_outcome now = sample_run(100);
    now.seen.content.altered = 1;
    EXPECT_THAT(
        compared(sample_run(100), now).regressions, ElementsAre("the content is broken: 1 flaw")
    );
    EXPECT_THAT(compared(now, now).regressions, ElementsAre("the content is broken: 1 flaw"));
}

TEST(LoadBaseline, SaysThatContentIsNoLongerCompared) {
    run_outcome now = sample_run(100);
    now.checked = false;
    EXPECT_THAT(compared(sample_run(100), now).text, HasSubstr("note: the content was compared"));
}

TEST(LoadBaseline, SaysThatARunIsInvalidOrOfAnotherShape) {
    run_outcome before = sample_run(100);
    before.invalid = {"late"};
    before.load = "closed, 10 clients";
    run_outcome now = sample_run(100);
    now.invalid = {"late"};
    const std::string text = compared(before, now).text;
    EXPECT_THAT(text, HasSubstr("note: the baseline was an invalid run"));
    EXPECT_THAT(text, HasSubstr("note: this run is invalid"));
    EXPECT_THAT(
        text,
        HasSubstr("note: the load differs: 'closed, 10 clients' then, 'poisson, 10 streams/s' now")
    );
}

TEST(LoadBaseline, DoesNotBlameTheServerForTheClientsLag) {
    run_outcome now = sample_run(1000);
    now.seen.of(metric::schedule_lag) = {};
    for (int i = 0; i < 1000; ++i)
        now.seen.of(metric::schedule_lag).record(50'000'000);
    EXPECT_THAT(compared(sample_run(1000), now).regressions, IsEmpty());
}

TEST(LoadBaseline, RefusesWhatIsNoReport) {
    EXPECT_EQ(error_of("{"), "the baseline is no JSON");
    for (const char* const text : {"[]", "{}", "7", R"({"format":"other","format_version":1})"})
        EXPECT_EQ(error_of(text), "the baseline is no JSON report of a load run") << text;
    EXPECT_THAT(
        error_of(R"({"format":"sluice-load-report","format_version":9})"),
        HasSubstr("has version 9 of the report format; this version of Sluice reads 1")
    );
}

TEST(LoadBaseline, NamesTheFieldThatIsWrong) {
    const json report = json::parse(json_report(sample_run(10)));
    for (const auto& [path, error] : {
             std::pair{"/streams/due", "the baseline's streams/due is not a count"},
             std::pair{"/rates", "the baseline's rates is not an object"},
             std::pair{"/rates/good_per_s", "the baseline's rates/good_per_s is not a number"},
             std::pair{"/errors", "the baseline's errors is not a list"},
             std::pair{"/verdict/valid", "the baseline's verdict/valid is not true or false"},
             std::pair{"/run/load", "the baseline's run/load is not text"},
             std::pair{
                 "/times/gap/hdr", "the baseline's times/gap/hdr is not a histogram in base64"},
         }) {
        json broken = report;
        broken[json::json_pointer(path)] = nullptr;
        EXPECT_EQ(error_of(broken.dump()), error);
    }
    json broken = report;
    broken["times"]["gap"]["hdr"] = "AAAA";
    EXPECT_THAT(error_of(broken.dump()), HasSubstr("times/gap/hdr is not a histogram: it is no"));
}

TEST(LoadBaseline, ReadsAReportThatLacksANewMetric) {
    json report = json::parse(json_report(sample_run(10)));
    report["times"].erase("resume");
    EXPECT_EQ(error_of(report.dump()), "none");
}

TEST(LoadBaseline, RefusesAToleranceBelowZero) {
    EXPECT_FALSE(compare_with(json_report(sample_run(10)), sample_run(10), -0.1));
    EXPECT_FALSE(compare_with(json_report(sample_run(10)), sample_run(10), std::nan("")));
}

TEST(LoadNoise, SpansThatAreSaidToHoldThePercentileDo) {
    std::mt19937_64 random(5);
    std::exponential_distribution<double> latency(1e-6);
    int missed = 0;
    for (int round = 0; round < 400; ++round) {
        histogram times;
        for (int i = 0; i < 500; ++i)
            times.record(static_cast<std::int64_t>(latency(random)));
        const span p90 = percentile_span(times, 0.9);
        const double exact = 1e6 * std::log(10.0);
        // The bucket's width is no part of the statistics.
        if (p90.low > 1.01 * exact || p90.high < exact) ++missed;
    }
    EXPECT_LE(missed, 10);  // of 400, about 4 are expected
}

TEST(LoadNoise, GrowsNarrowWithTheNumberOfSamples) {
    const auto width = [](int samples) {
        std::mt19937_64 random(5);
        std::exponential_distribution<double> latency(1e-6);
        histogram times;
        for (int i = 0; i < samples; ++i)
            times.record(static_cast<std::int64_t>(latency(random)));
        const span p50 = percentile_span(times, 0.5);
        return p50.high - p50.low;
    };
    EXPECT_GT(width(1'000), 5 * width(100'000));  // ten times, but for the buckets' width
}

TEST(LoadNoise, BoundsNoPercentileThatHasTooFewSamplesAboveIt) {
    histogram times;
    for (int i = 1; i <= 100; ++i)
        times.record(i);
    EXPECT_TRUE(std::isinf(percentile_span(times, 0.99).high));
    EXPECT_FALSE(std::isinf(percentile_span(times, 0.5).high));
    EXPECT_TRUE(std::isinf(percentile_span(histogram(), 0.5).high));
}

TEST(LoadNoise, BoundsSharesAndRates) {
    EXPECT_EQ(share_span(0, 100).low, 0);
    EXPECT_NEAR(share_span(0, 100).high, 0.062, 0.001);
    EXPECT_NEAR(share_span(50, 100).low, 0.376, 0.001);
    EXPECT_NEAR(rate_span(100, 10'000).low, 97.424, 0.001);
    EXPECT_TRUE(std::isinf(rate_span(100, 0).high));
}

}  // namespace

}  // namespace sluice::gateway::load::testing
