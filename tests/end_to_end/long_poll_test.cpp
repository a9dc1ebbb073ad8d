#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

std::string begin(const gateway_process& gateway, const std::string& tokens, int rate = 0) {
    const auto begun = gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hello"}})
                                       .header("X-Mock-Tokens", tokens)
                                       .header("X-Mock-Rate", std::to_string(rate)));
    EXPECT_EQ(begun.status, 202);
    return begun.header("Location");
}

request poll(const std::string& url, const std::string& query = {}) {
    return get(url + query).header("Accept", "application/json");
}

TEST(LongPoll, GivesTheSameEventsAsTheStreamUntilDone) {
    const gateway_process gateway(
        configuration_text().server("workers: 2").top("telemetry: {server_timing: false}").yaml()
    );
    const auto url = begin(gateway, "40", 400);
    open_stream streamed(gateway, get(url));
    const auto expected = streamed.rest();
    const auto slow = begin(gateway, "40", 400);
    json events = json::array();
    json next;
    for (bool done = false; !done;) {
        const auto from = next.is_null() ? "" : "?last_event_id=" + next.dump();
        const auto answer = gateway.ask(poll(slow, from));
        ASSERT_EQ(answer.status, 200);
        const auto body = answer.json();
        EXPECT_FALSE(body.at("events").empty());  // it waits for one
        for (const auto& event : body.at("events"))
            events.push_back(event);
        next = body.at("next");
        EXPECT_EQ(next, events.back().at("seq"));
        done = body.at("done");
    }
    ASSERT_EQ(events.size(), expected.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].at("seq"), i);
        EXPECT_EQ(events[i].at("event"), expected[i].type);
        if (i > 0) {
            EXPECT_EQ(events[i].at("data"), expected[i].data);
        }
    }
    EXPECT_EQ(gateway.ask(poll(slow, "?last_event_id=" + next.dump())).status, 204);
}

TEST(LongPoll, WaitsNoLongerThanItIsAskedTo) {
    const gateway_process gateway(configuration_text().yaml());
    const auto begun = gateway.ask(
        post("/v1/streams?detach=true", {{"prompt", "Hello"}}).header("X-Mock-Ttft-Ms", "60000")
    );
    const auto url = begun.header("Location");
    const auto at_once = gateway.ask(poll(url, "?last_event_id=0&wait=0s"));
    EXPECT_EQ(at_once.json(), json({{"events", json::array()}, {"next", 0}, {"done", false}}));
    const auto started = steady::now();
    const auto later = gateway.ask(poll(url, "?last_event_id=0&wait=300ms"));
    EXPECT_GE(steady::now() - started, milliseconds(300));
    EXPECT_EQ(later.json().at("events"), json::array());
    for (const auto* wait : {"soon", "-1s", "1", ""}) {
        const auto refused = gateway.ask(poll(url, std::string("?wait=") + wait));
        EXPECT_EQ(refused.status, 400) << wait;
        EXPECT_EQ(refused.json().at("error").at("param"), "wait");
    }
}

TEST(LongPoll, AnswersWhenTheFirstEventComesAndNotLater) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one ", "two"}, step));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const auto begun =
        gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hello"}, {"model", "up"}}));
    const auto url = begun.header("Location");
    open_stream reader(gateway, get(url));
    reader.expect_next();
    reader.expect_next();  // "one "
    auto client = gateway.connect();
    client.send(poll(url, "?last_event_id=1&wait=60s"));
    EXPECT_TRUE(client.stays_silent(milliseconds(200)));
    step.open();
    const auto body = client.read_response().json();
    EXPECT_EQ(body.at("events").at(0).at("data"), R"({"text":"two"})");
}

/// Begins a stream of 30 tokens under that configuration, leaves it, and polls it to its end: all
/// its events.
json events_of_one_left_and_polled(configuration_text text) {
    const gateway_process gateway(text.yaml());
    open_stream first(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "30")
            .header("X-Mock-Rate", "100")
    );
    first.expect_next();
    EXPECT_EQ(gateway.ask(poll(first.url())).status, 200);
    first.client().close();
    json events = json::array();
    json body;
    for (std::string from; body.is_null() || !body.at("done").get<bool>();) {
        body = gateway.ask(poll(first.url(), from)).json();
        for (const auto& event : body.at("events"))
            events.push_back(event);
        from = "?last_event_id=" + body.at("next").dump();
    }
    return events;
}

TEST(LongPoll, BetweenTwoPollsNobodyHasLeftWhateverThePolicy) {
    for (const auto* policy : {"grace", "cancel"}) {
        SCOPED_TRACE(policy);
        configuration_text text;
        const auto events =
            events_of_one_left_and_polled(text.policy("on_disconnect: " + std::string(policy)));
        ASSERT_EQ(events.size(), 32U);
        const auto done = json::parse(events.back().at("data").get<std::string>());
        EXPECT_EQ(done.at("finish_reason"), "stop");
    }
}

TEST(LongPoll, TakesTheNullThatItGaveForNothingYet) {
    const gateway_process gateway(configuration_text().server("commit_after: 10ms").yaml());
    open_stream chat(
        gateway,
        post(
            "/v1/chat/completions",
            {{"model", "mock"},
             {"stream", true},
             {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}}
        )
            .header("X-Stream-Resumable", "true")
            .header("X-Mock-Ttft-Ms", "60000")
    );
    const auto nothing = gateway.ask(poll(chat.url(), "?wait=0s"));
    EXPECT_EQ(
        nothing.json(), json({{"events", json::array()}, {"next", nullptr}, {"done", false}})
    );
    EXPECT_EQ(gateway.ask(poll(chat.url(), "?last_event_id=null&wait=0s")).status, 200);
}

TEST(LongPoll, ALeavingClientIsNoReaderAnyMore) {
    mailbox<bool> closed;
    fake_upstream upstream([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(text_frame("one"));
        closed.put(exchange.wait_closed().has_value());
    });
    const gateway_process gateway(
        configuration_text().streams("grace: 100ms").upstream(upstream.base_url()).yaml()
    );
    auto message = post("/v1/streams", {{"prompt", "Hello"}, {"model", "up"}});
    open_stream first(gateway, message);
    first.expect_next();
    first.expect_next();
    auto client = gateway.connect();
    client.send(poll(first.url(), "?last_event_id=1&wait=60s"));
    first.client().close();
    client.close();
    EXPECT_TRUE(closed.expect());
}

TEST(LongPoll, TellsWhatIsHeldWhereThePositionIsGone) {
    const gateway_process gateway(
        configuration_text().streams("backlog: 16KiB").streams("journal: 64KiB").yaml()
    );
    const auto url = begin(gateway, "4000");
    const auto id = url.substr(url.rfind('/') + 1);
    const auto ended = [&] {
        return gateway.ask(get("/v1/streams")).body.find("\"ended\"") != std::string::npos;
    };
    ASSERT_TRUE(eventually(ended));
    const auto gone = gateway.ask(poll(url, "?last_event_id=" + id + "/3"));
    ASSERT_EQ(gone.status, 410);
    const auto first = gone.json().at("first").get<int>();
    EXPECT_GT(first, 3);
    EXPECT_EQ(gone.json().at("head"), 4001);
    const auto rest = gateway.ask(poll(url, "?last_event_id=" + std::to_string(first - 1)));
    ASSERT_EQ(rest.status, 200);
    EXPECT_EQ(rest.json().at("events").at(0).at("seq"), first);
}

}  // namespace
}  // namespace sluice::end_to_end
