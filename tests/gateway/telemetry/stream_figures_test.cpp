#include "gateway/telemetry/counters.hpp"
#include "gateway/telemetry/stream_metrics.hpp"
#include "tests/gateway/telemetry/told_generation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using upstream::outcome;

stream_labels labels_of(const std::string& route) {
    return {route, "openai", "gpt-4o", "openai_chat", "chat", "openai"};
}

std::size_t series_in(const stream_figures& figures) {
    std::size_t count = 0;
    figures.each_stream([&](const stream_series&) { ++count; });
    return count;
}

std::string text_of(const std::vector<const counters*>& workers) {
    metric_families families;
    add_stream_metrics(families, workers);
    return metrics_text(families);
}

TEST(StreamFigures, FindTheSameSeriesForTheSameLabels) {
    stream_figures figures;
    auto& one = figures.series_of(labels_of("a"));
    EXPECT_NE(&figures.series_of(labels_of("b")), &one);
    EXPECT_EQ(&figures.series_of(labels_of("a")), &one);
    EXPECT_EQ(one.labels(), labels_of("a"));
    EXPECT_EQ(series_in(figures), 2U);
}

TEST(StreamFigures, ShareOneSeriesBeyondTheirBound) {
    stream_figures figures;
    std::set<const stream_series*> own;
    for (std::size_t i = 0; i < series_list<stream_series>::series_max; ++i)
        own.insert(&figures.series_of(labels_of(std::to_string(i))));
    EXPECT_EQ(own.size(), 256U);
    auto& other = figures.series_of(labels_of("one more"));
    EXPECT_EQ(&figures.series_of(labels_of("yet another")), &other);
    EXPECT_EQ(own.count(&other), 0U);
    EXPECT_EQ(other.labels().route, "other");
    EXPECT_EQ(other.labels().vendor, "other");
    EXPECT_EQ(&figures.series_of(labels_of("7")), *own.find(&figures.series_of(labels_of("7"))));
    EXPECT_EQ(series_in(figures), 257U);
}

TEST(StreamFigures, MeasureAnAnswerFromTheRequestOn) {
    counters worker;
    auto& series = worker.streams.series_of(labels_of("chat"));
    series.note_first_content(180ms, 1);
    series.note_content(22ms, 3);
    told_generation told;
    auto& attempt = told.add_attempt("openai", "gpt-4o");
    attempt.first_content = told.at(180ms);
    told.first_content = told.at(200ms);
    told.ended = told.at(1'100ms);
    told.content_items = 8;
    told.usage.input_tokens = 12;
    told.usage.output_tokens = 10;
    told.ending.outcome = outcome::completed;
    worker.streams.note(told.record(), &series);

    const auto text = text_of({&worker});
    const std::string own =
        R"({route="chat",provider="openai",model="gpt-4o",dialect="openai_chat")";
    const auto holds = [&](const std::string& line) { EXPECT_THAT(text, HasSubstr(line + "\n")); };
    holds("sluice_time_to_first_token_seconds_sum" + own + "} 0.18");
    holds("sluice_inter_token_latency_seconds_count" + own + "} 3");
    holds("sluice_inter_token_latency_seconds_bucket" + own + ",le=\"0.0001\"} 2");
    holds("sluice_inter_token_latency_seconds_bucket" + own + ",le=\"0.025\"} 3");
    holds("sluice_stream_duration_seconds_sum" + own + ",outcome=\"completed\"} 1.1");
    holds(
        R"(sluice_upstream_attempts_total{provider="openai",model="gpt-4o",outcome="completed"} 1)"
    );
    const std::string genai =
        "{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
        "gen_ai_request_model=\"gpt-4o\"";
    holds("gen_ai_client_token_usage_sum" + genai + ",gen_ai_token_type=\"input\"} 12");
    holds("gen_ai_client_token_usage_sum" + genai + ",gen_ai_token_type=\"output\"} 10");
    holds(
        "gen_ai_client_token_usage_bucket" + genai + ",gen_ai_token_type=\"output\",le=\"16\"} 1"
    );
    holds("gen_ai_client_operation_duration_seconds_sum" + genai + "} 1.1");
    holds("gen_ai_client_operation_time_to_first_chunk_seconds_sum" + genai + "} 0.18");
    holds("gen_ai_client_operation_time_per_output_chunk_seconds_count" + genai + "} 3");
    holds("gen_ai_server_request_duration_seconds_sum" + genai + "} 1.1");
    holds("gen_ai_server_time_to_first_token_seconds_sum" + genai + "} 0.18");
    holds("gen_ai_server_time_per_output_token_seconds_sum" + genai + "} 0.1");
}

TEST(StreamFigures, TellEachAttemptAsItFared) {
    counters worker;
    told_generation told;
    auto& skipped = told.add_attempt("none", "gpt-4o");
    skipped.outcome = "skipped";
    auto& first = told.add_attempt("openai", "gpt-4o");
    first.ended = told.at(50ms);
    first.outcome = upstream::to_string(outcome::upstream_error);
    auto& slow = told.add_attempt("groq", "llama");
    slow.ended = told.at(300ms);
    slow.outcome = "superseded";
    auto& last = told.add_attempt("groq", "llama");
    last.began = told.at(60ms);
    last.first_content = told.at(160ms);
    told.ended = told.at(1'060ms);
    told.ending.outcome = outcome::client_gone;
    worker.streams.note(told.record(), nullptr);

    const auto text = text_of({&worker});
    const std::string attempts = "sluice_upstream_attempts_total{provider=";
    EXPECT_THAT(
        text, HasSubstr(attempts + R"("openai",model="gpt-4o",outcome="upstream_error"} 1)")
    );
    EXPECT_THAT(text, HasSubstr(attempts + R"("openai",model="gpt-4o",outcome="completed"} 0)"));
    EXPECT_THAT(text, HasSubstr(attempts + R"("groq",model="llama",outcome="superseded"} 1)"));
    EXPECT_THAT(text, HasSubstr(attempts + R"("groq",model="llama",outcome="client_gone"} 1)"));
    EXPECT_THAT(text, Not(HasSubstr("\"none\""))) << "it was not asked";
    const std::string failed =
        "gen_ai_client_operation_duration_seconds_sum{"
        "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",";
    EXPECT_THAT(
        text,
        HasSubstr(failed + R"(gen_ai_request_model="gpt-4o",error_type="upstream_error"} 0.05)")
    );
    EXPECT_THAT(
        text,
        HasSubstr("client_operation_duration_seconds_sum{gen_ai_operation_name=\"chat\","
                  "gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama\"} 1.3\n")
    ) << "who left and who was slower made no error";
    EXPECT_THAT(text, Not(HasSubstr(R"(error_type="client_gone")")));
    EXPECT_THAT(
        text,
        HasSubstr("time_to_first_chunk_seconds_sum{gen_ai_operation_name=\"chat\","
                  "gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama\"} "
                  "0.1\n")
    );
}

TEST(StreamFigures, TellAStreamWithoutContentByWhoWasAskedLast) {
    counters worker;
    told_generation told;
    told.add_attempt("openai", "gpt-4o").outcome = upstream::to_string(outcome::upstream_error);
    auto& last = told.add_attempt("groq", "m-7");
    last.named_by_client = true;
    last.outcome = upstream::to_string(outcome::upstream_error);
    told.ended = told.at(40ms);
    told.ending.outcome = outcome::upstream_error;
    worker.streams.note(told.record(), nullptr);
    const auto text = text_of({&worker});
    EXPECT_THAT(
        text,
        HasSubstr(R"(sluice_stream_duration_seconds_sum{route="chat",provider="groq",model="*",)"
                  R"(dialect="openai_chat",outcome="upstream_error"} 0.04)")
    );
    EXPECT_THAT(text, Not(HasSubstr("m-7"))) << "there is no end of what clients make up";
    EXPECT_THAT(text, Not(HasSubstr("sluice_time_to_first_token_seconds_count")));
}

TEST(AnsweringAttempt, IsTheOneThatContentCameFromLast) {
    told_generation told;
    EXPECT_EQ(answering_attempt(told.head.trail), nullptr);
    told.add_attempt("a", "m");
    told.add_attempt("b", "m");
    EXPECT_EQ(answering_attempt(told.head.trail)->provider, "b") << "nobody answered";
    told.head.trail[0].first_content = told.at(5ms);
    EXPECT_EQ(answering_attempt(told.head.trail)->provider, "a") << "the hedge was slower";
    told.add_attempt("c", "m").first_content = told.at(9ms);
    EXPECT_EQ(answering_attempt(told.head.trail)->provider, "c") << "it went on with the answer";
}

TEST(AnsweringAttempt, IsNoneThatWasNotAskedOrThatAnotherOvertook) {
    told_generation told;
    told.add_attempt("a", "m").outcome = "skipped";
    EXPECT_EQ(answering_attempt(told.head.trail), nullptr);
    told.add_attempt("b", "m");
    auto& slower = told.add_attempt("c", "m");
    slower.first_content = told.at(5ms);
    slower.outcome = "superseded";
    told.add_attempt("d", "m").outcome = "skipped";
    EXPECT_EQ(answering_attempt(told.head.trail)->provider, "b");
}

TEST(StreamFigures, HaveNoFirstChunkOfADocumentThatWasRelayedWhole) {
    const auto text_where = [](bool streamed, bool relayed) {
        counters worker;
        told_generation told;
        told.streamed = streamed;
        told.head.transparent = relayed;
        told.add_attempt("openai", "gpt-4o").first_content = told.at(10ms);
        told.ending.outcome = outcome::completed;
        worker.streams.note(told.record(), nullptr);
        return text_of({&worker});
    };
    const auto* chunk = "time_to_first_chunk_seconds_count{";
    EXPECT_THAT(text_where(false, true), Not(HasSubstr(chunk)));
    EXPECT_THAT(text_where(true, true), HasSubstr(chunk));
    EXPECT_THAT(text_where(false, false), HasSubstr(chunk)) << "it was asked for in pieces";
}

TEST(StreamFigures, NameAsErrorsWhatNobodyWanted) {
    for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
        const auto how = static_cast<outcome>(i);
        const bool well = how == outcome::completed || how == outcome::client_gone ||
                          how == outcome::cancelled || how == outcome::budget;
        counters worker;
        told_generation told;
        told.add_attempt("openai", "gpt-4o");
        told.ending.outcome = how;
        worker.streams.note(told.record(), nullptr);
        const auto named = "error_type=\"" + std::string{upstream::to_string(how)} + '"';
        const auto text = text_of({&worker});
        if (well) {
            EXPECT_THAT(text, Not(HasSubstr("error_type"))) << named;
        } else {
            EXPECT_THAT(text, HasSubstr(named));
        }
    }
}

TEST(StreamFigures, HaveNoTimeBetweenTokensOfWhatFailedOrCameInOnePiece) {
    counters worker;
    told_generation told;
    told.add_attempt("openai", "gpt-4o").first_content = told.at(10ms);
    told.first_content = told.at(10ms);
    told.ended = told.at(1'000ms);
    told.usage.output_tokens = 50;
    told.content_items = 1;
    told.ending.outcome = outcome::completed;
    worker.streams.note(told.record(), nullptr);
    told.content_items = 50;
    told.ending.outcome = outcome::upstream_eof;
    worker.streams.note(told.record(), nullptr);
    EXPECT_THAT(
        text_of({&worker}), Not(HasSubstr("gen_ai_server_time_per_output_token_seconds_count"))
    );
}

TEST(StreamFigures, CountAttemptsButMeasureNothingWhereNobodyWantsToKnow) {
    counters worker;
    told_generation told;
    told.measured = false;
    told.add_attempt("openai", "gpt-4o").first_content = told.at(10ms);
    told.ending.outcome = outcome::completed;
    worker.streams.note(told.record(), nullptr);
    const auto text = text_of({&worker});
    EXPECT_THAT(text, HasSubstr("outcome=\"completed\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("_bucket{")));
}

TEST(StreamFigures, AreTheSumsOverAllWorkers) {
    counters one;
    counters two;
    one.streams.series_of(labels_of("chat")).note_first_content(10ms, 1);
    two.streams.series_of(labels_of("chat")).note_first_content(20ms, 1);
    two.streams.series_of(labels_of("other")).note_first_content(40ms, 1);
    const auto text = text_of({&one, &two});
    EXPECT_THAT(
        text,
        HasSubstr("sluice_time_to_first_token_seconds_sum{route=\"chat\",provider="
                  "\"openai\",model=\"gpt-4o\",dialect=\"openai_chat\"} 0.03\n")
    );
    EXPECT_THAT(
        text,
        HasSubstr("gen_ai_server_time_to_first_token_seconds_count{"
                  "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
                  "gen_ai_request_model=\"gpt-4o\"} 3\n")
    );
}

TEST(StreamFigures, CallProvidersAsTheConventionsDo) {
    counters worker;
    auto labels = labels_of("chat");
    labels.vendor = "azure";
    worker.streams.series_of(labels).note_first_content(10ms, 1);
    EXPECT_THAT(text_of({&worker}), HasSubstr("gen_ai_provider_name=\"azure.ai.openai\""));
}

/// What the thread sanitizer is to look at: a scrape while the worker adds series and numbers.
TEST(StreamFigures, AreReadWhileTheirWorkerAdds) {
    counters worker;
    std::atomic<bool> done{false};
    std::thread reader([&] {
        std::int64_t before = 0;
        while (!done) {
            text_of({&worker});
            const auto seen = worker.streams.inter_token().count();
            EXPECT_GE(seen, before);
            before = seen;
        }
    });
    for (int i = 0; i < 300; ++i) {
        auto& series = worker.streams.series_of(labels_of(std::to_string(i)));
        series.note_content(1ms, 2);
        told_generation told;
        told.add_attempt("p" + std::to_string(i), "m").first_content = told.at(1ms);
        told.ending.outcome = outcome::completed;
        worker.streams.note(told.record(), &series);
    }
    done = true;
    reader.join();
    EXPECT_EQ(worker.streams.inter_token().count(), 600);
}

}  // namespace
}  // namespace sluice::gateway::testing
