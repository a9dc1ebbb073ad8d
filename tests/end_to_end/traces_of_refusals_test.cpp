#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/dialect_requests.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/guarded_mock.hpp"
#include "tests/end_to_end/support/otlp_collector.hpp"
#include "tests/end_to_end/support/routed_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

/// Spans of requests that no stream is begun for.
namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string callers_span = "00f067aa0ba902b7";
const std::string sampled = "00-" + trace_id + "-" + callers_span + "-01";
const std::string unsampled = "00-" + trace_id + "-" + callers_span + "-00";

request named(request message, const std::string& id, const std::string& parent = sampled) {
    return message.header("X-Request-Id", id).header("traceparent", parent);
}

request chat(const std::string& model, const std::string& text = "Hi") {
    return post("/v1/chat/completions", {{"model", model}, {"messages", one_turn(text)}});
}

/// The spans of kind SERVER that a request has; of all that were sent.
std::vector<json> spans_of(const std::vector<json>& all, const std::string& id) {
    std::vector<json> own;
    std::ranges::copy_if(all, std::back_inserter(own), [&](const json& span) {
        return attribute(span, "sluice.request_id") == id;
    });
    return own;
}

/// The only span of a request that the caller's trace goes on with.
json only_span(const std::vector<json>& all, const std::string& id) {
    const auto own = spans_of(all, id);
    EXPECT_EQ(own.size(), 1U) << id;
    if (own.empty()) return {{"attributes", json::array()}};
    const auto& span = own.front();
    EXPECT_EQ(span.at("traceId"), trace_id) << id;
    EXPECT_EQ(span.value("parentSpanId", ""), callers_span) << id;
    EXPECT_EQ(span.at("kind"), 2) << id;
    const auto is_child = [&](const json& one) {
        return one.value("parentSpanId", "") == span.at("spanId");
    };
    EXPECT_TRUE(std::ranges::none_of(all, is_child)) << id << ": nobody was asked";
    return span;
}

std::string logged_trace(gateway_process& gateway, const std::string& id) {
    const auto line = gateway.wait_for_log({"\"" + id + "\""});
    return line.empty() ? "no line" : json::parse(line).value("trace_id", "none");
}

struct refusal {
    std::string id;
    int status;
    request message;
    json model = nullptr;  ///< as far as it is known by then
    json route = nullptr;
    json key = nullptr;
};

/// Each is turned away at another place on its way; the first one spends what the limit allows.
std::vector<refusal> refusals() {
    const auto with_header = [](const std::string& name, const std::string& value) {
        return with_key(chat("mock"), operator_key).header(name, value);
    };
    const auto xml = request("POST", "/v1/messages").body("<a/>", "application/xml");
    const auto method = post("/v1beta/models/mock:invent", {{"contents", json::array()}});
    return {
        {"without-a-key", 401, chat("mock")},
        {"wrong-key", 401, with_key(chat("mock"), "sk-sluice-nobody")},
        {"bad-json", 400, with_key(post_text("/v1/chat/completions", "{")), {}, {}, "team-a"},
        {"not-json", 415, with_key(xml), {}, {}, "team-a"},
        {"no-method", 404, with_key(method), {}, {}, "team-a"},
        {"bad-position",
         400,
         with_key(post("/v1/streams", {{"prompt", "Hi"}})).header("Last-Event-ID", "nonsense"),
         {},
         {},
         "team-a"},
        {"not-for-the-key", 403, with_key(chat("other")), "other", {}, "team-a"},
        {"unknown-model", 404, with_key(chat("other"), operator_key), "other", {}, "ops"},
        {"bad-policy",
         400,
         with_header("X-Stream-On-Disconnect", "perhaps"),
         "mock",
         "mock",
         "ops"},
        {"over-the-limit", 429, with_key(chat("mock")), "mock", "mock", "team-a"},
    };
}

TEST(TracesOfRefusals, AreOneSpanEachWhereverTheRequestIsTurnedAway) {
    otlp_collector collector;
    gateway_process gateway(guarded_mock(
        "models: [mock], limits: {requests_per_minute: 1}", {}, collector.configuration() + "\n"
    ));
    ASSERT_EQ(gateway.ask(with_key(chat("mock"))).status, 200);
    for (const auto& [id, status, message, model, route, key] : refusals()) {
        EXPECT_EQ(gateway.ask(named(message, id)).status, status) << id;
        EXPECT_EQ(logged_trace(gateway, id), trace_id) << id;
    }
    const auto all = collector.spans_of(gateway);
    EXPECT_EQ(all.size(), 2 + refusals().size()) << "the stream's two";
    for (const auto& [id, status, message, model, route, key] : refusals()) {
        SCOPED_TRACE(id);
        const auto span = only_span(all, id);
        EXPECT_EQ(attribute(span, "http.response.status_code"), std::to_string(status));
        EXPECT_EQ(attribute(span, "http.request.method"), "POST");
        EXPECT_EQ(attribute(span, "gen_ai.request.model"), model);
        EXPECT_EQ(attribute(span, "sluice.route"), route);
        EXPECT_EQ(attribute(span, "sluice.key"), key);
        EXPECT_EQ(attribute(span, "sluice.outcome"), "rejected");
        EXPECT_FALSE(span.contains("status")) << "who refuses as it should has not failed";
    }
}

TEST(TracesOfRefusals, TellEveryDialectsRequests) {
    otlp_collector collector;
    gateway_process gateway(configuration_text().top(collector.configuration()).yaml());
    auto requests = in_every_dialect("Hi", "nowhere");
    requests.push_back(
        {"embeddings", post("/v1/embeddings", {{"model", "nowhere"}, {"input", "Hi"}})}
    );
    const json count{{"model", "nowhere"}, {"messages", one_turn()}};
    requests.push_back({"count", post("/v1/messages/count_tokens", count)});
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto id = "asked-" + std::to_string(i);
        EXPECT_EQ(gateway.ask(named(requests[i].message, id)).status, 404) << requests[i].name;
    }
    const auto all = collector.spans_of(gateway);
    EXPECT_EQ(all.size(), requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        SCOPED_TRACE(requests[i].name);
        const auto span = only_span(all, "asked-" + std::to_string(i));
        EXPECT_EQ(attribute(span, "gen_ai.request.model"), "nowhere");
        EXPECT_EQ(attribute(span, "http.response.status_code"), "404");
        EXPECT_EQ(span.at("name"), attribute(span, "gen_ai.operation.name"))
            << "a name that a client made up";
    }
    EXPECT_EQ(attribute(all.back(), "gen_ai.operation.name"), "count_tokens");
}

TEST(TracesOfRefusals, HoldNothingThatWasAskedOrSaidInReturn) {
    otlp_collector collector;
    gateway_process gateway(
        configuration_text().top(collector.configuration("content: true")).yaml()
    );
    gateway.ask(named(chat("nowhere", "the very prompt"), "wanted-1"));
    const auto told = only_span(collector.spans_of(gateway), "wanted-1").dump();
    EXPECT_THAT(told, Not(HasSubstr("the very prompt")));
    EXPECT_THAT(told, Not(HasSubstr("is configured here"))) << "a failure's message";
}

/// A request whose body waits until the head was judged.
std::string head_of(const request& message) {
    const auto bytes = message.bytes();
    return bytes.substr(0, bytes.find("\r\n\r\n") + 4);
}

/// A gateway that one stream fills, and that stream.
struct full_gateway {
    otlp_collector collector;
    gateway_process gateway{configuration_text()
                                .server("limits: {streams: 1}")
                                .server("drain: 0s")
                                .mock("rate: 1")
                                .mock("tokens: 1000")
                                .top(collector.configuration())
                                .yaml()};
    open_stream running{gateway, post("/v1/streams", {{"prompt", "the one"}})};
};

TEST(TracesOfRefusals, AreErrorsWhereTheGatewayHasTooMuchToDo) {
    full_gateway house;
    auto client = house.gateway.connect();
    client.send(head_of(named(chat("mock"), "early")));
    EXPECT_EQ(client.read_response().status, 503);
    const auto whole = named(chat("mock"), "whole");
    EXPECT_EQ(house.gateway.ask(whole).status, 503);
    // It might have joined, and is judged when it does not.
    auto joiner = named(chat("mock"), "joiner");
    EXPECT_EQ(house.gateway.ask(joiner.header("Idempotency-Key", "order-1")).status, 503);
    for (const auto* id : {"early", "whole", "joiner"})
        EXPECT_EQ(logged_trace(house.gateway, id), trace_id);

    const auto all = house.collector.spans_of(house.gateway);
    EXPECT_EQ(all.size(), 2U + 3U);
    for (const auto* id : {"early", "whole", "joiner"}) {
        SCOPED_TRACE(id);
        const auto span = only_span(all, id);
        EXPECT_EQ(attribute(span, "http.response.status_code"), "503");
        EXPECT_EQ(attribute(span, "sluice.outcome"), "shed");
        EXPECT_EQ(attribute(span, "sluice.dialect"), "openai_chat");
        EXPECT_EQ(attribute(span, "error.type"), "shed");
        EXPECT_EQ(
            span.value("status", json()), json({{"code", 2}, {"message", "overloaded_error"}})
        );
    }
}

TEST(TracesOfRefusals, TellABodyThatIsTooLarge) {
    otlp_collector collector;
    gateway_process gateway(
        configuration_text().server("limits: {body: 100KiB}").top(collector.configuration()).yaml()
    );
    const std::vector<std::pair<std::string, std::string>> dialects{
        {"/v1/messages", "anthropic_messages"}, {"/v1/models/mock:generateContent", "gemini"}};
    for (const auto& [path, dialect] : dialects) {
        auto client = gateway.connect();
        client.send(head_of(named(post_text(path, std::string(200'000, 'x')), dialect)));
        EXPECT_EQ(client.read_response().status, 413);
        EXPECT_EQ(logged_trace(gateway, dialect), trace_id);
    }
    const auto all = collector.spans_of(gateway);
    for (const auto& [path, dialect] : dialects) {
        const auto span = only_span(all, dialect);
        EXPECT_EQ(attribute(span, "http.response.status_code"), "413");
        EXPECT_EQ(attribute(span, "sluice.dialect"), dialect);
    }
}

TEST(TracesOfRefusals, ThatAreNotSampledAreInTheLogAlone) {
    otlp_collector collector;
    gateway_process gateway(configuration_text().top(collector.configuration()).yaml());
    EXPECT_EQ(gateway.ask(named(chat("nowhere"), "wanted-1", unsampled)).status, 404);
    EXPECT_EQ(gateway.ask(named(post_text("/v1/streams", "{"), "wanted-2", unsampled)).status, 400);
    EXPECT_EQ(logged_trace(gateway, "wanted-1"), trace_id);
    EXPECT_EQ(logged_trace(gateway, "wanted-2"), trace_id);
    EXPECT_TRUE(collector.spans_of(gateway).empty());
    EXPECT_EQ(collector.exports(), 0U);
}

TEST(TracesOfRefusals, AreOfRequestsForAGenerationOnly) {
    otlp_collector collector;
    gateway_process gateway(configuration_text().top(collector.configuration()).yaml());
    EXPECT_EQ(gateway.ask(named(get("/metrics"), "figures")).status, 200);
    EXPECT_EQ(gateway.ask(named(get("/v1/models"), "models")).status, 200);
    EXPECT_EQ(gateway.ask(named(get("/v1/chat/completions"), "wrong-method")).status, 405);
    EXPECT_EQ(gateway.ask(named(post("/v1/nothing", json::object()), "nothing")).status, 404);
    EXPECT_EQ(gateway.ask(named(get("/v1/streams/unknown"), "attach")).status, 404);
    auto client = gateway.connect();
    client.send("POST /v1/streams HTTP/1.1\r\nno field\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 400);
    for (const auto* id : {"figures", "models", "wrong-method", "nothing", "attach"})
        EXPECT_EQ(logged_trace(gateway, id), "none");
    EXPECT_TRUE(collector.spans_of(gateway).empty());
}

TEST(TracesOfRefusals, WithoutACollectorAreNotBegun) {
    gateway_process gateway(configuration_text().yaml());
    EXPECT_EQ(gateway.ask(named(chat("nowhere"), "wanted-1")).status, 404);
    EXPECT_EQ(logged_trace(gateway, "wanted-1"), "none");
}

TEST(TracesOfJoinedStreams, AreOneSpanOfTheOneThatJoins) {
    fake_upstream provider(say({"Hel", "lo"}));
    otlp_collector collector;
    gateway_process gateway(routed_model().openai(provider).top(collector.configuration()).yaml());
    const auto ask = [&](const std::string& id, const std::string& prompt) {
        auto message = post("/v1/streams", {{"model", "up"}, {"prompt", prompt}});
        return named(
            message.header("Idempotency-Key", "order-1"), id, id == "first" ? "" : sampled
        );
    };
    open_stream first(gateway, ask("first", "Hi"));
    const auto events = first.rest();
    open_stream second(gateway, ask("second", "Hi"));
    EXPECT_EQ(native_text(second.rest()), "Hello");
    EXPECT_EQ(gateway.ask(ask("other", "Bye")).status, 422);
    auto again = ask("again", "Hi");
    EXPECT_EQ(gateway.ask(again.header("Last-Event-ID", events.back().id)).status, 204);
    for (const auto* id : {"second", "other", "again"})
        EXPECT_EQ(logged_trace(gateway, id), trace_id);

    const auto all = collector.spans_of(gateway);
    EXPECT_EQ(all.size(), 2U + 3U);
    const auto began = spans_of(all, "first");
    ASSERT_EQ(began.size(), 1U);
    const auto joined = only_span(all, "second");
    EXPECT_EQ(attribute(joined, "http.response.status_code"), "200");
    EXPECT_EQ(attribute(joined, "sluice.outcome"), "completed");
    EXPECT_EQ(attribute(joined, "sluice.stream"), attribute(began[0], "sluice.stream"));
    EXPECT_FALSE(attribute(joined, "sluice.stream").is_null());
    EXPECT_TRUE(attribute(joined, "sluice.attempts").is_null()) << "it asked nobody";
    EXPECT_FALSE(joined.contains("status"));
    EXPECT_EQ(attribute(only_span(all, "other"), "http.response.status_code"), "422");
    const auto came_back = only_span(all, "again");
    EXPECT_EQ(attribute(came_back, "http.response.status_code"), "204");
    EXPECT_FALSE(came_back.contains("status")) << "it has had all of it";
}

TEST(TracesOfJoinedStreams, TellHowTheStreamFailed) {
    fake_upstream provider([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Hel"));
        exchange.chunk(text_frame("lo"));
        exchange.reset();
    });
    otlp_collector collector;
    gateway_process gateway(routed_model().openai(provider).top(collector.configuration()).yaml());
    const auto ask = [&](const std::string& id) {
        auto message = post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}});
        return named(message.header("Idempotency-Key", "order-1"), id);
    };
    open_stream first(gateway, ask("first"));
    const auto events = first.rest();
    open_stream joins(gateway, ask("joins"));
    joins.rest();
    auto again = ask("resumes");
    open_stream resumes(gateway, again.header("Last-Event-ID", events.front().id));
    resumes.rest();

    const auto all = collector.spans_of(gateway);
    const auto told = spans_of(all, "first").at(0);
    ASSERT_TRUE(told.contains("status")) << told.dump();
    for (const auto* id : {"joins", "resumes"}) {
        const auto span = only_span(all, id);
        EXPECT_EQ(attribute(span, "http.response.status_code"), "200") << id;
        EXPECT_EQ(attribute(span, "sluice.outcome"), attribute(told, "sluice.outcome")) << id;
        EXPECT_EQ(span.value("status", json()), told.at("status")) << id;
    }
}

TEST(TracesOfJoinedStreams, AreNoErrorsWhereTheStreamIsDetached) {
    otlp_collector collector;
    gateway_process gateway(configuration_text().top(collector.configuration()).yaml());
    for (const auto* id : {"first", "second"}) {
        auto message = named(post("/v1/streams?detach=true", {{"prompt", "Hi"}}), id);
        EXPECT_EQ(gateway.ask(message.header("Idempotency-Key", "order-1")).status, 202);
    }
    const auto joined = only_span(collector.spans_of(gateway), "second");
    EXPECT_EQ(attribute(joined, "http.response.status_code"), "202");
    EXPECT_EQ(attribute(joined, "sluice.outcome"), "detached");
    EXPECT_FALSE(joined.contains("status"));
}

}  // namespace
}  // namespace sluice::end_to_end
