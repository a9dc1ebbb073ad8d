#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/otlp_collector.hpp"
#include "tests/end_to_end/support/routed_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string callers_span = "00f067aa0ba902b7";
const std::string sampled = "00-" + trace_id + "-" + callers_span + "-01";
const std::string unsampled = "00-" + trace_id + "-" + callers_span + "-00";

/// A gateway with model `up` at that provider, and traces.
std::string traced(
    const fake_upstream& provider, const otlp_collector& collector, const std::string& more = {}
) {
    return routed_model().openai(provider).top(collector.configuration(more)).yaml();
}

std::string read_whole(const gateway_process& gateway, const request& message) {
    open_stream stream(gateway, message);
    return chat_text(stream.rest());
}

TEST(Traces, GoOnFromTheCallerThroughTheGatewayToTheProvider) {
    fake_upstream provider(say({"Hello", " there"}));
    otlp_collector collector;
    gateway_process gateway(traced(provider, collector));
    const auto message = ask_chat()
                             .header("traceparent", sampled)
                             .header("tracestate", "vendor=1")
                             .header("baggage", "user=secret")
                             .header("X-Request-Id", "wanted-1");
    EXPECT_EQ(read_whole(gateway, message), "Hello there");
    const auto told = provider.expect_request();
    const auto line = json::parse(gateway.wait_for_log({"wanted-1"}));
    EXPECT_EQ(line.at("trace_id"), trace_id);

    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    const auto& served = spans[0];
    const auto& asked = spans[1];
    EXPECT_EQ(served.at("traceId"), trace_id);
    EXPECT_EQ(served.at("parentSpanId"), callers_span);
    EXPECT_EQ(served.at("kind"), 2);
    EXPECT_EQ(asked.at("traceId"), trace_id);
    EXPECT_EQ(asked.at("parentSpanId"), served.at("spanId"));
    EXPECT_EQ(asked.at("kind"), 3);
    EXPECT_EQ(
        told.header("traceparent"), "00-" + trace_id + "-" + asked.value("spanId", "") + "-01"
    );
    EXPECT_EQ(told.header("tracestate"), "vendor=1");
    EXPECT_EQ(told.header("baggage"), "");
}

TEST(Traces, TellWhatWasAskedAndAnswered) {
    fake_upstream provider([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Hello") + finish_frame() + usage_frame(11, 22));
        exchange.chunk(done_frame);
        exchange.finish();
    });
    otlp_collector collector;
    gateway_process gateway(traced(provider, collector));
    const json body{
        {"model", "up"},
        {"stream", true},
        {"max_tokens", 64},
        {"temperature", 0.5},
        {"stop", json::array({"END"})},
        {"messages", one_turn()}};
    EXPECT_EQ(read_whole(gateway, post("/v1/chat/completions", body)), "Hello");

    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    const auto& served = spans[0];
    EXPECT_FALSE(served.contains("parentSpanId"));
    EXPECT_EQ(served.at("name"), "chat up");
    EXPECT_EQ(attribute(served, "http.request.method"), "POST");
    EXPECT_EQ(attribute(served, "url.path"), "/v1/chat/completions");
    EXPECT_EQ(attribute(served, "http.response.status_code"), "200");
    EXPECT_EQ(attribute(served, "sluice.outcome"), "completed");
    EXPECT_EQ(attribute(served, "sluice.attempts"), "1");
    EXPECT_EQ(served.at("events").at(0).at("name"), "first_token");
    EXPECT_FALSE(served.contains("status"));
    const auto& asked = spans[1];
    EXPECT_EQ(asked.at("name"), "chat model-1");
    EXPECT_EQ(attribute(asked, "gen_ai.provider.name"), "openai");
    EXPECT_EQ(attribute(asked, "gen_ai.request.model"), "model-1");
    EXPECT_EQ(attribute(asked, "gen_ai.request.max_tokens"), "64");
    EXPECT_EQ(attribute(asked, "gen_ai.request.temperature"), 0.5);
    EXPECT_EQ(
        attribute(asked, "gen_ai.request.stop_sequences").at("values").at(0).at("stringValue"),
        "END"
    );
    EXPECT_EQ(attribute(asked, "gen_ai.usage.input_tokens"), "11");
    EXPECT_EQ(attribute(asked, "gen_ai.usage.output_tokens"), "22");
    EXPECT_EQ(
        attribute(asked, "gen_ai.response.finish_reasons").at("values").at(0).at("stringValue"),
        "stop"
    );
    EXPECT_GE(attribute(asked, "gen_ai.response.time_to_first_chunk"), 0);
    EXPECT_EQ(attribute(asked, "server.address"), "127.0.0.1");
    EXPECT_EQ(attribute(asked, "server.port"), std::to_string(provider.port()));
    EXPECT_EQ(attribute(asked, "sluice.upstream_request_id"), "req-fake");
}

TEST(Traces, BeginHereWhereTheCallerHasNone) {
    fake_upstream provider(say({"Hello"}));
    otlp_collector collector;
    gateway_process gateway(traced(provider, collector));
    read_whole(
        gateway, ask_chat().header("traceparent", "nonsense").header("tracestate", "vendor=1")
    );
    const auto told = provider.expect_request();
    EXPECT_THAT(told.header("traceparent"), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    EXPECT_EQ(told.header("tracestate"), "") << "it belongs to no trace";
    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(told.header("traceparent").substr(3, 32), spans[0].at("traceId"));
    EXPECT_FALSE(spans[0].contains("parentSpanId"));
}

TEST(Traces, HaveASpanForEachProviderThatWasAsked) {
    fake_upstream first(refuse(429));
    fake_upstream second(say({"Hello"}));
    otlp_collector collector;
    gateway_process gateway(routed_model()
                                .openai(first)
                                .openai(second, "priority: 2")
                                .policy("attempts: 2")
                                .top(collector.configuration())
                                .yaml());
    EXPECT_EQ(read_whole(gateway, ask_chat().header("traceparent", sampled)), "Hello");
    const auto refused = first.expect_request().header("traceparent");
    const auto answered = second.expect_request().header("traceparent");
    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 3U);
    EXPECT_EQ(attribute(spans[0], "sluice.attempts"), "2");
    EXPECT_EQ(attribute(spans[0], "sluice.target"), "second/model-2");
    EXPECT_FALSE(spans[0].contains("status")) << "the client noticed nothing";
    EXPECT_EQ(spans[1].at("spanId"), refused.substr(36, 16));
    EXPECT_EQ(spans[2].at("spanId"), answered.substr(36, 16));
    EXPECT_EQ(spans[1].at("parentSpanId"), spans[0].at("spanId"));
    EXPECT_EQ(spans[2].at("parentSpanId"), spans[0].at("spanId"));
    EXPECT_EQ(spans[1].at("status").at("code"), 2);
    EXPECT_EQ(attribute(spans[1], "error.type"), "upstream_error");
    EXPECT_EQ(spans[1].at("status").at("message"), "rate_limit_error");
    EXPECT_EQ(attribute(spans[1], "http.response.status_code"), "429");
    EXPECT_FALSE(spans[2].contains("status"));
}

TEST(Traces, TellOfRequestsThatNobodyAnswers) {
    fake_upstream provider(refuse(400));
    otlp_collector collector;
    gateway_process gateway(traced(provider, collector));
    EXPECT_EQ(gateway.ask(ask_chat()).status, 400);
    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(attribute(spans[0], "http.response.status_code"), "400");
    EXPECT_FALSE(spans[0].contains("status")) << "who refuses as it should has not failed";
    EXPECT_EQ(spans[1].at("status").at("code"), 2);
    for (const auto& span : spans) {
        EXPECT_THAT(span.dump(), Not(HasSubstr("upstream says no"))) << "it may quote the prompt";
    }
}

TEST(Traces, ThatAreNotSampledHaveNoSpansButGoOn) {
    fake_upstream provider(say({"Hello"}));
    otlp_collector collector;
    gateway_process gateway(traced(provider, collector, "sample: 0"));
    read_whole(
        gateway, ask_chat().header("traceparent", unsampled).header("X-Request-Id", "wanted-1")
    );
    const auto told = provider.expect_request().header("traceparent");
    EXPECT_THAT(told, MatchesRegex("00-" + trace_id + "-[0-9a-f]{16}-00"));
    EXPECT_THAT(told, Not(HasSubstr(callers_span)));
    EXPECT_EQ(json::parse(gateway.wait_for_log({"wanted-1"})).at("trace_id"), trace_id);
    read_whole(gateway, ask_chat());
    EXPECT_THAT(provider.expect_request().header("traceparent"), MatchesRegex("00-.*-00"));
    EXPECT_TRUE(collector.spans_of(gateway).empty());
    EXPECT_EQ(collector.exports(), 0U);
}

TEST(Traces, HavePromptsAndAnswersOnlyWhereTheyAreWanted) {
    for (const bool wanted : {false, true}) {
        fake_upstream provider(say({"the very answer"}));
        otlp_collector collector;
        gateway_process gateway(traced(provider, collector, wanted ? "content: true" : ""));
        const json body{
            {"model", "up"}, {"stream", true}, {"messages", one_turn("the very prompt")}};
        read_whole(gateway, post("/v1/chat/completions", body));
        const auto spans = collector.spans_of(gateway);
        ASSERT_EQ(spans.size(), 2U);
        if (!wanted) {
            EXPECT_THAT(json(spans).dump(), Not(HasSubstr("the very"))) << "content was not wanted";
            continue;
        }
        EXPECT_THAT(attribute(spans[1], "gen_ai.input.messages").dump(), HasSubstr("very prompt"));
        const auto answer = attribute(spans[1], "gen_ai.output.messages").get<std::string>();
        EXPECT_EQ(
            json::parse(answer),
            json::parse(R"([{"role": "assistant", "parts": [{"type":)"
                        R"("text", "content": "the very answer"}],)"
                        R"("finish_reason": "stop"}])")
        );
    }
}

TEST(Traces, HaveThoughtsAndCallsOfEachChoiceOfARelayedAnswer) {
    fake_upstream provider([](upstream_exchange& exchange) {
        const auto choice = [](int index, const json& delta, const json& reason = nullptr) {
            const json one{{"index", index}, {"delta", delta}, {"finish_reason", reason}};
            return data_frame({{"id", "1"}, {"choices", json::array({one})}});
        };
        const json function{{"name", "look"}, {"arguments", "{\"at\":1}"}};
        const json call{{"index", 0}, {"id", "c1"}, {"function", function}};
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(choice(0, {{"reasoning_content", "hm"}}));
        exchange.chunk(choice(1, {{"content", "Hello"}}, "length"));
        exchange.chunk(choice(0, {{"tool_calls", json::array({call})}}));
        exchange.chunk(choice(0, json::object(), "tool_calls"));
        exchange.chunk(done_frame);
        exchange.finish();
    });
    otlp_collector collector;
    gateway_process gateway(traced(provider, collector, "content: true"));
    const json body{
        {"model", "up"}, {"stream", true}, {"n", 2}, {"messages", one_turn("Look it up")}};
    read_whole(gateway, post("/v1/chat/completions", body));
    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    const auto answer = attribute(spans[1], "gen_ai.output.messages").get<std::string>();
    EXPECT_EQ(json::parse(answer), json::parse(R"([
        {"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "hm"},
            {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"at": 1}}]},
        {"role": "assistant", "finish_reason": "length", "parts": [
            {"type": "text", "content": "Hello"}]}])"));
}

TEST(Traces, HaveWhatWasHeldBackOfAnAnswerWhoseClientLeft) {
    fake_upstream provider([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(
            R"(data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"look",)"
            R"("willContinue":true,"partialArgs":[{"jsonPath":"$.at","stringValue":"Oslo"}]}}]}}]})"
            "\n\n"
        );
        exchange.chunk("data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n");
        exchange.wait_closed();
    });
    otlp_collector collector;
    gateway_process gateway(
        routed_model().gemini(provider).top(collector.configuration("content: true")).yaml()
    );
    {
        const json body{{"contents", {{{"role", "user"}, {"parts", {{{"text", "Where?"}}}}}}}};
        open_stream leaves(gateway, post("/v1beta/models/up:streamGenerateContent?alt=sse", body));
        leaves.next();
        leaves.next();
    }
    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(attribute(spans[0], "sluice.outcome"), "client_gone");
    const auto answer = attribute(spans[1], "gen_ai.output.messages").get<std::string>();
    EXPECT_EQ(json::parse(answer).at(0).at("parts").at(0).at("arguments"), json({{"at", "Oslo"}}));
}

TEST(Traces, OfTheLogsContentAreNot) {
    fake_upstream provider(say({"the very answer"}));
    otlp_collector collector;
    auto yaml = traced(provider, collector);
    yaml.replace(yaml.find("{format: json}"), 14, "{format: json, content: true}");
    gateway_process gateway(yaml);
    read_whole(gateway, ask_chat());
    EXPECT_THAT(json(collector.spans_of(gateway)).dump(), Not(HasSubstr("the very")));
}

TEST(Traces, WithoutACollectorAreTheCallersOwn) {
    fake_upstream provider(say({"Hello"}));
    gateway_process gateway(routed_model().openai(provider).yaml());
    read_whole(
        gateway,
        ask_chat()
            .header("traceparent", sampled)
            .header("tracestate", "a=1")
            .header("X-Request-Id", "wanted-1")
    );
    const auto told = provider.expect_request();
    EXPECT_EQ(told.header("traceparent"), sampled);
    EXPECT_EQ(told.header("tracestate"), "a=1");
    EXPECT_THAT(gateway.wait_for_log({"wanted-1"}), Not(HasSubstr("trace_id")));
    read_whole(gateway, ask_chat());
    EXPECT_EQ(provider.expect_request().header("traceparent"), "");
}

TEST(Traces, AreSentWithinSecondsAndWithTheConfiguredHeaders) {
    otlp_collector collector;
    gateway_process gateway(
        configuration_text()
            .top(collector.configuration("service_name: my-gateway, headers: {x-tenant: \"42\"}"))
            .yaml()
    );
    open_stream(gateway, post("/v1/streams", {{"prompt", "Hi"}})).rest();
    const auto sent = collector.expect_request();
    EXPECT_EQ(sent.header("Content-Type"), "application/json");
    EXPECT_EQ(sent.header("x-tenant"), "42");
    const auto body = sent.json();
    EXPECT_EQ(read_export(body).size(), 2U);
    const auto& resource = body.at("resourceSpans").at(0).at("resource");
    EXPECT_EQ(attribute(resource, "service.name"), "my-gateway");
    EXPECT_THAT(attribute(resource, "service.version"), HasSubstr("."));
}

TEST(Traces, OfACollectorThatIsDownAreDroppedAndStreamsGoOn) {
    const auto nobody = [] { return otlp_collector().configuration("queue: 4"); }();
    gateway_process gateway(configuration_text().top(nobody).yaml());
    for (int i = 0; i < 10; ++i) {
        open_stream stream(gateway, post("/v1/streams", {{"prompt", "Hi"}}));
        EXPECT_EQ(stream.rest().back().type, "done");
    }
    EXPECT_FALSE(gateway.wait_for_log({"spans are dropped"}).empty()) << gateway.log();
    EXPECT_FALSE(gateway.wait_for_log({"traces are not exported"}).empty()) << gateway.log();
    gateway.signal(SIGTERM);
    EXPECT_EQ(gateway.wait_exit(), 0);
    EXPECT_EQ(count_of(gateway.log(), "spans are dropped"), 1U);
    EXPECT_EQ(count_of(gateway.log(), "traces are not exported"), 1U);
}

TEST(Traces, OfStreamsThatADrainEndsAreSentBeforeTheEnd) {
    otlp_collector collector;
    gateway_process gateway(
        configuration_text().server("drain: 0s").top(collector.configuration()).yaml()
    );
    open_stream stream(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    stream.expect_next();
    const auto spans = collector.spans_of(gateway);
    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(attribute(spans[0], "sluice.outcome"), "drained");
    EXPECT_THAT(attribute(spans[0], "sluice.stream"), MatchesRegex("[0-9a-f]{8}"));
    EXPECT_THAT(json(spans).dump(), Not(HasSubstr(stream.id()))) << "the id is a right to read";
}

TEST(Traces, DoNotHoldUpTheEndWhereTheCollectorDoesNotAnswer) {
    fake_upstream silent([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait_closed(2 * patience);
    });
    gateway_process gateway(configuration_text()
                                .top(
                                    "telemetry: {traces: {endpoint: \"http://127.0.0.1:" +
                                    std::to_string(silent.port()) + "\"}}"
                                )
                                .yaml());
    open_stream(gateway, post("/v1/streams", {{"prompt", "Hi"}})).rest();
    const auto start = steady::now();
    gateway.signal(SIGTERM);
    EXPECT_EQ(gateway.wait_exit(), 0);
    EXPECT_LT(steady::now() - start, milliseconds(sanitized ? 6000 : 3500));
    EXPECT_THAT(gateway.log(), HasSubstr("stopped")) << "it ended in order";
}

TEST(Traces, GoWhereTheNextConfigurationSays) {
    otlp_collector first;
    otlp_collector second;
    gateway_process gateway(configuration_text().top(first.configuration()).yaml());
    open_stream(gateway, post("/v1/streams", {{"prompt", "Hi"}})).rest();
    EXPECT_EQ(first.expect_spans(2).size(), 2U);
    gateway.folder().write("sluice.yaml", configuration_text().top(second.configuration()).yaml());
    gateway.signal(SIGHUP);
    ASSERT_FALSE(gateway.wait_for_log({"configuration reloaded"}).empty()) << gateway.log();
    open_stream(gateway, post("/v1/streams", {{"prompt", "Hi"}})).rest();
    EXPECT_EQ(second.spans_of(gateway).size(), 2U);
    EXPECT_EQ(first.exports(), 1U);
}

}  // namespace
}  // namespace sluice::end_to_end
