#include "gateway/load/report/knee.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ending = knee_search::ending;

using server = std::function<probe(double rate)>;

/// All streams are good up to a rate, and few above it.
server able_to(double capacity) {
    return [=](double rate) {
        const bool good = rate <= capacity;
        return probe{rate, good ? 1.0 : 0.5, good ? rate : rate / 2, 250'000'000, false, ""};
    };
}

std::vector<double> search(knee_search& knee, const server& answer) {
    std::vector<double> rates;
    while (const auto rate = knee.next()) {
        rates.push_back(*rate);
        knee.told(answer(*rate));
    }
    return rates;
}

knee_settings from_to(double start, double least, double most) {
    knee_settings settings;
    settings.start = start;
    settings.least = least;
    settings.most = most;
    return settings;
}

TEST(Knee, IsFoundByDoublingAndThenByBisecting) {
    knee_search knee(from_to(10, 1, 1000));
    EXPECT_THAT(search(knee, able_to(100)), ElementsAre(10, 20, 40, 80, 160, 113, 95.1, 104, 99.5));
    EXPECT_EQ(knee.how(), ending::found);
    EXPECT_DOUBLE_EQ(knee.knee(), 99.5);
    EXPECT_DOUBLE_EQ(knee.failed_at().value_or(0), 104);
}

TEST(Knee, IsFoundBelowTheStartByHalving) {
    knee_search knee(from_to(64, 1, 1000));
    const auto rates = search(knee, able_to(10));
    EXPECT_THAT(std::vector(rates.begin(), rates.begin() + 4), ElementsAre(64, 32, 16, 8));
    EXPECT_LE(knee.knee(), 10);
    EXPECT_GT(knee.failed_at().value_or(0), 10);
}

TEST(Knee, LiesWithinThePrecisionWhereverItIs) {
    for (double capacity = 0.11; capacity < 9000; capacity *= 1.37) {
        SCOPED_TRACE(capacity);
        knee_search knee(knee_settings{});
        const auto rates = search(knee, able_to(capacity));
        EXPECT_EQ(knee.how(), ending::found);
        EXPECT_LE(knee.knee(), capacity);
        EXPECT_GE(knee.knee() * 1.05, capacity);
        EXPECT_LE(rates.size(), 20U);
    }
}

TEST(Knee, IsFoundToAFinePrecisionWhereRoundedRatesAreTheSame) {
    knee_settings settings = from_to(100, 1, 1000);
    settings.precision = 0;
    knee_search knee(settings);
    search(knee, able_to(101.7));
    EXPECT_EQ(knee.how(), ending::found);
    EXPECT_GE(knee.knee() * 1.005, 101.7);
}

TEST(Knee, IsAtLeastTheHighestRateThatMayBeTried) {
    knee_search knee(from_to(10, 1, 50));
    EXPECT_THAT(search(knee, able_to(1000)), ElementsAre(10, 20, 40, 50));
    EXPECT_EQ(knee.how(), ending::all_pass);
    EXPECT_EQ(knee.knee(), 50);
    EXPECT_THAT(knee_text(knee), HasSubstr("is 50.0/s; it is the highest that was allowed"));
}

TEST(Knee, IsNotThereWhereTheLowestRateFails) {
    knee_search knee(from_to(4, 1.5, 50));
    EXPECT_THAT(search(knee, able_to(0)), ElementsAre(4, 2, 1.5));
    EXPECT_EQ(knee.how(), ending::none_passes);
    EXPECT_EQ(knee.knee(), 0);
    EXPECT_THAT(
        knee_text(knee), HasSubstr("No rate passed: 1.50/s, the lowest that was allowed, fails.")
    );
}

TEST(Knee, TriesAProbeThatFailsNarrowlyOnceMore) {
    knee_search knee(from_to(10, 1, 10));
    probe narrow{10, 0.975, 9.75, 1, false, ""};
    knee.told(narrow);
    EXPECT_EQ(knee.next(), 10);
    narrow.good_share = 0.99;
    knee.told(narrow);
    EXPECT_EQ(knee.how(), ending::all_pass);
    EXPECT_TRUE(knee.entries().front().repeated);
}

TEST(Knee, BelievesAProbeThatFailsNarrowlyTwice) {
    knee_search knee(from_to(10, 1, 100));
    const probe narrow{10, 0.975, 9.75, 1, false, ""};
    knee.told(narrow);
    knee.told(narrow);
    EXPECT_EQ(knee.failed_at(), 10);
    EXPECT_EQ(knee.next(), 5);
}

TEST(Knee, BelievesAProbeThatFailsPlainlyAtOnce) {
    for (const probe& plain : {probe{10, 0.96, 9, 1, false, ""}, probe{10, 1, 10, 1, true, ""}}) {
        knee_search knee(from_to(10, 1, 100));
        knee.told(plain);
        EXPECT_EQ(knee.next(), 5);
    }
}

TEST(Knee, SaysWhereTheClientWasTheBottleneck) {
    knee_search knee(from_to(10, 1, 1000));
    search(knee, [](double rate) {
        return probe{rate, 1, rate, 1, false, rate > 30 ? "the client asked late" : ""};
    });
    EXPECT_EQ(knee.how(), ending::client_limited);
    EXPECT_LE(knee.knee(), 30);
    EXPECT_GE(knee.knee() * 1.05, 30);
    EXPECT_THAT(knee_text(knee), HasSubstr("no answer: the client asked late; tried again"));
    EXPECT_THAT(knee_text(knee), HasSubstr("this client is the bottleneck"));
}

TEST(Knee, EndsWithAServerThatAnswersAtRandom) {
    knee_settings settings;
    settings.precision = 0;
    settings.probes_max = 7;
    knee_search knee(settings);
    int turn = 0;
    const auto rates = search(knee, [&](double rate) {
        return probe{rate, ++turn % 2 == 0 ? 1 : 0.98, rate, 1, false, ""};
    });
    EXPECT_EQ(rates.size(), 7U);
    EXPECT_EQ(knee.how(), ending::probes_spent);
    EXPECT_THAT(knee_text(knee), HasSubstr("all 7 probes are spent"));
}

TEST(Knee, BringsSettingsWithoutSenseToSomeThatHaveIt) {
    knee_settings odd;
    odd.start = std::nan("");
    odd.least = -1;
    odd.most = INFINITY;
    odd.probes_max = 0;
    knee_search knee(odd);
    EXPECT_EQ(search(knee, able_to(1)).size(), 1U);
    EXPECT_GT(knee.settings().least, 0);
}

TEST(Knee, IsToldAsATable) {
    knee_search knee(from_to(10, 1, 20));
    knee.told({10, 1, 10, 250'000'000, false, ""});
    knee.told({20, 0.97999, 19.6, 1'250'000'000, true, ""});
    EXPECT_EQ(
        knee_text(knee),
        "        rate        good     goodput    ttft p99  result\n"
        "      10.0/s       100 %      10.0/s      250 ms  passed\n"
        "      20.0/s     97.99 %      19.6/s      1.25 s  failed: streams came faster than they "
        "ended\n"
        "The highest rate that passed is 10.0/s; the search was given up before it was over.\n"
    );
}

TEST(Knee, IsToldAsJson) {
    knee_search knee(from_to(10, 1, 1000));
    EXPECT_EQ(nlohmann::json::parse(knee_json(knee))["failed_at"], nullptr);
    search(knee, able_to(100));
    const auto told = nlohmann::json::parse(knee_json(knee));
    EXPECT_EQ(told["knee_streams_per_s"], 99.5);
    EXPECT_EQ(told["failed_at"], 104);
    EXPECT_EQ(told["ending"], "found");
    EXPECT_EQ(told["probes"].size(), 9U);
    EXPECT_EQ(told["probes"][4]["rate"], 160);
    EXPECT_EQ(told["probes"][4]["passed"], false);
    EXPECT_EQ(told["probes"][4]["good_share"], 0.5);
    EXPECT_EQ(told["probes"][4]["ttft_p99_ms"], 250);
}

TEST(Knee, TakesItsFiguresFromARun) {
    run_outcome run;
    run.duration_s = 10;
    run.seen.due = run.seen.whole = 100;
    run.seen.met_objectives = 90;
    for (int i = 0; i < 100; ++i)
        run.seen.of(metric::ttft_content).record(i);
    run.invalid = {"the client asked late", "the client read late"};
    const probe made = probe_of(10, run, true);
    EXPECT_EQ(made.rate, 10);
    EXPECT_DOUBLE_EQ(made.good_share, 0.9);
    EXPECT_DOUBLE_EQ(made.goodput, 9);
    EXPECT_EQ(made.ttft_p99_ns, 98);
    EXPECT_TRUE(made.outrun);
    EXPECT_EQ(made.client_limit, "the client asked late");
}

}  // namespace

}  // namespace sluice::gateway::load::testing
