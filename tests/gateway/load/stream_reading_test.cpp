#include "gateway/load/stream_reading.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sluice::gateway::load::testing {

namespace {

std::string chunk(const std::string& text) {
    return R"(data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":")" +
           text + "\"}}]}\n\n";
}
const std::string role_chunk =
    "data: "
    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}"
    "\n\n";
const std::string finish_chunk =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: "
    "{\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_"
    "tokens\":10}}\n\n"
    "data: [DONE]\n\n";

/// One stream of chat completions, read at times that the test makes.
class LoadReading : public ::testing::Test {
 protected:
    LoadReading() { settings_.spoken = find_speech("chat"); }

    void begin(std::int64_t due_ns = 0) {
        assignment job;
        job.due_ns = due_ns;
        job.drop_after = drop_after_;
        job.request.model = "mock";
        settings_.to = *parse_target("http://host/");
        const auto server = server_of(*settings_.spoken, settings_.to, {});
        auto begun = begin_exchange(*settings_.spoken, server, settings_.to, job.request);
        reading_.begin(job, std::move(begun->codec));
    }

    plan settings_;
    run_clock clock_;
    figures seen_;
    event_log::writer log_{nullptr};
    std::uint64_t drop_after_ = assignment::never;
    stream_reading reading_{settings_, clock_, seen_, log_};
};

TEST_F(LoadReading, MeasuresFromWhenTheStreamWasDue) {
    begin(100);
    reading_.note_begun(130);
    reading_.note_sent(150);
    reading_.note_bytes(1, 200);
    reading_.note_status(200);
    reading_.feed(role_chunk, 300);
    reading_.feed(chunk("a"), 400);
    reading_.feed(chunk("b"), 450);
    reading_.feed(chunk("c"), 600);
    reading_.feed(finish_chunk, 700);
    ASSERT_TRUE(reading_.ended_well());
    reading_.close(verdict::whole, 900);
    const auto one = [&](metric which) {
        EXPECT_EQ(seen_.of(which).count(), 1U);
        return seen_.of(which).max_ns();
    };
    EXPECT_EQ(one(metric::schedule_lag), 30);
    EXPECT_EQ(one(metric::ttfb), 100);
    EXPECT_EQ(one(metric::ttfe), 200);
    EXPECT_EQ(one(metric::ttft_content), 300);
    EXPECT_EQ(one(metric::ttft_visible), 300);
    EXPECT_EQ(one(metric::ttft_sent), 250);
    EXPECT_EQ(one(metric::tpot_decode), 100);
    EXPECT_EQ(one(metric::ntpot), 200);
    EXPECT_EQ(one(metric::e2e_content), 500);
    EXPECT_EQ(one(metric::e2e_done), 600);
    EXPECT_EQ(one(metric::e2e_sent), 550);
    EXPECT_EQ(seen_.of(metric::gap).count(), 2U);
    EXPECT_EQ(seen_.of(metric::gap).max_ns(), 150);
    ASSERT_EQ(seen_.records.size(), 1U);
    EXPECT_EQ(seen_.records[0].events, 3U);
    EXPECT_EQ(seen_.records[0].output_tokens, 3U);
    EXPECT_EQ(seen_.records[0].input_tokens, 7U);
    EXPECT_EQ(seen_.records[0].longest_gap_ns, 150);
    EXPECT_EQ(seen_.whole, 1U);
}

TEST_F(LoadReading, FailsAStreamThatEndsWithoutItsLastEvent) {
    begin();
    reading_.feed(chunk("a"), 400);
    reading_.end(500);
    EXPECT_TRUE(reading_.ended());
    EXPECT_FALSE(reading_.ended_well());
    reading_.close(verdict::failed, 500);
    EXPECT_EQ(seen_.failed, 1U);
    EXPECT_EQ(seen_.errors.at("ended without its last event"), 1U);
    EXPECT_EQ(seen_.of(metric::e2e_done).count(), 0U);
    EXPECT_EQ(seen_.of(metric::ttft_content).count(), 1U);
}

TEST_F(LoadReading, FailsAStreamThatReportsAnError) {
    begin();
    reading_.feed(chunk("a") + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", 400);
    EXPECT_TRUE(reading_.ended());
    EXPECT_FALSE(reading_.ended_well());
    reading_.close(verdict::failed, 500);
    EXPECT_EQ(seen_.errors.at("error in the stream"), 1U);
}

TEST_F(LoadReading, CountsWhatWasDueWithinTheWarmUpInNoFigure) {
    clock_.measured_from_ns = 1000;
    begin(999);
    reading_.feed(chunk("a"), 999);
    reading_.feed(finish_chunk, 1100);
    reading_.close(verdict::whole, 1100);
    EXPECT_EQ(seen_.whole, 0U);
    EXPECT_EQ(seen_.events, 0U);
    EXPECT_TRUE(seen_.records.empty());
}

TEST_F(LoadReading, GoesOnBehindTheLastWholeEventOfAConnectionThatBroke) {
    drop_after_ = 2;
    begin();
    reading_.feed(
        chunk("a") +
            "id: s/1\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\nid: s/2\nda",
        10
    );
    EXPECT_EQ(reading_.events(), 2U);
    EXPECT_EQ(reading_.last_event_id(), "s/1");
    reading_.resume(50);
    reading_.feed("id: s/2\n" + chunk("c") + finish_chunk, 80);
    EXPECT_TRUE(reading_.ended_well());
    reading_.close(verdict::whole, 80);
    EXPECT_EQ(seen_.records[0].events, 3U);
    EXPECT_EQ(seen_.records[0].reconnects, 1U);
    EXPECT_EQ(seen_.of(metric::resume).max_ns(), 30);
    EXPECT_EQ(seen_.resumed, 1U);
}

TEST_F(LoadReading, ReadsTheSameHoweverTheBytesAreCut) {
    const std::string wire = role_chunk + chunk("a") + chunk("b") + finish_chunk;
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        SCOPED_TRACE(cut);
        begin();
        reading_.feed(wire.substr(0, cut), 10);
        reading_.feed(wire.substr(cut), 20);
        EXPECT_TRUE(reading_.ended_well());
        EXPECT_EQ(reading_.events(), 2U);
    }
}

TEST_F(LoadReading, TellsWhatStoodBetweenByTheStamps) {
    settings_.checked = check::stamps;
    clock_.epoch_ns = 1'000'000;
    begin();
    reading_.feed(chunk("0@1000100 word ") + chunk("1@1000200 word "), 260);
    EXPECT_EQ(seen_.of(metric::added).count(), 2U);
    EXPECT_EQ(seen_.of(metric::added).max_ns(), 160);
    EXPECT_EQ(seen_.of(metric::added_first).max_ns(), 160);
    EXPECT_EQ(seen_.of(metric::added_first).count(), 1U);
}

TEST_F(LoadReading, NamesARefusalByItsStatus) {
    begin();
    reading_.refuse(429, "slow down");
    reading_.close(verdict::failed, 100);
    EXPECT_EQ(seen_.errors.at("HTTP 429"), 1U);
    EXPECT_EQ(seen_.examples[0], "HTTP 429: slow down");
}

}  // namespace

}  // namespace sluice::gateway::load::testing
