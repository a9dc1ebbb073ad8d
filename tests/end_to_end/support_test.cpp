#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

// The harness checks itself: the raw client against the fake upstream, without a gateway between.
namespace sluice::end_to_end {
namespace {

const request ask_for_stream = post("/v1/chat/completions", {{"stream", true}});

TEST(EndToEndHarness, ReadsAStreamFromTheFakeUpstream) {
    fake_upstream upstream(say({"Hel", "lo"}));
    open_stream stream(upstream.port(), ask_for_stream);
    EXPECT_EQ(stream.head().status, 200);
    const auto events = stream.rest();
    EXPECT_EQ(chat_text(events), "Hello");
    EXPECT_EQ(events.back().data, "[DONE]");
    EXPECT_TRUE(stream.ended_whole());
    EXPECT_EQ(upstream.calls(), 1U);
    EXPECT_EQ(upstream.expect_request().target, "/v1/chat/completions");
}

TEST(EndToEndHarness, ReadsADocumentByItsLength) {
    fake_upstream upstream(say({"Hel", "lo"}));
    raw_client client(upstream.port());
    client.send_in_pieces(post("/v1/chat/completions", {{"model", "m"}}).bytes(), 1);
    const auto response = client.read_response();
    EXPECT_EQ(response.json()["choices"][0]["message"]["content"], "Hello");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(EndToEndHarness, TellsABrokenBodyFromAWholeOne) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(text_frame("Hel"));
    });
    open_stream stream(upstream.port(), ask_for_stream);
    EXPECT_EQ(chat_text(stream.rest()), "Hel");
    EXPECT_FALSE(stream.ended_whole());
}

TEST(EndToEndHarness, LetsTheTestDecideWhenTheNextFrameGoesOut) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one", "two"}, step));
    open_stream stream(upstream.port(), ask_for_stream);
    stream.expect_next();
    EXPECT_EQ(chat_text({stream.expect_next()}), "one");
    EXPECT_TRUE(stream.client().stays_silent(milliseconds(50)));
    step.open(2);
    EXPECT_EQ(chat_text(stream.rest()), "two");
}

TEST(EndToEndHarness, SeesWhenTheOtherSideLeaves) {
    mailbox<std::optional<steady::time_point>> closed;
    fake_upstream upstream([&](upstream_exchange& exchange) {
        exchange.read_request();
        closed.put(exchange.wait_closed(milliseconds(50)));
        closed.put(exchange.wait_closed());
    });
    raw_client client(upstream.port());
    client.send(ask_for_stream);
    EXPECT_FALSE(closed.expect().has_value());
    client.reset();
    EXPECT_TRUE(closed.expect().has_value());
}

TEST(EndToEndHarness, CountsWhatAReaderThatReadsNothingLetsThrough) {
    mailbox<std::size_t> sent;
    fake_upstream upstream([&](upstream_exchange& exchange) {
        exchange.read_request();
        const std::string bytes(64 * 1024, 'x');
        sent.put(exchange.send_until_stuck(bytes, 256U << 20, milliseconds(300)));
    });
    raw_client client(upstream.port(), 4096);
    client.send(ask_for_stream);
    EXPECT_LT(sent.expect(), 16U << 20);
}

TEST(EndToEndHarness, EndsScriptsThatWaitForWhatNeverComes) {
    gate never;
    fake_upstream upstream([&](upstream_exchange& exchange) { exchange.wait(never); });
    raw_client client(upstream.port());
}

TEST(EndToEndHarness, KnowsAResetFromAnAnswer) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.reset();
    });
    raw_client client(upstream.port());
    client.send(get("/"));
    EXPECT_TRUE(client.is_closed_by_peer());
}

}  // namespace
}  // namespace sluice::end_to_end
