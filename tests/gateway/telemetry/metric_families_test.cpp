#include "gateway/telemetry/metric_families.hpp"

#include "gateway/telemetry/latency_bounds.hpp"
#include "gateway/telemetry/process_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <sstream>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;

TEST(MetricFamilies, AreWrittenAsPrometheusReadsThem) {
    metric_families families;
    auto& counted = counter_family(families, "a_total", "What is counted.");
    add_sample(counted, {{"x", "1"}, {"y", "\"\\\n"}}, std::int64_t{3});
    add_sample(gauge_family(families, "b", "What is."), {}, 0.25);
    EXPECT_EQ(
        metrics_text(families),
        "# HELP a_total What is counted.\n"
        "# TYPE a_total counter\n"
        "a_total{x=\"1\",y=\"\\\"\\\\\\n\"} 3\n"
        "# HELP b What is.\n"
        "# TYPE b gauge\n"
        "b 0.25\n"
    );
}

TEST(MetricFamilies, KeepLargeWholeNumbersExact) {
    metric_families families;
    auto& family = counter_family(families, "a_total", "What is counted.");
    add_sample(family, {}, std::int64_t{1'234'567'890'123'456});
    EXPECT_THAT(metrics_text(families), HasSubstr("\na_total 1234567890123456\n"));
}

TEST(MetricFamilies, WriteAHistogramInItsUnit) {
    static constexpr std::array<std::int64_t, 2> bounds{5 * ns_per_ms, 2 * ns_per_s};
    histogram seen{bounds};
    seen.observe(ns_per_ms);
    seen.observe(ns_per_s, 2);
    seen.observe(60 * ns_per_s);
    metric_families families;
    add_histogram(
        histogram_family(families, "h_seconds", "How long."), {{"x", "1"}}, seen.view(), ns_per_s
    );
    EXPECT_EQ(
        metrics_text(families),
        "# HELP h_seconds How long.\n"
        "# TYPE h_seconds histogram\n"
        "h_seconds_count{x=\"1\"} 4\n"
        "h_seconds_sum{x=\"1\"} 62.001\n"
        "h_seconds_bucket{x=\"1\",le=\"0.005\"} 1\n"
        "h_seconds_bucket{x=\"1\",le=\"2\"} 3\n"
        "h_seconds_bucket{x=\"1\",le=\"+Inf\"} 4\n"
    );
}

double value_of(const std::string& text, const std::string& name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + " ")) return std::stod(line.substr(name.size()));
    }
    return -1;
}

TEST(ProcessMetrics, TellWhatTheProcessTakes) {
    metric_families families;
    add_process_metrics(families);
    const auto text = metrics_text(families);
    EXPECT_THAT(text, HasSubstr("sluice_build_info{version=\""));
    EXPECT_GT(value_of(text, "process_cpu_seconds_total"), 0);
    EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1'000'000);
    EXPECT_GE(value_of(text, "process_open_fds"), 3);
    EXPECT_LT(value_of(text, "process_open_fds"), 1'000);
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_NEAR(value_of(text, "process_start_time_seconds"), now.count(), 600);
}

TEST(ProcessMetrics, AreReadWhateverTheProgramIsCalled) {
    std::string rest = "S";
    for (int word = 4; word <= 30; ++word)
        rest += " " + std::to_string(word);
    const auto status = read_process_status("17 (a) 5 (b c) " + rest + "\n");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->start_ticks, 22U);
    EXPECT_EQ(status->resident_pages, 24);
    EXPECT_FALSE(read_process_status(""));
    EXPECT_FALSE(read_process_status("17 (a) S 1 2"));
}

}  // namespace
}  // namespace sluice::gateway::testing
