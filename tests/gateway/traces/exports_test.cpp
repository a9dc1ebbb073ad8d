#include "gateway/telemetry/traces/export/export_notices.hpp"
#include "gateway/telemetry/traces/export_answer.hpp"
#include "gateway/telemetry/traces/span_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;

TEST(SpanQueue, HoldsSoManyAndDropsTheRest) {
    span_queue queue{2};
    EXPECT_TRUE(queue.push("a"));
    EXPECT_TRUE(queue.push("b"));
    EXPECT_FALSE(queue.push("c"));
    const auto batch = queue.take();
    EXPECT_EQ(batch.spans, "a,b");
    EXPECT_EQ(batch.count, 2U);
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(queue.push("d"));
}

TEST(SpanQueue, HoldsSoManyBytes) {
    span_queue queue{1000};
    const std::string large(span_queue::bytes_max / 2, 'x');
    EXPECT_TRUE(queue.push(large));
    EXPECT_TRUE(queue.push(large));
    EXPECT_FALSE(queue.push("x"));
    queue.take();
    EXPECT_TRUE(queue.push("x")) << "what was taken makes room";
    queue.clear();
    EXPECT_TRUE(queue.push(large));
    EXPECT_TRUE(queue.push(large));
}

TEST(SpanQueue, GivesNoMoreThanAnExportHolds) {
    span_queue queue{10'000};
    for (std::size_t i = 0; i < span_queue::batch_spans_max; ++i) {
        EXPECT_FALSE(queue.has_batch());
        queue.push("{}");
    }
    EXPECT_TRUE(queue.has_batch());
    queue.push("{}");
    EXPECT_EQ(queue.take().count, span_queue::batch_spans_max);
    EXPECT_EQ(queue.take().count, 1U);
    EXPECT_EQ(queue.take().count, 0U);
}

TEST(SpanQueue, GivesNoMoreBytesThanAnExportHoldsButOneSpanAlways) {
    span_queue queue{10};
    const std::string half(span_queue::batch_bytes_max / 2, 'x');
    queue.push(std::string(2 * span_queue::batch_bytes_max, 'x'));
    EXPECT_TRUE(queue.has_batch());
    queue.push(half);
    queue.push(half);
    EXPECT_EQ(queue.take().count, 1U);
    EXPECT_EQ(queue.take().count, 1U) << "the comma would be too much";
    EXPECT_EQ(queue.take().count, 1U);
}

const std::chrono::system_clock::time_point now{1'700'000'000s};

export_answer answered(int status, const std::string& retry_after = {}) {
    return {status, retry_after, {}};
}

TEST(Exports, AreTriedAgainWhereTheTroubleMayPass) {
    for (const int status : {0, 429, 502, 503, 504})
        EXPECT_TRUE(pause_before_retry(answered(status), 1, 0.5, now)) << status;
    for (const int status : {301, 400, 401, 404, 413, 500})
        EXPECT_FALSE(pause_before_retry(answered(status), 1, 0.5, now)) << status;
}

TEST(Exports, AreTriedAgainLaterAndLaterAndNotForEver) {
    const auto pause = [](int times) {
        return pause_before_retry(answered(503), times, 0.999, now);
    };
    EXPECT_EQ(pause(1)->count(), 999);
    EXPECT_EQ(pause(2)->count(), 1998);
    EXPECT_EQ(pause(4)->count(), 7992);
    EXPECT_FALSE(pause(exports_max));
    EXPECT_EQ(pause_before_retry(answered(503), 1, 0, now), 100ms) << "never at once";
}

TEST(Exports, AreTriedAgainWhenTheCollectorWantsThem) {
    EXPECT_EQ(pause_before_retry(answered(429, "7"), 1, 0.5, now), 7s);
    EXPECT_EQ(pause_before_retry(answered(503, "Tue, 14 Nov 2023 22:13:25 GMT"), 1, 0.5, now), 5s);
    EXPECT_EQ(pause_before_retry(answered(503, "86400"), 1, 0.5, now), 120s);
    EXPECT_EQ(pause_before_retry(answered(503, "0"), 1, 0.5, now), 100ms);
    EXPECT_EQ(pause_before_retry(answered(503, "soon"), 1, 0.5, now), 500ms);
}

TEST(Exports, MayBeTakenInPart) {
    const auto told =
        read_partial_success(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})"
        );
    EXPECT_EQ(told.rejected, 3);
    EXPECT_EQ(told.message, "too old");
    EXPECT_EQ(read_partial_success(R"({"partialSuccess":{"rejectedSpans":2}})").rejected, 2);
    for (const auto* whole :
         {"",
          "{}",
          "nonsense",
          "[]",
          R"({"partialSuccess":null})",
          R"({"partialSuccess":{}})",
          R"({"partialSuccess":{"rejectedSpans":{},"errorMessage":1}})",
          R"({"partialSuccess":{"rejectedSpans":"-5"}})"}) {
        EXPECT_EQ(read_partial_success(whole).rejected, 0) << whole;
        EXPECT_EQ(read_partial_success(whole).message, "") << whole;
    }
}

TEST(ExportNotices, TellOfAFailingCollectorOnceAndThatItWorksAgain) {
    export_notices news;
    const export_notices::clock::time_point start{};
    EXPECT_FALSE(news.worked()) << "it always did";
    EXPECT_TRUE(news.failed(start));
    EXPECT_FALSE(news.failed(start + 1h)) << "it still does";
    EXPECT_TRUE(news.worked());
    EXPECT_FALSE(news.worked());
    EXPECT_TRUE(news.failed(start + 1h));
}

TEST(ExportNotices, DoNotTellOfACollectorThatFailsNowAndThenEachTime) {
    export_notices news;
    const export_notices::clock::time_point start{};
    EXPECT_TRUE(news.failed(start));
    EXPECT_TRUE(news.worked());
    EXPECT_FALSE(news.failed(start + 59s));
    EXPECT_FALSE(news.worked()) << "nobody was told that it failed";
    EXPECT_TRUE(news.failed(start + 60s));
}

TEST(ExportNotices, TellOfLostSpansOnceAMinute) {
    export_notices news;
    const export_notices::clock::time_point start{};
    EXPECT_TRUE(news.dropped(start));
    EXPECT_FALSE(news.dropped(start + 59s));
    EXPECT_TRUE(news.dropped(start + 60s));
    EXPECT_TRUE(news.refused(start)) << "which is other news";
}

}  // namespace
}  // namespace sluice::gateway
