#include "tests/gateway/streams/workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

// What streams tell of themselves to those who watch.
namespace sluice::gateway::testing {
namespace {

using upstream::outcome;

std::int64_t midstream(const counters& figures) {
    return std::accumulate(
        figures.midstream_failures.begin(),
        figures.midstream_failures.end(),
        std::int64_t{0},
        [](std::int64_t sum, const counter& one) { return sum + one.value(); }
    );
}

std::int64_t midstream(const counters& figures, outcome cause) {
    return figures.midstream_failures[static_cast<std::size_t>(cause)].value();
}

std::vector<const stream_series*> series_of(const counters& figures) {
    std::vector<const stream_series*> all;
    figures.streams.each_stream([&](const stream_series& one) { all.push_back(&one); });
    return all;
}

std::shared_ptr<configuration> forgetful() {
    auto settings = quick_settings();
    settings->streams.retention = 0ms;
    return settings;
}

TEST(WastedTokens, AreWhatNobodyHadReadWhenTheStreamIsForgotten) {
    workshop here{0, forgetful()};
    auto& stream = here.open(300, disconnect_policy::keep);
    const auto id = stream.id();
    ASSERT_TRUE(here.run_until([&] { return here.figures.outcomes[0].value() == 1; }));
    EXPECT_EQ(here.figures.wasted_tokens.value(), 0) << "somebody may come yet";
    ASSERT_TRUE(here.run_until([&] { return here.find(id) == nullptr; }));
    EXPECT_EQ(here.figures.wasted_tokens.value(), 300);
}

TEST(WastedTokens, AreThoseBehindTheLastReader) {
    workshop here{0, forgetful()};
    auto plan = here.plan({{"tokens", "40"}, {"rate", "400"}});
    plan.on_disconnect = disconnect_policy::keep;
    auto& stream = here.streams.open(std::move(plan));
    const auto id = stream.id();
    std::size_t read = 0;
    {
        test_reader reader;
        reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 5; }));
        read = reader.frames.size() - 1;  // but for the start
    }
    ASSERT_TRUE(here.run_until([&] { return here.find(id) == nullptr; }));
    EXPECT_EQ(here.figures.wasted_tokens.value(), 40 - static_cast<std::int64_t>(read));
}

TEST(WastedTokens, AreNoneWhereSomebodyComesForThem) {
    workshop here;
    auto& stream = here.open(300, disconnect_policy::keep);
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    EXPECT_EQ(stream.unread_items(), 300);
    test_reader late;
    late.join(stream);
    EXPECT_EQ(stream.unread_items(), 0);
}

TEST(WastedTokens, AreNoneOfAStreamThatEndsWithItsReader) {
    workshop here{0, forgetful()};
    auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
    auto& stream = here.streams.open(std::move(plan));
    const auto id = stream.id();
    {
        test_reader reader;
        reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
    }
    ASSERT_TRUE(here.run_until([&] { return here.find(id) == nullptr; }));
    EXPECT_EQ(here.figures.wasted_tokens.value(), 0);
}

TEST(MidstreamFailures, AreThoseBehindTheFirstContent) {
    workshop here;
    auto& broken = here.streams.open(here.plan({{"tokens", "50"}, {"error", "reset-after=5"}}));
    test_reader reader;
    reader.join(broken);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    EXPECT_EQ(midstream(here.figures, broken.ending().outcome), 1);
    auto& refused = here.streams.open(here.plan({{"error", "429"}}));
    test_reader other;
    other.join(refused);
    ASSERT_TRUE(here.run_until([&] { return other.ended; }));
    EXPECT_EQ(midstream(here.figures), 1) << "its client was told by a status";
}

TEST(MidstreamFailures, AreNoneThatSomebodyWanted) {
    workshop here;
    const auto run = [&](const std::function<void(stream&)>& end) {
        auto& stream = here.streams.open(here.plan({{"tokens", "1000"}, {"rate", "10"}}));
        test_reader reader;
        reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
        end(stream);
    };
    run([](stream& stream) { stream.stop(outcome::cancelled, "stopped"); });
    run([](stream& stream) { stream.stop(outcome::drained, "the gateway is shutting down"); });
    run([](stream&) {});  // the reader leaves
    EXPECT_EQ(here.ended_as(outcome::cancelled), 1);
    EXPECT_EQ(here.ended_as(outcome::drained), 1);
    EXPECT_EQ(here.ended_as(outcome::client_gone), 1);
    EXPECT_EQ(midstream(here.figures), 0);
}

TEST(MidstreamFailures, AreToldByTheirCause) {
    for (const auto cause : midstream_causes) {
        workshop here;
        auto& stream = here.streams.open(here.plan({{"tokens", "1000"}, {"rate", "10"}}));
        test_reader reader;
        reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
        stream.stop(cause, "broken");
        EXPECT_EQ(midstream(here.figures, cause), 1) << upstream::to_string(cause);
    }
}

TEST(PausedTime, IsHowLongTheSourceStoodStill) {
    auto settings = quick_settings();
    settings->streams.backlog = 8192;
    workshop here{0, settings};
    auto& stream = here.open(20'000);
    test_reader reader{false};
    reader.join(stream);
    const auto begun = std::chrono::steady_clock::now();
    here.context.run_for(100ms);
    EXPECT_EQ(here.figures.paused_us.value(), 0) << "it stands yet";
    reader.catch_up();
    const std::chrono::microseconds most = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begun
    );
    EXPECT_GT(here.figures.paused_us.value(), 20'000);
    EXPECT_LE(here.figures.paused_us.value(), most.count());
}

TEST(CoalescedEvents, AreThoseThatCameTogether) {
    workshop here;
    auto& slow = here.streams.open(here.plan({{"tokens", "5"}, {"rate", "200"}}));
    test_reader reader;
    reader.join(slow);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    const auto alone = here.figures.coalesced_items.value();
    EXPECT_LE(alone, 4);
    auto& quick = here.open(500);
    test_reader other;
    other.join(quick);
    ASSERT_TRUE(here.run_until([&] { return other.ended; }));
    const auto together = here.figures.coalesced_items.value() - alone;
    EXPECT_GT(together, 0);
    EXPECT_LT(together, 500);
}

TEST(StreamSeries, HasEveryTokenOfItsStream) {
    workshop here;
    auto plan = here.plan({{"tokens", "300"}});
    plan.route = "chat";
    plan.operation = "chat";
    plan.asked = std::chrono::steady_clock::now();
    auto& stream = here.streams.open(std::move(plan));
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    const auto all = series_of(here.figures);
    ASSERT_EQ(all.size(), 1U);
    const auto& series = *all.front();
    EXPECT_EQ(series.labels(), (stream_labels{"chat", "mock", "mock", "native", "chat", "mock"}));
    EXPECT_EQ(series.time_to_first_token.view().count(), 1);
    EXPECT_EQ(series.inter_token.view().count(), 299) << "each but the first";
    EXPECT_EQ(series.output_tokens.view().sum, 300);
    EXPECT_EQ(series.time_per_output_token.view().count(), 1);
    ASSERT_NE(series.duration.of(0), nullptr) << "by its outcome";
    EXPECT_EQ(series.duration.of(0)->view().count(), 1);
    EXPECT_EQ(here.figures.added_first.view().count(), 1);
}

TEST(StreamSeries, IsNotThereWhereNobodyMeasures) {
    auto settings = quick_settings();
    settings->telemetry.histograms = false;
    workshop here{0, settings};
    auto& stream = here.open(300);
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    EXPECT_TRUE(series_of(here.figures).empty());
    EXPECT_EQ(here.figures.added_first.view().count(), 0);
    EXPECT_EQ(here.figures.content_items.value(), 300) << "what is counted is counted all the same";
}

}  // namespace
}  // namespace sluice::gateway::testing
