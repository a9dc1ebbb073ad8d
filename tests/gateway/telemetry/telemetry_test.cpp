#include "gateway/telemetry/access_log.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "upstream/generation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace sluice::gateway::testing {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const std::vector<const counters*>& workers) {
    metric_families families;
    add_worker_metrics(families, workers);
    return metrics_text(families);
}

TEST(Metrics, AreTheSumsOverAllWorkers) {
    counters one;
    counters two;
    one.streams_live.add(2);
    two.streams_live.add(3);
    two.streams_live.add(-1);
    one.output_tokens.add(100);
    one.outcomes[static_cast<std::size_t>(upstream::outcome::client_gone)].add(1);
    two.outcomes[static_cast<std::size_t>(upstream::outcome::client_gone)].add(1);
    two.requests[4].add(7);
    const auto text = text_of({&one, &two});
    EXPECT_THAT(text, HasSubstr("# TYPE sluice_streams_active gauge\nsluice_streams_active 4\n"));
    EXPECT_THAT(
        text,
        HasSubstr("# TYPE sluice_output_tokens_total counter\nsluice_output_tokens_total 100\n")
    );
    EXPECT_THAT(text, HasSubstr("sluice_streams_total{outcome=\"client_gone\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("sluice_streams_total{outcome=\"completed\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("sluice_requests_total{status_class=\"4xx\"} 7\n"));
}

TEST(Metrics, TellWhatWasLostAndWhatStoodStill) {
    counters one;
    counters two;
    one.wasted_tokens.add(3);
    one.coalesced_items.add(4);
    one.paused_us.add(1'500'000);
    two.paused_us.add(250'000);
    one.midstream_failures[static_cast<std::size_t>(upstream::outcome::upstream_eof)].add(2);
    one.disconnects[static_cast<std::size_t>(leaving_phase::streaming)].add(5);
    two.disconnects[static_cast<std::size_t>(leaving_phase::after_end)].add(1);
    two.spans_dropped.add(6);
    two.added_event.observe(150 * ns_per_us, 2);
    two.loop_lag.observe(ns_per_ms);
    const auto text = text_of({&one, &two});
    const auto holds = [&](const std::string& line) {
        EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
    };
    holds("sluice_wasted_tokens_total 3");
    holds("sluice_coalesced_events_total 4");
    holds("sluice_backpressure_paused_seconds_total 1.75");
    holds("sluice_midstream_failures_total{cause=\"upstream_eof\"} 2");
    holds("sluice_midstream_failures_total{cause=\"progress_timeout\"} 0");
    holds("sluice_client_disconnects_total{phase=\"before_first_token\"} 0");
    holds("sluice_client_disconnects_total{phase=\"streaming\"} 5");
    holds("sluice_client_disconnects_total{phase=\"after_end\"} 1");
    holds("sluice_trace_spans_total{result=\"exported\"} 0");
    holds("sluice_trace_spans_total{result=\"dropped\"} 6");
    holds("sluice_added_latency_seconds_bucket{phase=\"event\",le=\"0.0001\"} 0");
    holds("sluice_added_latency_seconds_bucket{phase=\"event\",le=\"0.0002\"} 2");
    holds("sluice_added_latency_seconds_sum{phase=\"event\"} 0.0003");
    holds("sluice_event_loop_lag_seconds_count 1");
    EXPECT_THAT(text, Not(HasSubstr("cause=\"client_gone\""))) << "nobody's failure";
}

TEST(Metrics, NameEveryOutcomeOnce) {
    const counters none;
    const auto text = text_of({&none});
    // The last of the enumeration; one more would have no counter.
    EXPECT_EQ(
        static_cast<std::size_t>(upstream::outcome::shed) + 1, std::size_t{upstream::outcome_count}
    );
    for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
        const auto word = upstream::to_string(static_cast<upstream::outcome>(i));
        const auto label = "{outcome=\"" + std::string{word} + "\"}";
        const auto first = text.find(label);
        ASSERT_NE(first, std::string::npos) << label;
        EXPECT_EQ(text.find(label, first + 1), std::string::npos) << label;
    }
}

TEST(Metrics, AreLinesThatPrometheusReads) {
    const counters none;
    std::istringstream lines{text_of({&none})};
    std::string declared;
    for (std::string line; std::getline(lines, line);) {
        SCOPED_TRACE(line);
        if (line.starts_with("# TYPE ")) {
            declared = line.substr(7, line.find(' ', 7) - 7);
        } else if (!line.starts_with("# HELP ")) {
            EXPECT_TRUE(line.starts_with(declared));
            EXPECT_EQ(line.substr(line.rfind(' ')), " 0");
        }
    }
}

access_record hostile() {
    access_record record;
    record.request_id = "id\r\nforged: 1\x1b[2J";
    record.method = "G\nET";
    record.path = "/v1/\0/\x7f\xc2\x85\xe2\x80\xa8\xff"s;
    record.key = "team a";
    record.model = "m\"\\\n";
    record.status = 200;
    record.outcome = "completed";
    record.ttft = std::chrono::milliseconds{12};
    record.output_tokens = 8;
    return record;
}

std::string logged(log_format format, const access_record& record) {
    set_up_log({log_level::info, format});
    ::testing::internal::CaptureStderr();
    log_access(record);
    flush_log();
    return ::testing::internal::GetCapturedStderr();
}

void expect_one_plain_line(const std::string& line) {
    ASSERT_TRUE(line.ends_with('\n'));
    for (const char c : line.substr(0, line.size() - 1))
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c) << " in " << line;
}

TEST(AccessLog, IsOneLineWhateverAClientSent) {
    const auto text = logged(log_format::text, hostile());
    expect_one_plain_line(text);
    EXPECT_THAT(text, HasSubstr("status=200"));
    EXPECT_THAT(text, HasSubstr("key=\"team a\""));
    EXPECT_THAT(text, Not(HasSubstr("target=")));  // what is not known is not told
}

TEST(AccessLog, IsOneJsonObjectPerLineOnRequest) {
    const auto text = logged(log_format::json, hostile());
    expect_one_plain_line(text);
    const auto line = nlohmann::json::parse(text);
    EXPECT_EQ(line["event"], "request");
    EXPECT_EQ(line["level"], "info");
    EXPECT_EQ(line["request_id"], hostile().request_id);
    EXPECT_EQ(line["model"], hostile().model);
    EXPECT_EQ(line["status"], 200);
    EXPECT_EQ(line["ttft_ms"], 12);
    EXPECT_EQ(line["output_tokens"], 8);
    EXPECT_FALSE(line.contains("input_tokens"));
}

TEST(AccessLog, TellsOfAttemptsWhereSomeWereMade) {
    auto record = hostile();
    EXPECT_FALSE(nlohmann::json::parse(logged(log_format::json, record)).contains("attempts"));
    record.target = "openai/gpt-4o";
    record.attempts = 3;
    EXPECT_EQ(nlohmann::json::parse(logged(log_format::json, record))["attempts"], 3);
    EXPECT_THAT(
        logged(log_format::text, record), HasSubstr("target=openai/gpt-4o attempts=3 status=200")
    );
}

TEST(AccessLog, TellsOfTokensThatNobodyGot) {
    auto record = hostile();
    const auto without = nlohmann::json::parse(logged(log_format::json, record));
    EXPECT_FALSE(without.contains("discarded_tokens"));
    record.discarded_tokens = 12;
    EXPECT_EQ(nlohmann::json::parse(logged(log_format::json, record))["discarded_tokens"], 12);
}

TEST(AccessLog, KeepsToItsLevel) {
    set_up_log({log_level::warn, log_format::text});
    ::testing::internal::CaptureStderr();
    log_access(hostile());
    log_event(log_level::info, "quiet");
    log_event(log_level::warn, "loud", "a\nb");
    flush_log();
    const auto text = ::testing::internal::GetCapturedStderr();
    expect_one_plain_line(text);
    EXPECT_THAT(text, HasSubstr("event=loud"));
}

}  // namespace
}  // namespace sluice::gateway::testing
