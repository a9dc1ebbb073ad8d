#include "gateway/load/tally.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace sluice::gateway::load::testing {

namespace {

nlohmann::json parsed_report(const tally& figures) {
    return nlohmann::json::parse(report_of(figures));
}

stamp_check whole_check(std::uint64_t tokens) {
    stamp_check check(tokens);
    for (std::uint64_t i = 0; i < tokens; ++i)
        check.see(i);
    return check;
}

TEST(LoadTally, CountsSpeedsAndTimesOnlyWithinTheWindow) {
    tally figures;
    figures.token(0, 500);
    figures.first_token(400, 500);
    figures.open_window(1000);
    figures.token(1000, 3000);
    figures.first_token(900, 3000);
    figures.first_token(1000, 5000);
    figures.whole(whole_check(1), 1000, 9000);
    figures.close_window(2'000'001'000);
    figures.token(0, 2'000'002'000);
    figures.whole(whole_check(1), 1000, 2'000'002'000);
    const auto report = parsed_report(figures);
    EXPECT_EQ(report["tokens"], 1);
    EXPECT_EQ(report["streams"], 1);
    EXPECT_EQ(report["window_s"], 2.0);
    EXPECT_EQ(report["latency_us"]["p50"], 2.0);
    EXPECT_EQ(report["ttft_us"]["count"], 1);
    EXPECT_EQ(report["ttft_us"]["max"], 4.0);
    EXPECT_EQ(report["stream_us"]["max"], 8.0);
    EXPECT_TRUE(figures.sound());
}

TEST(LoadTally, FindsALossOutsideTheWindowToo) {
    tally figures;
    figures.whole(stamp_check(3), 0, 1);
    EXPECT_EQ(parsed_report(figures)["lost"], 3);
    EXPECT_FALSE(figures.sound());
}

TEST(LoadTally, TakesNothingForLostThatCouldStillCome) {
    tally figures;
    stamp_check check(5);
    check.see(0);
    figures.broken_off(check);
    EXPECT_TRUE(figures.sound());
    check.see(2);
    figures.broken_off(check);
    EXPECT_EQ(parsed_report(figures)["lost"], 1);
}

TEST(LoadTally, KeepsAFewExamplesOfWhatFailed) {
    tally figures;
    for (int i = 0; i < 7; ++i)
        figures.failed(stamp_check(1), "HTTP 50" + std::to_string(i));
    figures.incomplete(stamp_check(1), "the end was missing");
    const auto report = parsed_report(figures);
    EXPECT_EQ(report["failed"], 7);
    EXPECT_EQ(report["incomplete"], 1);
    EXPECT_EQ(report["examples"].size(), 5U);
    EXPECT_EQ(report["examples"][0], "HTTP 500");
    EXPECT_FALSE(report["sound"]);
}

TEST(LoadTally, QuotesWhatIsNoUtf8) {
    tally figures;
    figures.failed(stamp_check(1), "HTTP 500: \xFF");
    EXPECT_EQ(parsed_report(figures)["examples"].size(), 1U);
}

TEST(LoadTally, TellsWhenEachStreamWasLeft) {
    tally figures;
    figures.left(7, 1234);
    EXPECT_EQ(parsed_report(figures)["left"]["7"], 1234);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
