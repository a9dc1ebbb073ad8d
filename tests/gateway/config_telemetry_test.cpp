// What the file says of measuring and tracing.

#include "gateway/config/load.hpp"
#include "tests/gateway/config_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

configuration read(std::string_view yaml) {
    auto read = parse_configuration(yaml, "f.yaml");
    EXPECT_TRUE(read.has_value());
    return read ? *read : configuration{};
}

TEST(TelemetrySettings, MeasureLatenciesAndTraceNothingWhereNothingIsWritten) {
    const auto settings = read("server: {}\n");
    EXPECT_TRUE(settings.telemetry.histograms);
    EXPECT_TRUE(settings.telemetry.server_timing);
    EXPECT_THAT(settings.telemetry.traces.endpoint, IsEmpty());
    EXPECT_FALSE(settings.telemetry.traces.content);
    EXPECT_FALSE(settings.log.content);
}

TEST(TelemetrySettings, AreReadWhole) {
    const auto settings = read(R"(
log: {content: true}
telemetry:
  histograms: false
  server_timing: false
  traces:
    endpoint: https://collector.example.com:4318/otlp/
    headers: {x-tenant: seven}
    service_name: gate
    sample: 0.25
    trust_parent: false
    content: true
    queue: 64
)");
    EXPECT_FALSE(settings.telemetry.histograms);
    EXPECT_FALSE(settings.telemetry.server_timing);
    EXPECT_TRUE(settings.log.content);
    const auto& traces = settings.telemetry.traces;
    EXPECT_EQ(traces.endpoint, "https://collector.example.com:4318/otlp");
    EXPECT_THAT(traces.headers, ElementsAre(Pair("x-tenant", "seven")));
    EXPECT_EQ(traces.service_name, "gate");
    EXPECT_EQ(traces.sample, 0.25);
    EXPECT_FALSE(traces.trust_parent);
    EXPECT_TRUE(traces.content);
    EXPECT_EQ(traces.queue, 64U);
}

class TelemetryMistake : public ::testing::TestWithParam<mistake> {};

TEST_P(TelemetryMistake, IsToldWhereItStands) {
    EXPECT_EQ(errors_of(GetParam().yaml), GetParam().messages);
}

INSTANTIATE_TEST_SUITE_P(
    File,
    TelemetryMistake,
    ::testing::Values(
        mistake{
            "traces need an endpoint",
            "telemetry: {traces: {sample: 1}}\n",
            {"f.yaml:1:21: missing key 'endpoint'"}},
        mistake{
            "an endpoint is a URL",
            "telemetry: {traces: {endpoint: collector}}\n",
            {"f.yaml:1:32: 'endpoint' must begin with http:// or https://"}},
        mistake{
            "a sample is a share",
            "telemetry: {traces: {endpoint: 'http://c', sample: 2}}\n",
            {"f.yaml:1:52: 'sample' must be a number between 0.0 and 1.0, without quotes, not "
             "'2'"}},
        mistake{
            "a key is misspelt",
            "telemetry: {trace: {}}\n",
            {"f.yaml:1:13: unknown key 'trace' (did you mean 'traces'?)"}}
    ),
    name_of
);

TEST(TelemetrySettings, ShowNobodyTheHeadersOfTheCollector) {
    const auto settings =
        read("telemetry: {traces: {endpoint: 'http://c', headers: {x-any: mellon}, sample: 0.5}}\n"
        );
    const auto shown = describe(settings);
    EXPECT_THAT(shown, Not(HasSubstr("mellon")));
    EXPECT_THAT(shown, HasSubstr("x-any"));
    EXPECT_THAT(shown, HasSubstr("http://c"));
}

}  // namespace
}  // namespace sluice::gateway
