#include "gateway/load/report/reports.hpp"
#include "tests/gateway/load/sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <array>
#include <numeric>
#include <string>
#include <string_view>

namespace sluice::gateway::load::testing {

namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string between(std::string_view html, std::string_view from, std::string_view to) {
    const std::size_t begin = html.find(from) + from.size();
    return std::string(html.substr(begin, html.find(to, begin) - begin));
}

json data_of(const run_outcome& run) {
    return json::parse(
        between(html_report(run), "<script type=\"application/json\" id=\"run\">", "</script>")
    );
}

std::string hash_of(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
    std::array<unsigned char, 64> base64{};
    EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(length));
    return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data())) + "'";
}

TEST(LoadHtmlReport, FillsEveryPlaceOfThePage) {
    const std::string html = html_report(sample_run(20));
    for (const char* const place : {"%CSP%", "%STYLE%", "%SCRIPT%", "%RUN%", "@SLUICE"})
        EXPECT_THAT(html, Not(HasSubstr(place)));
    EXPECT_TRUE(html.starts_with("<!doctype html>"));
    EXPECT_TRUE(html.ends_with("</html>\n"));
}

TEST(LoadHtmlReport, AllowsItsOwnStyleAndScriptAndNothingElse) {
    const std::string html = html_report(sample_run(20));
    const std::string policy = between(html, "Content-Security-Policy\" content=\"", "\"");
    EXPECT_EQ(
        policy,
        "default-src 'none'; img-src data:; style-src " +
            hash_of(between(html, "<style>", "</style>")) + "; script-src " +
            hash_of(between(html, "<script>", "</script>")) +
            "; base-uri 'none'; form-action 'none'"
    );
}

TEST(LoadHtmlReport, KeepsForeignTextWithinItsData) {
    run_outcome run = sample_run(20);
    const std::string text = "</script><script>alert(1)</script><!-- %SCRIPT% \xff";
    run.seen.errors[text] = 1;
    run.seen.note_example(text);
    run.url = text;
    const std::string html = html_report(run);
    EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(html, Not(HasSubstr("<!-- ")));
    const json data = data_of(run);
    EXPECT_EQ(data["errors"][0]["kind"], text.substr(0, text.size() - 1) + "\xef\xbf\xbd");
}

TEST(LoadHtmlReport, DrawsTheMedianAndP99OfEachSecond) {
    run_outcome run;
    for (int i = 0; i < 100; ++i) {
        stream_record stream;
        stream.due_ns = i < 99 ? 500'000'000 : 2'500'000'000;
        stream.first_content_ns = stream.due_ns + 1'000'000 * (i + 1);
        run.seen.records.push_back(stream);
    }
    const json ttft = data_of(run)["plots"]["ttft"];
    EXPECT_EQ(ttft["step_s"], 1);
    EXPECT_EQ(ttft["p50"], json({50'000'000, nullptr, 100'000'000}));
    EXPECT_EQ(ttft["p99"], json({99'000'000, nullptr, 100'000'000}));
}

TEST(LoadHtmlReport, CurvesEndAtTheSlowestSample) {
    const run_outcome run = sample_run(100);
    const json curve = data_of(run)["plots"]["curves"]["ttft_content"];
    EXPECT_EQ(curve.back()[0], 2.0);
    EXPECT_EQ(curve.back()[1], run.seen.of(metric::ttft_content).max_ns());
    for (std::size_t i = 1; i < curve.size(); ++i)
        EXPECT_LE(curve[i - 1][1].get<std::int64_t>(), curve[i][1].get<std::int64_t>());
}

TEST(LoadHtmlReport, BarsHoldEverySample) {
    const json bars = data_of(sample_run(100))["plots"]["bars"]["gap"];
    const auto counts = bars["counts"].get<std::vector<double>>();
    EXPECT_EQ(bars["edges"].size(), counts.size() + 1);
    EXPECT_NEAR(std::accumulate(counts.begin(), counts.end(), 0.0), 900, 3);
}

TEST(LoadHtmlReport, StaysSmallHoweverManyStreamsAndSecondsThereWere) {
    const std::size_t small = html_report(sample_run(100)).size();
    run_outcome run = sample_run(100'000);
    run.seen.second(INT64_MAX).ended = 1;
    EXPECT_LT(html_report(run).size(), small + 120'000);
    const json plots = data_of(run)["plots"];
    EXPECT_LE(plots["seconds"]["due"].size(), 400U);
    EXPECT_LE(plots["ttft"]["p50"].size(), 400U);
    EXPECT_LE(plots["dots"].size(), 2'300U);
}

TEST(LoadHtmlReport, SumsSecondsToStepsAndKeepsTheHighestOfLiveStreams) {
    run_outcome run;
    for (int second = 0; second < 800; ++second) {
        interval& one = run.seen.second(second * std::int64_t{1'000'000'000});
        one.due = 1;
        one.live = static_cast<std::uint32_t>(second % 2 == 0 ? 7 : 3);
    }
    const json seconds = data_of(run)["plots"]["seconds"];
    EXPECT_EQ(seconds["step_s"], 2);
    EXPECT_EQ(seconds["due"][0], 2);
    EXPECT_EQ(seconds["live"][0], 7);
}

TEST(LoadHtmlReport, ThinsTheDotsButKeepsTheSlowestStreams) {
    run_outcome run = sample_run(50'000);
    constexpr std::int64_t slow_ns = 60'000'000'000;
    for (const std::size_t slow : {123U, 20'000U, 40'000U})
        run.seen.records[slow].first_content_ns = run.seen.records[slow].due_ns + slow_ns;
    const json data = data_of(run);
    int found = 0;
    for (const json& dot : data["plots"]["dots"])
        found += dot[1] == slow_ns ? 1 : 0;
    EXPECT_EQ(found, 3);
}

TEST(LoadHtmlReport, HoldsARunThatSawNothing) {
    const json data = data_of(run_outcome());
    EXPECT_TRUE(data["plots"]["dots"].empty());
    EXPECT_TRUE(data["plots"]["curves"]["gap"].empty());
    EXPECT_TRUE(data["plots"]["bars"]["gap"]["counts"].empty());
}

}  // namespace

}  // namespace sluice::gateway::load::testing
