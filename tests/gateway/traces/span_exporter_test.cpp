#include "gateway/telemetry/traces/export/span_exporter.hpp"

#include "tests/upstream/loopback_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using tests::answer;
using tests::loopback_server;

/// A collector that answers each export by its number, from 0.
class collector {
 public:
    explicit collector(std::function<std::string(int)> says) : says_(std::move(says)) {}

    std::string endpoint() const { return server_.url(""); }
    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

 private:
    void serve(loopback_server::connection& client) {
        while (const auto request = client.read_request()) {
            int number = 0;
            {
                const std::lock_guard lock(mutex_);
                number = static_cast<int>(requests_.size());
                requests_.push_back(*request);
            }
            const auto said = says_(number);
            if (said.empty()) return client.wait_for_close();
            client.send(said);
        }
    }

    std::function<std::string(int)> says_;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    loopback_server server_{[this](loopback_server::connection& client) { serve(client); }};
};

std::string takes_all(int) {
    return answer("{}");
}

/// One worker's exporter and its loop.
struct exporting {
    explicit exporting(const std::string& endpoint, std::size_t queue = 100) {
        settings.endpoint = endpoint;
        settings.queue = queue;
        settings.headers = {{"authorization", "Bearer t"}};
        exporter.emplace(context, engine, figures, news, settings);
        trace.context.trace_id[0] = 1;
        trace.context.span = 1;
        trace.context.sampled = true;
    }

    /// A generation of one span has ended.
    void note(const transcript* said = nullptr) {
        const auto now = std::chrono::steady_clock::now();
        const generation_record record{
            .route = "chat",
            .model = "chat",
            .dialect = "native",
            .operation = "chat",
            .key_id = {},
            .request_id = {},
            .asked = now,
            .begun = now,
            .first_content = {},
            .ended = now,
            .usage = {},
            .ending = ending,
            .upstream = head};
        exporter->note(record, trace, said);
    }
    /// A request has ended that no generation was begun for.
    void note_refusal() {
        const auto now = std::chrono::steady_clock::now();
        const served_request refused{
            .operation = "chat",
            .model = {},
            .streamed = {},
            .route = {},
            .dialect = "native",
            .key_id = {},
            .request_id = "refused-1",
            .stream = {},
            .status = 401,
            .outcome = "rejected",
            .failure = {},
            .asked = now,
            .ended = now};
        exporter->note(refused, trace);
    }
    bool flush(std::chrono::milliseconds limit = 5s) {
        bool flushed = false;
        exporter->flush(limit, [&] { flushed = true; });
        return run_until([&] { return flushed; });
    }
    bool run_until(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            context.restart();
            context.run_one_for(20ms);
        }
        return true;
    }

    boost::asio::io_context context{1};
    upstream::transfer_engine engine{context};
    counters figures;
    export_notices news;
    trace_settings settings;
    std::optional<span_exporter> exporter;
    request_trace trace;
    upstream::ending ending;
    upstream::response_head head;
};

json body_of(const std::string& request) {
    return json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

const json& spans_in(const json& body) {
    return body.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans");
}

TEST(SpanExporter, SendsWhatHasComeTwoSecondsAfterTheFirst) {
    collector to{takes_all};
    exporting from{to.endpoint()};
    from.note();
    from.note();
    ASSERT_TRUE(from.run_until([&] { return from.figures.spans_exported.value() == 2; }));
    ASSERT_EQ(to.requests().size(), 1U);
    const auto request = to.requests()[0];
    EXPECT_TRUE(request.starts_with("POST /v1/traces HTTP/1.1\r\n")) << request;
    EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nauthorization: Bearer t\r\n"));
    EXPECT_EQ(spans_in(body_of(request)).size(), 2U);
}

TEST(SpanExporter, SendsTheSpanOfARequestThatWasRefused) {
    collector to{takes_all};
    exporting from{to.endpoint()};
    from.note_refusal();
    ASSERT_TRUE(from.run_until([&] { return from.figures.spans_exported.value() == 1; }));
    const auto spans = spans_in(body_of(to.requests().at(0)));
    ASSERT_EQ(spans.size(), 1U);
    EXPECT_THAT(spans[0].dump(), HasSubstr("refused-1"));
}

TEST(SpanExporter, SendsAtOnceWhatFillsAnExport) {
    collector to{takes_all};
    exporting from{to.endpoint(), 1000};
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < span_queue::batch_spans_max; ++i)
        from.note();
    ASSERT_TRUE(from.run_until([&] { return from.figures.spans_exported.value() == 512; }));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(SpanExporter, DropsAndCountsWhatFindsNoRoom) {
    exporting from{"http://127.0.0.1:9", 3};
    for (int i = 0; i < 5; ++i)
        from.note();
    EXPECT_EQ(from.figures.spans_dropped.value(), 2);
    ASSERT_TRUE(from.flush());
    EXPECT_EQ(from.figures.spans_failed.value(), 3);
    from.note();
    EXPECT_EQ(from.figures.spans_dropped.value(), 3) << "nothing is sent any more";
}

TEST(SpanExporter, TriesAgainWhatACollectorCannotTakeNow) {
    collector to{[](int number) {
        return number == 0 ? answer("", "503 Busy\r\nRetry-After: 0") : answer("{}");
    }};
    exporting from{to.endpoint()};
    from.note();
    ASSERT_TRUE(from.run_until([&] { return from.figures.spans_exported.value() == 1; }));
    EXPECT_EQ(to.requests().size(), 2U);
    EXPECT_EQ(from.figures.spans_failed.value(), 0);
}

TEST(SpanExporter, GivesUpWhatACollectorRefuses) {
    collector to{[](int number) { return number == 0 ? answer("", "400 No") : answer("{}"); }};
    exporting from{to.endpoint()};
    from.note();
    ASSERT_TRUE(from.run_until([&] { return from.figures.spans_failed.value() == 1; }));
    from.note();
    ASSERT_TRUE(from.flush());
    EXPECT_EQ(from.figures.spans_exported.value(), 1);
    EXPECT_EQ(to.requests().size(), 2U);
}

TEST(SpanExporter, CountsWhatACollectorTakesInPart) {
    collector to{[](int) { return answer(R"({"partialSuccess":{"rejectedSpans":"1"}})"); }};
    exporting from{to.endpoint()};
    from.note();
    from.note();
    from.note();
    ASSERT_TRUE(from.flush());
    EXPECT_EQ(from.figures.spans_exported.value(), 2);
    EXPECT_EQ(from.figures.spans_failed.value(), 1);
}

TEST(SpanExporter, TakesALongAnswerForWhatItsStatusSays) {
    collector to{[](int) { return answer(std::string(1U << 20, 'x')); }};
    exporting from{to.endpoint()};
    from.note();
    ASSERT_TRUE(from.flush());
    EXPECT_EQ(from.figures.spans_exported.value(), 1);
}

TEST(SpanExporter, SendsAllThatWaitsWhenItIsFlushed) {
    collector to{takes_all};
    exporting from{to.endpoint(), 2000};
    for (int i = 0; i < 1100; ++i)
        from.note();
    ASSERT_TRUE(from.flush());
    EXPECT_EQ(from.figures.spans_exported.value(), 1100);
    EXPECT_EQ(to.requests().size(), 3U);
}

TEST(SpanExporter, TriesNothingTwiceWhenItIsFlushed) {
    collector to{[](int) { return answer("", "503 Busy"); }};
    exporting from{to.endpoint(), 2000};
    for (int i = 0; i < 600; ++i)
        from.note();
    ASSERT_TRUE(from.flush());
    EXPECT_EQ(to.requests().size(), 1U);
    EXPECT_EQ(from.figures.spans_failed.value(), 600) << "the rest would fare the same";
}

TEST(SpanExporter, WaitsNoLongerThanItMayWhenItIsFlushed) {
    collector to{[](int) { return std::string{}; }};
    exporting from{to.endpoint()};
    from.note();
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(from.flush(200ms));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 200ms);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_EQ(from.figures.spans_failed.value(), 1);
}

TEST(SpanExporter, HasNothingToWaitForWhereNothingWaits) {
    exporting from{"http://127.0.0.1:9"};
    EXPECT_TRUE(from.flush());
    from.context.restart();
    EXPECT_TRUE(from.run_until([&] { return from.context.poll() == 0; }));
}

TEST(SpanExporter, SendsByTheSettingsThatHoldNow) {
    collector old{takes_all};
    collector next{takes_all};
    exporting from{old.endpoint()};
    from.note();
    from.settings.endpoint = next.endpoint();
    from.settings.headers = {{"x-tenant", "two"}};
    from.exporter->adopt(from.settings);
    ASSERT_TRUE(from.flush());
    EXPECT_TRUE(old.requests().empty());
    ASSERT_EQ(next.requests().size(), 1U);
    EXPECT_THAT(next.requests()[0], HasSubstr("x-tenant: two"));
}

TEST(SpanExporter, DropsWhatWaitsWhereThereIsNoEndpointAnyMore) {
    exporting from{"http://127.0.0.1:9"};
    from.note();
    from.settings.endpoint.clear();
    from.exporter->adopt(from.settings);
    EXPECT_EQ(from.figures.spans_dropped.value(), 1);
    from.note();
    from.note_refusal();
    EXPECT_TRUE(from.flush());
    EXPECT_EQ(from.figures.spans_dropped.value() + from.figures.spans_failed.value(), 1)
        << "no span was made";
}

TEST(SpanExporter, TellsPromptsOnlyWhereSpansAreToHaveThem) {
    collector to{takes_all};
    exporting from{to.endpoint()};
    upstream::request asked;
    asked.messages.emplace_back().content.emplace_back(upstream::text_part{"a secret"});
    const transcript said(asked);
    auto& attempt = from.head.trail.emplace_back();
    attempt.span = 2;
    attempt.outcome = "completed";
    // It was kept for the log.
    from.note(&said);
    from.settings.content = true;
    from.exporter->adopt(from.settings);
    from.note(&said);
    ASSERT_TRUE(from.flush());
    const auto spans = spans_in(body_of(to.requests().at(0)));
    ASSERT_EQ(spans.size(), 4U);
    EXPECT_THAT(spans[1].dump(), ::testing::Not(HasSubstr("secret")));
    EXPECT_THAT(spans[3].dump(), HasSubstr("secret"));
}

}  // namespace
}  // namespace sluice::gateway
