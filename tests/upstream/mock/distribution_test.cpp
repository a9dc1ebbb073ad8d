#include "upstream/mock/distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using testing::HasSubstr;

constexpr std::size_t draws = 20'000;

distribution parse(const std::string& text, quantity of = quantity::seconds) {
    const auto read = parse_distribution(text, of);
    EXPECT_TRUE(read.has_value()) << text << ": " << (read ? "" : read.error());
    return read ? *read : distribution();
}

std::string error_of(const std::string& text, quantity of = quantity::seconds) {
    const auto read = parse_distribution(text, of);
    EXPECT_FALSE(read.has_value()) << text;
    return read ? "" : read.error();
}

std::vector<double> draw(const distribution& from) {
    dice dice(7);
    std::vector<double> drawn(draws);
    for (double& one : drawn)
        one = from.draw(dice);
    std::ranges::sort(drawn);
    return drawn;
}

double mean(const std::vector<double>& of) {
    double sum = 0;
    for (const double one : of)
        sum += one;
    return sum / static_cast<double>(of.size());
}

double deviation(const std::vector<double>& of) {
    const double middle = mean(of);
    double squares = 0;
    for (const double one : of)
        squares += (one - middle) * (one - middle);
    return std::sqrt(squares / static_cast<double>(of.size()));
}

double quantile(const std::vector<double>& sorted, double of) {
    return sorted[static_cast<std::size_t>(of * static_cast<double>(sorted.size()))];
}

TEST(MockDistribution, DrawsItsOneValueWhereItIsConstant) {
    const std::vector<double> drawn = draw(parse("80us"));
    EXPECT_EQ(drawn.front(), 80e-6);
    EXPECT_EQ(drawn.back(), 80e-6);
    EXPECT_TRUE(parse("80us").is_constant());
    EXPECT_FALSE(parse("uniform(80us,80us)").is_constant());
}

TEST(MockDistribution, IsUniformBetweenItsBounds) {
    const std::vector<double> drawn = draw(parse("uniform(100ms,300ms)"));
    EXPECT_GE(drawn.front(), 0.1);
    EXPECT_LE(drawn.back(), 0.3);
    EXPECT_NEAR(mean(drawn), 0.2, 0.002);
    EXPECT_NEAR(quantile(drawn, 0.25), 0.15, 0.003);
    EXPECT_NEAR(quantile(drawn, 0.9), 0.28, 0.003);
}

TEST(MockDistribution, IsExponential) {
    const std::vector<double> drawn = draw(parse("exponential(20ms)"));
    EXPECT_NEAR(mean(drawn), 0.02, 0.0005);
    EXPECT_NEAR(deviation(drawn), 0.02, 0.0006);
    EXPECT_NEAR(quantile(drawn, 0.5), 0.02 * std::log(2), 0.0005);
}

TEST(MockDistribution, IsLogNormalAroundItsMedian) {
    const distribution of = parse("lognormal(400ms,0.5)");
    const std::vector<double> drawn = draw(of);
    EXPECT_NEAR(quantile(drawn, 0.5), 0.4, 0.006);
    EXPECT_NEAR(quantile(drawn, 0.9), 0.4 * std::exp(0.5 * 1.28155), 0.015);
    EXPECT_NEAR(quantile(drawn, 0.1), 0.4 * std::exp(-0.5 * 1.28155), 0.006);
    EXPECT_NEAR(mean(drawn), of.mean(), 0.006);
}

TEST(MockDistribution, IsAGammaOfItsMeanAndVariation) {
    for (const double cv : {0.1, 0.5, 1.0, 1.5, 3.0}) {
        SCOPED_TRACE(cv);
        const std::vector<double> drawn = draw(distribution(distribution::gamma{1, cv}));
        EXPECT_GE(drawn.front(), 0);
        EXPECT_NEAR(mean(drawn), 1, 4 * cv / std::sqrt(static_cast<double>(draws)));
        EXPECT_NEAR(deviation(drawn) / cv, 1, cv > 1 ? 0.1 : 0.03);
    }
    // With a variation of 1 it is exponential.
    const std::vector<double> drawn = draw(distribution(distribution::gamma{1, 1}));
    EXPECT_NEAR(quantile(drawn, 0.5), std::log(2), 0.02);
    EXPECT_EQ(draw(parse("gamma(20ms,0)")).back(), 0.02);
}

TEST(MockDistribution, MeetsItsQuantilesAndGoesOnBeyondThem) {
    const distribution of = parse("10ms:30ms:200ms");
    const std::vector<double> drawn = draw(of);
    EXPECT_NEAR(quantile(drawn, 0.5), 0.01, 0.0003);
    EXPECT_NEAR(quantile(drawn, 0.9), 0.03, 0.0015);
    EXPECT_NEAR(quantile(drawn, 0.99), 0.2, 0.03);
    EXPECT_NEAR(quantile(drawn, 0.1), 0.01 * 0.01 / 0.03, 0.0002);
    EXPECT_GT(drawn.back(), 0.2);
    EXPECT_LT(drawn.back(), 5);
    EXPECT_NEAR(mean(drawn) / of.mean(), 1, 0.05);
}

TEST(MockDistribution, DrawsWhatIsLogNormalWhereItsQuantilesAre) {
    const double sigma = 0.7;
    const distribution::quantiles of{
        1, std::exp(sigma * 1.2815515655446004), std::exp(sigma * 2.3263478740408408)};
    const std::vector<double> drawn = draw(distribution(of));
    const std::vector<double> expected = draw(distribution(distribution::log_normal{1, sigma}));
    for (const double at : {0.01, 0.2, 0.5, 0.7, 0.95, 0.995})
        EXPECT_NEAR(quantile(drawn, at) / quantile(expected, at), 1, 1e-9) << at;
}

TEST(MockDistribution, DrawsTheSameForTheSameDice) {
    const distribution of = parse("gamma(20ms,0.6)");
    EXPECT_EQ(draw(of), draw(of));
    dice other(8);
    dice same(7);
    EXPECT_NE(of.draw(other), of.draw(same));
}

TEST(MockDistribution, IsBoundedHoweverLongItsTailIs) {
    const std::vector<double> drawn = draw(parse("lognormal(1000000,5)", quantity::count));
    EXPECT_EQ(drawn.back(), 1e6);
    EXPECT_GE(drawn.front(), 0);
    for (const double one : drawn)
        ASSERT_TRUE(std::isfinite(one));
}

TEST(MockDistribution, IsScaled) {
    EXPECT_EQ(parse("uniform(1s,2s)").scaled(4), parse("uniform(4s,8s)"));
    EXPECT_EQ(parse("lognormal(1s,0.5)").scaled(4), parse("lognormal(4s,0.5)"));
    EXPECT_EQ(parse("gamma(1s,0.5)").scaled(0.5), parse("gamma(500ms,0.5)"));
    EXPECT_EQ(parse("1s:2s:3s").scaled(2), parse("2s:4s:6s"));
    EXPECT_EQ(parse("exponential(1s)").scaled(2).mean(), 2);
    EXPECT_EQ(parse("1s").scaled(2).mean(), 2);
}

TEST(MockDistribution, IsReadInEveryUnit) {
    EXPECT_EQ(parse("80us").mean(), 80e-6);
    EXPECT_EQ(parse("1.5s").mean(), 1.5);
    EXPECT_EQ(parse("2m").mean(), 120);
    EXPECT_EQ(parse("1h").mean(), 3600);
    EXPECT_EQ(parse("0").mean(), 0);
    EXPECT_EQ(parse("200", quantity::milliseconds).mean(), 0.2);
    EXPECT_EQ(parse("80us", quantity::milliseconds).mean(), 80e-6);
    EXPECT_EQ(parse(" uniform( 10 , 20 ) ", quantity::milliseconds), parse("uniform(10ms,20ms)"));
    EXPECT_EQ(parse("100", quantity::count).mean(), 100);
    EXPECT_EQ(parse("exponential(12.5)", quantity::count).mean(), 12.5);
}

TEST(MockDistribution, WritesWhatItReads) {
    for (const char* const text :
         {"0ms",
          "80us",
          "200ms",
          "1.5s",
          "3600s",
          "uniform(100ms,1.25s)",
          "exponential(20ms)",
          "lognormal(400ms,0.5)",
          "gamma(16.7ms,0.6)",
          "10ms:70ms:1.1s"}) {
        EXPECT_EQ(parse(text).text(quantity::seconds), text);
    }
    for (const char* const text : {"0", "60", "lognormal(150,0.86)", "10:30:200"})
        EXPECT_EQ(parse(text, quantity::count).text(quantity::count), text);
}

TEST(MockDistribution, SaysWhatIsWrongWithATextThatIsNone) {
    for (const char* const text :
         {"",
          "fast",
          "200",
          "-1ms",
          "1e3ms",
          ".5s",
          "1.s",
          "1.2.3s",
          "nan",
          "inf",
          "ms",
          "1 s x",
          "uniform(1s)",
          "uniform(1s,2s,3s)",
          "uniform(1s,2s",
          "uniform(1s,2)",
          "normal(1s,2)",
          "exponential()",
          "lognormal(1s,1s)",
          "1s:2s",
          "1s:2s:3s:4s",
          "1s:2s:x"}) {
        EXPECT_THAT(error_of(text), HasSubstr("must be a duration with a unit")) << text;
    }
    EXPECT_THAT(error_of("2s", quantity::count), HasSubstr("must be a whole number"));
    EXPECT_THAT(error_of("1.5", quantity::count), HasSubstr("must be a whole number"));
    EXPECT_THAT(error_of("x", quantity::milliseconds), HasSubstr("must be milliseconds"));
    EXPECT_THAT(error_of("2h"), HasSubstr("must be at most 1h"));
    EXPECT_THAT(error_of("3600001", quantity::milliseconds), HasSubstr("must be at most 1h"));
    EXPECT_THAT(error_of("uniform(1s,2h)"), HasSubstr("must be at most 1h"));
    EXPECT_THAT(error_of("1000001", quantity::count), HasSubstr("must be at most 1000000"));
    EXPECT_EQ(error_of("uniform(2s,1s)"), "must have its LOW below its HIGH");
    EXPECT_EQ(error_of("lognormal(1s,5.1)"), "must have a SIGMA of at most 5");
    EXPECT_EQ(error_of("gamma(1s,11)"), "must have a CV of at most 10");
    EXPECT_EQ(error_of("1s:3s:2s"), "must have quantiles that do not fall");
    EXPECT_EQ(error_of("0ms:1s:2s"), "must have quantiles above 0");
}

}  // namespace
}  // namespace sluice::upstream::mock
