#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <list>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json ask_up{{"prompt", "Hello"}, {"model", "up"}};

request endless_mock() {
    return post("/v1/streams", {{"prompt", "Hello"}})
        .header("X-Mock-Tokens", "5000")
        .header("X-Mock-Rate", "20");
}

TEST(LiveReaders, ALateReaderGetsWhatWasAndWhatComes) {
    for (const auto* workers : {"workers: 1", "workers: 2"}) {
        SCOPED_TRACE(workers);
        gate step;
        fake_upstream upstream(say_step_by_step({"one ", "two ", "three"}, step));
        const gateway_process gateway(
            configuration_text().server(workers).upstream(upstream.base_url()).yaml()
        );
        open_stream first(gateway, post("/v1/streams", ask_up));
        event_list seen{first.expect_next(), first.expect_next()};
        open_stream second(gateway, get(first.url()));
        event_list late{second.expect_next(), second.expect_next()};
        EXPECT_EQ(native_text(late), "one ");
        step.open();
        seen.push_back(first.expect_next());
        late.push_back(second.expect_next());
        step.open(2);
        for (auto& event : first.rest())
            seen.push_back(std::move(event));
        for (auto& event : second.rest())
            late.push_back(std::move(event));
        EXPECT_EQ(native_text(seen), "one two three");
        EXPECT_EQ(native_text(late), "one two three");
        EXPECT_EQ(late.back().raw, seen.back().raw);
        EXPECT_EQ(upstream.calls(), 1U);
    }
}

TEST(LiveReaders, AReaderAttachedAfterAPositionGetsOnlyTheRest) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one ", "two ", "three"}, step));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    open_stream first(gateway, post("/v1/streams", ask_up));
    first.expect_next();
    const auto seen = first.expect_next();
    open_stream second(gateway, get(first.url()).header("Last-Event-ID", seen.id));
    step.open(3);
    EXPECT_EQ(native_text(second.rest()), "two three");
    EXPECT_EQ(native_text(first.rest()), "two three");
}

TEST(LiveReaders, ManyReadersOnTwoWorkersAllGetTheSame) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one ", "two ", "three"}, step));
    const gateway_process gateway(
        configuration_text().server("workers: 2").upstream(upstream.base_url()).yaml()
    );
    open_stream first(gateway, post("/v1/streams", ask_up));
    first.expect_next();
    std::list<open_stream> readers;
    for (int i = 0; i < 12; ++i)
        readers.emplace_back(gateway, get(first.url()));
    step.open(3);
    for (auto& reader : readers) {
        const auto events = reader.rest();
        EXPECT_EQ(native_text(events), "one two three");
        EXPECT_EQ(events.back().type, "done");
    }
}

TEST(LiveReaders, DeleteEndsEveryReaderWithDoneCancelled) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    open_stream first(gateway, endless_mock());
    first.expect_next();
    std::list<open_stream> readers;
    for (int i = 0; i < 6; ++i)
        readers.emplace_back(gateway, get(first.url()));
    EXPECT_EQ(gateway.ask(remove(first.url())).status, 204);
    readers.emplace_back(gateway, get(first.url()));
    for (auto& reader : readers) {
        const auto events = reader.rest();
        ASSERT_FALSE(events.empty());
        EXPECT_EQ(count_type(events, "done"), 1U);
        EXPECT_EQ(events.back().json().at("finish_reason"), "cancelled");
        EXPECT_TRUE(reader.ended_whole());
    }
    EXPECT_EQ(first.rest().back().json().at("finish_reason"), "cancelled");
}

TEST(LiveReaders, DeleteStopsTheUpstream) {
    mailbox<bool> closed;
    fake_upstream upstream([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(text_frame("one"));
        closed.put(exchange.wait_closed().has_value());
    });
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    open_stream stream(gateway, post("/v1/streams", ask_up));
    stream.expect_next();
    EXPECT_EQ(gateway.ask(remove(stream.url())).status, 204);
    EXPECT_TRUE(closed.expect());
}

TEST(LiveReaders, DeleteIsIdempotentAndKnowsOnlyStreamsThatAreHeld) {
    const gateway_process gateway(configuration_text().streams("retention: 2s").yaml());
    open_stream live(gateway, endless_mock());
    EXPECT_EQ(gateway.ask(remove(live.url())).status, 204);
    EXPECT_EQ(gateway.ask(remove(live.url())).status, 204);
    open_stream finished(gateway, endless_mock().header("X-Mock-Error", "truncate-after=1"));
    finished.rest();
    EXPECT_EQ(gateway.ask(remove(finished.url())).status, 204);
    const auto unknown = gateway.ask(remove("/v1/streams/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_TRUE(eventually([&] { return gateway.ask(remove(live.url())).status == 404; }));
}

}  // namespace
}  // namespace sluice::end_to_end
