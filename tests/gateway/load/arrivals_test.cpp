#include "gateway/load/work/arrivals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace sluice::gateway::load::testing {
namespace {

using pattern = arrival_settings::pattern;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t second = 1'000'000'000;

arrival_settings of(pattern how, double rate) {
    arrival_settings settings;
    settings.how = how;
    settings.rate = rate;
    return settings;
}

arrival_settings ramp_of(double from, double to, double seconds, pattern how) {
    auto settings = of(how, from);
    settings.rate_end = to;
    settings.ramp_s = seconds;
    return settings;
}

std::vector<std::int64_t> times_of(const arrival_settings& settings, std::size_t count) {
    arrivals due(settings);
    std::vector<std::int64_t> times(count);
    for (auto& each : times)
        each = due.next_ns();
    return times;
}

/// Seconds from one to the next.
std::vector<double> gaps_of(const std::vector<std::int64_t>& times) {
    std::vector<double> gaps;
    for (std::size_t i = 1; i < times.size(); ++i)
        gaps.push_back(static_cast<double>(times[i] - times[i - 1]) / 1e9);
    return gaps;
}

struct moments {
    double mean = 0;
    double cv = 0;
};

moments moments_of(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    double sum = 0;
    double squares = 0;
    for (const double each : values) {
        sum += each;
        squares += each * each;
    }
    const double mean = sum / count;
    return {mean, std::sqrt(squares / count - mean * mean) / mean};
}

std::size_t count_within(const std::vector<std::int64_t>& times, double from_s, double to_s) {
    return static_cast<std::size_t>(std::ranges::count_if(times, [&](std::int64_t at) {
        const auto seconds = static_cast<double>(at) / 1e9;
        return seconds >= from_s && seconds < to_s;
    }));
}

TEST(Arrivals, ComeEvenlyWhereTheirSpacingIsConstant) {
    EXPECT_THAT(
        times_of(of(pattern::constant, 4), 4),
        ElementsAre(0, second / 4, second / 2, 3 * second / 4)
    );
}

TEST(Arrivals, DoNotDriftOverAMillion) {
    const auto times = times_of(of(pattern::constant, 3), 1'000'001);
    EXPECT_EQ(times[3], second);
    EXPECT_EQ(times[999'999], 333'333 * second);
    EXPECT_EQ(times[1'000'000], 333'333'333'333'333);
}

TEST(Arrivals, HaveExponentialGapsWhereTheyArePoisson) {
    constexpr double rate = 250;
    auto gaps = gaps_of(times_of(of(pattern::poisson, rate), 100'001));
    const auto seen = moments_of(gaps);
    EXPECT_NEAR(seen.mean * rate, 1, 0.01);
    EXPECT_NEAR(seen.cv, 1, 0.01);
    // Kolmogorov and Smirnov's distance from the exponential distribution, at one in a hundred.
    std::ranges::sort(gaps);
    const auto count = static_cast<double>(gaps.size());
    double distance = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        const double expected = 1 - std::exp(-gaps[i] * rate);
        const double below = static_cast<double>(i) / count;
        distance = std::max({distance, expected - below, below + 1 / count - expected});
    }
    EXPECT_LT(distance * std::sqrt(count), 1.63);
}

TEST(Arrivals, KeepTheRateOfPoissonOverAMillion) {
    const auto times = times_of(of(pattern::poisson, 1000), 1'000'000);
    // The standard deviation of the millionth is one second.
    EXPECT_NEAR(static_cast<double>(times.back()) / 1e9, 1000, 4);
}

TEST(Arrivals, ClusterAsTheirCoefficientOfVariationSays) {
    for (const double cv : {0.5, 2.0, 4.0}) {
        SCOPED_TRACE(cv);
        auto settings = of(pattern::gamma, 100);
        settings.cv = cv;
        const auto seen = moments_of(gaps_of(times_of(settings, 400'001)));
        EXPECT_NEAR(seen.mean * 100, 1, 0.03);
        EXPECT_NEAR(seen.cv / cv, 1, 0.03);
    }
}

TEST(Arrivals, AreEvenWithGammaGapsThatDoNotVary) {
    auto settings = of(pattern::gamma, 10);
    settings.cv = 0;
    EXPECT_THAT(times_of(settings, 3), ElementsAre(second / 10, second / 5, 3 * second / 10));
}

TEST(Arrivals, ComeManyAtOnceInBurstsAndKeepTheRate) {
    auto settings = of(pattern::burst, 20);
    settings.burst_size = 5;
    const auto times = times_of(settings, 100);
    EXPECT_EQ(std::set<std::int64_t>(times.begin(), times.end()).size(), 20);
    for (std::size_t i = 0; i < times.size(); ++i)
        EXPECT_EQ(times[i], static_cast<std::int64_t>(i / 5) * second / 4);
}

TEST(Arrivals, FollowARampInAStraightLine) {
    // 10 per second to 110 over 20 s: the integral is 10 t + 2.5 t^2.
    const auto times = times_of(ramp_of(10, 110, 20, pattern::constant), 1200 + 220);
    EXPECT_EQ(count_within(times, 0, 10), 350);
    EXPECT_EQ(count_within(times, 10, 20), 850);
    EXPECT_NEAR(static_cast<double>(times[350]), 10e9, 1);
    EXPECT_NEAR(static_cast<double>(times[1200]), 20e9, 1);
    // Then the rate stays.
    EXPECT_NEAR(static_cast<double>(times[1200 + 110]), 21e9, 1);
}

TEST(Arrivals, FollowARampDownwards) {
    const auto times = times_of(ramp_of(110, 10, 20, pattern::constant), 1300);
    EXPECT_EQ(count_within(times, 0, 10), 850);
    EXPECT_EQ(count_within(times, 10, 20), 350);
    EXPECT_NEAR(static_cast<double>(times[1210]), 21e9, 1);
}

TEST(Arrivals, CountAsTheRampSaysWhereTheyArePoisson) {
    const auto times = times_of(ramp_of(100, 900, 100, pattern::poisson), 60'000);
    // Means of Poisson counts, four standard deviations wide.
    EXPECT_NEAR(static_cast<double>(count_within(times, 50, 100)), 35'000, 750);
    EXPECT_NEAR(static_cast<double>(count_within(times, 0, 50)), 15'000, 490);
}

TEST(Arrivals, NeverGoBack) {
    for (const auto how : {pattern::constant, pattern::poisson, pattern::gamma, pattern::burst}) {
        auto settings = ramp_of(1e6, 0.5e6, 0.01, how);
        settings.cv = 4;
        const auto times = times_of(settings, 50'000);
        EXPECT_TRUE(std::ranges::is_sorted(times)) << static_cast<int>(how);
        EXPECT_GE(times.front(), 0);
    }
}

TEST(Arrivals, AreTheSameForTheSameSeedAndOthersForAnother) {
    auto settings = of(pattern::poisson, 50);
    const auto first = times_of(settings, 1000);
    EXPECT_EQ(times_of(settings, 1000), first);
    settings.seed = 2;
    EXPECT_NE(times_of(settings, 1000), first);
}

TEST(Arrivals, BringWhatIsOutOfBoundsWithinThem) {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    for (const double rate : {nothing, -1.0, 0.0}) {
        EXPECT_EQ(times_of(of(pattern::constant, rate), 2)[1], 1000 * second) << rate;
    }
    auto settings = of(pattern::burst, 1e300);
    settings.burst_size = 0;
    EXPECT_EQ(times_of(settings, 2)[1], 1000);
    EXPECT_EQ(times_of(ramp_of(1, nothing, nothing, pattern::constant), 2)[1], second);
}

arrival_settings parsed(std::string_view text) {
    const auto settings = parse_arrivals(text);
    if (settings) return *settings;
    ADD_FAILURE() << settings.error();
    return {};
}

TEST(ArrivalsText, OfARateAloneIsPoisson) {
    EXPECT_EQ(parsed("20"), of(pattern::poisson, 20));
    EXPECT_EQ(parsed("0.5"), of(pattern::poisson, 0.5));
    EXPECT_EQ(parsed("poisson:1e3"), of(pattern::poisson, 1000));
}

TEST(ArrivalsText, NamesItsPatternAndWhatThatTakes) {
    EXPECT_EQ(parsed("constant:20"), of(pattern::constant, 20));
    auto gamma = of(pattern::gamma, 20);
    gamma.cv = 4;
    EXPECT_EQ(parsed("gamma:20,cv=4"), gamma);
    EXPECT_EQ(parsed("burst:20").burst_size, 10);
    auto burst = of(pattern::burst, 20);
    burst.burst_size = 50;
    EXPECT_EQ(parsed("burst:20,size=50"), burst);
}

TEST(ArrivalsText, TakesARampFromARateToAnother) {
    EXPECT_EQ(parsed("ramp:5..200,over=60s"), ramp_of(5, 200, 60, pattern::poisson));
    EXPECT_EQ(parsed("ramp:0.5..2,over=1.5m").ramp_s, 90);
    EXPECT_EQ(parsed("ramp:5..2,over=500ms").ramp_s, 0.5);
    EXPECT_EQ(parsed("ramp:5..2,over=1h").ramp_s, 3600);
}

TEST(ArrivalsText, SaysWhatIsWrongWithIt) {
    const auto said = [](std::string_view text) {
        const auto settings = parse_arrivals(text);
        return settings ? std::string("nothing") : settings.error();
    };
    EXPECT_EQ(
        said("bursty:20"),
        "'bursty:20' is no pattern of arrivals: there is no 'bursty', only constant, poisson, "
        "gamma, burst and ramp"
    );
    for (const auto* rate : {"", "x", "0", "-1", "0.0009", "1000001", "inf", "nan", "20x", " 20"}) {
        EXPECT_THAT(said(rate), HasSubstr("the rate must be 0.001 to 1000000")) << rate;
    }
    EXPECT_THAT(said("gamma:20"), HasSubstr("gamma needs cv"));
    EXPECT_THAT(said("gamma:20,cv=21"), HasSubstr("cv must be 0 to 20, not '21'"));
    EXPECT_THAT(said("gamma:20,cv=1,cv=2"), HasSubstr("'cv' is given twice"));
    EXPECT_THAT(said("burst:20,size=0"), HasSubstr("size must be 1 to 100000 streams, not '0'"));
    EXPECT_THAT(said("burst:20,cv=2"), HasSubstr("burst takes no 'cv'"));
    EXPECT_THAT(said("20,size=3"), HasSubstr("poisson takes no 'size'"));
    EXPECT_THAT(said("20,"), HasSubstr("it ends in a comma"));
    EXPECT_THAT(said("ramp:5..200"), HasSubstr("a ramp needs over"));
    EXPECT_THAT(said("ramp:5,over=60s"), HasSubstr("a ramp needs two rates"));
    EXPECT_THAT(said("ramp:5..,over=60s"), HasSubstr("the rate must be"));
    EXPECT_THAT(said("ramp:5..9,over=60"), HasSubstr("over must be a time with its unit"));
    EXPECT_THAT(said("ramp:5..9,over=0s"), HasSubstr("over must be a time with its unit"));
}

}  // namespace
}  // namespace sluice::gateway::load::testing
