#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

std::string fast_mock() {
    return configuration_text().yaml();
}

request ask(const json& body, const std::string& tokens = "12") {
    return post("/v1/streams", body).header("X-Mock-Tokens", tokens);
}

const json hello{{"prompt", "Hello"}};

TEST(NativeStream, BeginsWithStartAndEndsWithExactlyOneDone) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, ask(hello));
    ASSERT_EQ(stream.head().status, 200);
    const auto events = stream.rest();
    ASSERT_GE(events.size(), 3U);
    EXPECT_EQ(events.front().type, "start");
    EXPECT_EQ(events.front().json(), json({{"id", stream.id()}, {"model", "mock"}}));
    EXPECT_EQ(count_type(events, "start"), 1U);
    EXPECT_EQ(count_type(events, "done"), 1U);
    EXPECT_EQ(events.back().type, "done");
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_EQ(events.back().json().at("usage").at("output_tokens"), 12);
    EXPECT_GT(events.back().json().at("usage").at("input_tokens"), 0);
    EXPECT_FALSE(native_text(events).empty());
    EXPECT_EQ(count_type(events, "message") + 2, events.size());
}

TEST(NativeStream, NumbersItsEventsDenselyFromZero) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, ask(hello));
    const auto events = stream.rest();
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].id, stream.id() + "/" + std::to_string(i));
    }
}

TEST(NativeStream, ClosesTheConnectionAfterDone) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, ask(hello));
    EXPECT_EQ(stream.head().header("Connection"), "close");
    stream.rest();
    EXPECT_TRUE(stream.ended_whole());
    EXPECT_TRUE(stream.client().is_closed_by_peer(milliseconds(1000)));
}

TEST(NativeStream, CarriesTheHeadersOfTheContract) {
    const gateway_process gateway(fast_mock());
    const open_stream stream(gateway, ask(hello));
    const auto& head = stream.head();
    EXPECT_EQ(head.header("Content-Type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(head.header("Cache-Control"), "no-cache, no-transform");
    EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
    EXPECT_GE(stream.id().size(), 22U) << "128 random bits need as many characters";
    EXPECT_EQ(head.header("Location"), "/v1/streams/" + stream.id());
    EXPECT_EQ(head.header("X-Sluice-Model"), "mock");
    EXPECT_FALSE(head.header("X-Request-Id").empty());
}

TEST(NativeStream, PutsRetryIntoTheFrameOfItsFirstEvent) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, ask(hello));
    const auto first = stream.expect_next();
    EXPECT_EQ(
        first.raw,
        "retry: 1000\nevent: start\ndata: " + first.data + "\nid: " + stream.id() + "/0\n\n"
    );
    for (const auto& event : stream.rest()) {
        EXPECT_THAT(event.raw, ::testing::Not(::testing::HasSubstr("retry:")));
    }
}

TEST(NativeStream, BringsTokensOneByOneAsTheyAreMade) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, ask(hello, "10").header("X-Mock-Rate", "50"));
    const auto events = stream.rest();
    ASSERT_GE(count_type(events, "message"), 6U);
    std::set<steady::time_point> moments;
    for (const auto& event : events) {
        if (event.type == "message") moments.insert(event.at);
    }
    // Ten tokens at fifty a second take 180 ms from the first to the last.
    EXPECT_GE(*moments.rbegin() - *moments.begin(), milliseconds(120));
    EXPECT_GE(moments.size(), 6U);
}

TEST(NativeStream, GivesDifferentIdsToDifferentStreams) {
    const gateway_process gateway(fast_mock());
    std::set<std::string> ids;
    for (int i = 0; i < 20; ++i) {
        open_stream stream(gateway, ask(hello, "1"));
        ids.insert(stream.id());
    }
    EXPECT_EQ(ids.size(), 20U);
}

TEST(NativeStream, AnswersWithOneDocumentWhereOneIsAskedFor) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, ask(hello));
    const auto text = native_text(stream.rest());
    const auto by_field = gateway.ask(ask({{"prompt", "Hello"}, {"stream", false}}));
    const auto by_header = gateway.ask(ask(hello).header("Accept", "application/json"));
    for (const auto& response : {by_field, by_header}) {
        ASSERT_EQ(response.status, 200) << response.body;
        EXPECT_THAT(response.header("Content-Type"), ::testing::StartsWith("application/json"));
        const auto document = response.json();
        EXPECT_FALSE(document.at("id").get<std::string>().empty());
        EXPECT_EQ(document.at("model"), "mock");
        EXPECT_EQ(document.at("text"), text);
        EXPECT_EQ(document.at("finish_reason"), "stop");
        EXPECT_EQ(document.at("usage").at("output_tokens"), 12);
    }
}

TEST(NativeStream, StreamsWhenJsonIsOneOfSeveralAcceptedTypes) {
    const gateway_process gateway(fast_mock());
    const auto response =
        gateway.ask(ask(hello).header("Accept", "application/json, text/event-stream"));
    EXPECT_THAT(response.header("Content-Type"), ::testing::StartsWith("text/event-stream"));
}

TEST(NativeStream, TakesAPromptForTheShortFormOfMessages) {
    const gateway_process gateway(fast_mock());
    const json turn{{"role", "user"}, {"content", "Hello"}};
    const json messages{{"messages", json::array({turn})}, {"stream", false}};
    const auto short_form = gateway.ask(ask({{"prompt", "Hello"}, {"stream", false}})).json();
    const auto long_form = gateway.ask(ask(messages)).json();
    EXPECT_EQ(short_form.at("text"), long_form.at("text"));
    EXPECT_EQ(short_form.at("usage"), long_form.at("usage"));
}

TEST(NativeStream, CountsSystemTextAsInput) {
    const gateway_process gateway(fast_mock());
    const auto plain = gateway.ask(ask({{"prompt", "Hello"}, {"stream", false}})).json();
    const json with_system{
        {"prompt", "Hello"}, {"system", "You are a very patient clerk."}, {"stream", false}};
    const auto longer = gateway.ask(ask(with_system)).json();
    EXPECT_GT(longer["usage"]["input_tokens"], plain["usage"]["input_tokens"]);
}

TEST(NativeStream, StartsFromAPlainUrlForEventSource) {
    const gateway_process gateway(fast_mock());
    open_stream stream(
        gateway, get("/v1/stream?prompt=Hello%20there&model=mock&mock_tokens=5&mock_rate=0")
    );
    ASSERT_EQ(stream.head().status, 200);
    const auto events = stream.rest();
    EXPECT_EQ(events.front().type, "start");
    EXPECT_EQ(events.back().json().at("usage").at("output_tokens"), 5);
}

TEST(NativeStream, WorksWithoutAConfigurationFile) {
    const gateway_process gateway;
    EXPECT_EQ(
        gateway.listening_line(), "listening on http://127.0.0.1:" + std::to_string(gateway.port())
    );
    open_stream stream(gateway, ask(hello, "3").header("X-Mock-Ttft-Ms", "0"));
    EXPECT_EQ(stream.rest().back().type, "done");
}

TEST(NativeStream, NamesFieldsWithoutEffectInAHeader) {
    const gateway_process gateway(fast_mock());
    const auto response = gateway.ask(ask({{"prompt", "Hello"}, {"flavour", "sour"}}));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("X-Sluice-Dropped"), "flavour");
    EXPECT_FALSE(gateway.ask(ask(hello)).has("X-Sluice-Dropped"));
}

TEST(NativeStream, AcceptsTheSingularPathToo) {
    const gateway_process gateway(fast_mock());
    open_stream stream(gateway, post("/v1/stream", hello).header("X-Mock-Tokens", "2"));
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(stream.rest().back().type, "done");
}

}  // namespace
}  // namespace sluice::end_to_end
