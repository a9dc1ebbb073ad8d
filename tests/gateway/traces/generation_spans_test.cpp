#include "gateway/telemetry/traces/generation_spans.hpp"

#include "gateway/telemetry/traces/otlp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// A generation whose first provider refuses and whose second one answers.
struct told_generation {
    told_generation() {
        trace.context =
            *read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        trace.context.span = 0x1111;
        trace.method = "POST";
        trace.path = "/v1/chat/completions";
        trace.scheme = "http";
        trace.server = {"llm.example.com", 8080};
        trace.stream = "a1b2c3d4";
        trace.wishes.max_tokens = 64;
        trace.wishes.temperature = 0.5;
        trace.providers["claude"] = {"api.anthropic.com", 443};
        head.attempts = 2;
        head.target = "claude/claude-x";
        head.trail = {refused(), answered()};
    }

    upstream::attempt_record refused() const {
        upstream::attempt_record made;
        made.provider = "openai";
        made.vendor = "openai";
        made.model = "gpt-x";
        made.span = 0x2222;
        made.began = start + 1ms;
        made.ended = start + 5ms;
        made.outcome = "upstream_error";
        made.status = 429;
        made.error_type = "rate_limit_error";
        return made;
    }
    upstream::attempt_record answered() const {
        upstream::attempt_record made;
        made.provider = "claude";
        made.vendor = "bedrock";
        made.model = "claude-x";
        made.span = 0x3333;
        made.began = start + 6ms;
        made.first_content = start + 256ms;
        made.ended = start + 900ms;
        made.outcome = "completed";
        made.status = 200;
        made.request_id = "req-1";
        return made;
    }

    std::vector<json> spans(const transcript* said = nullptr) const {
        generation_record record{
            .route = "chat*",
            .model = "chat",
            .dialect = "openai_chat",
            .operation = "chat",
            .key_id = "team-a",
            .request_id = "r1",
            .streamed = streamed,
            .asked = start,
            .begun = start + 1ms,
            .first_content = start + 256ms,
            .ended = start + 1000ms,
            .usage = usage,
            .status = status,
            .ending = ending,
            .upstream = head};
        std::vector<json> read;
        for (const auto& text : spans_of(record, trace, said, clocks))
            read.push_back(json::parse(text));
        return read;
    }

    std::chrono::steady_clock::time_point start{std::chrono::hours{5}};
    two_clocks clocks{start + 2s, std::chrono::system_clock::time_point{1'700'000'002s}};
    bool streamed = true;
    int status = 200;
    request_trace trace;
    upstream::response_head head;
    upstream::ending ending;
    upstream::usage usage;
};

json text(const std::string& name, const std::string& value) {
    return {{"key", name}, {"value", {{"stringValue", value}}}};
}
json number(const std::string& name, const std::string& digits) {
    return {{"key", name}, {"value", {{"intValue", digits}}}};
}
json real(const std::string& name, double value) {
    return {{"key", name}, {"value", {{"doubleValue", value}}}};
}
json flag(const std::string& name, bool value) {
    return {{"key", name}, {"value", {{"boolValue", value}}}};
}

/// The value of an attribute in its own form; null: there is none.
json attribute(const json& span, const std::string& name) {
    for (const auto& one : span.at("attributes")) {
        if (one.at("key") == name) return one.at("value");
    }
    return nullptr;
}

TEST(GenerationSpans, TellTheRequestWhole) {
    const auto spans = told_generation().spans();
    ASSERT_EQ(spans.size(), 3U);
    const json wanted{
        {"traceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
        {"spanId", "0000000000001111"},
        {"parentSpanId", "00f067aa0ba902b7"},
        {"flags", 0x301},
        {"name", "chat chat"},
        {"kind", 2},
        {"startTimeUnixNano", "1700000000000000000"},
        {"endTimeUnixNano", "1700000001000000000"},
        {"attributes",
         {text("gen_ai.operation.name", "chat"),
          text("gen_ai.request.model", "chat"),
          flag("gen_ai.request.stream", true),
          text("http.request.method", "POST"),
          text("url.path", "/v1/chat/completions"),
          text("url.scheme", "http"),
          text("server.address", "llm.example.com"),
          number("server.port", "8080"),
          number("http.response.status_code", "200"),
          text("sluice.request_id", "r1"),
          text("sluice.key", "team-a"),
          text("sluice.route", "chat*"),
          text("sluice.dialect", "openai_chat"),
          text("sluice.stream", "a1b2c3d4"),
          text("sluice.target", "claude/claude-x"),
          number("sluice.attempts", "2"),
          text("sluice.outcome", "completed")}},
        {"events", {{{"timeUnixNano", "1700000000256000000"}, {"name", "first_token"}}}}};
    EXPECT_EQ(spans[0], wanted) << spans[0].dump(2);
}

TEST(GenerationSpans, TellAnAttemptThatFailed) {
    const json wanted{
        {"traceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
        {"spanId", "0000000000002222"},
        {"parentSpanId", "0000000000001111"},
        {"flags", 0x101},
        {"name", "chat gpt-x"},
        {"kind", 3},
        {"startTimeUnixNano", "1700000000001000000"},
        {"endTimeUnixNano", "1700000000005000000"},
        {"attributes",
         {text("gen_ai.operation.name", "chat"),
          text("gen_ai.request.model", "gpt-x"),
          flag("gen_ai.request.stream", true),
          text("gen_ai.provider.name", "openai"),
          number("gen_ai.request.max_tokens", "64"),
          real("gen_ai.request.temperature", 0.5),
          number("http.response.status_code", "429"),
          text("sluice.provider", "openai"),
          number("sluice.attempt", "1"),
          text("sluice.outcome", "upstream_error"),
          text("error.type", "upstream_error")}},
        {"status", {{"code", 2}, {"message", "rate_limit_error"}}}};
    const auto span = told_generation().spans()[1];
    EXPECT_EQ(span, wanted) << span.dump(2);
}

TEST(GenerationSpans, TellTheAttemptThatAnswered) {
    told_generation told;
    told.usage.input_tokens = 12;
    told.usage.output_tokens = 34;
    told.usage.cached_tokens = 5;
    told.usage.cache_write_tokens = 6;
    told.usage.reasoning_tokens = 7;
    upstream::batch batch;
    batch.items = {
        upstream::identity{"msg_1", "claude-x-2"},
        upstream::finish{0, upstream::finish_reason::stop}};
    told.trace.answer.see(batch);
    const auto spans = told.spans();
    const json wanted{
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.request.model", "claude-x"),
        flag("gen_ai.request.stream", true),
        text("gen_ai.provider.name", "aws.bedrock"),
        number("gen_ai.request.max_tokens", "64"),
        real("gen_ai.request.temperature", 0.5),
        text("server.address", "api.anthropic.com"),
        number("server.port", "443"),
        real("gen_ai.response.time_to_first_chunk", 0.25),
        number("http.response.status_code", "200"),
        text("sluice.upstream_request_id", "req-1"),
        text("gen_ai.response.id", "msg_1"),
        text("gen_ai.response.model", "claude-x-2"),
        {{"key", "gen_ai.response.finish_reasons"},
         {"value", {{"arrayValue", {{"values", {{{"stringValue", "stop"}}}}}}}}},
        number("gen_ai.usage.input_tokens", "12"),
        number("gen_ai.usage.output_tokens", "34"),
        number("gen_ai.usage.cache_read.input_tokens", "5"),
        number("gen_ai.usage.cache_write.input_tokens", "6"),
        number("gen_ai.usage.reasoning.output_tokens", "7"),
        text("sluice.provider", "claude"),
        number("sluice.attempt", "2"),
        text("sluice.outcome", "completed")};
    EXPECT_EQ(spans[2].at("attributes"), wanted) << spans[2].dump(2);
    EXPECT_FALSE(spans[2].contains("status"));
    for (const auto& other : {spans[0], spans[1]})
        EXPECT_TRUE(attribute(other, "gen_ai.usage.input_tokens").is_null()) << "counted twice";
}

TEST(GenerationSpans, HaveNoParentWhereTheTraceBeginsHere) {
    told_generation told;
    told.trace.context.parent = 0;
    told.trace.state = "a=1";
    const auto span = told.spans()[0];
    EXPECT_FALSE(span.contains("parentSpanId"));
    EXPECT_EQ(span.at("flags"), 0x101);
    EXPECT_EQ(span.at("traceState"), "a=1");
}

TEST(GenerationSpans, LeaveOutAttemptsThatWereNotMade) {
    told_generation told;
    told.head.trail[0].outcome = "skipped";
    const auto spans = told.spans();
    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(spans[1].at("spanId"), "0000000000003333");
}

TEST(GenerationSpans, EndWithTheGenerationWhereAnAttemptWasUnderWay) {
    told_generation told;
    told.head.trail[1].outcome = {};
    told.ending.outcome = upstream::outcome::progress_timeout;
    told.ending.failure.emplace();
    told.ending.failure->type = "timeout_error";
    const auto spans = told.spans();
    for (const auto& span : {spans[0], spans[2]}) {
        EXPECT_EQ(span.at("endTimeUnixNano"), "1700000001000000000");
        EXPECT_EQ(attribute(span, "sluice.outcome").at("stringValue"), "progress_timeout");
        EXPECT_EQ(attribute(span, "error.type").at("stringValue"), "progress_timeout");
        EXPECT_EQ(span.at("status").at("code"), 2);
        EXPECT_EQ(span.at("status").at("message"), "timeout_error");
    }
}

TEST(GenerationSpans, AreNoErrorsOfAServerThatRefuses) {
    for (const int status : {400, 429, 499, 500, 504}) {
        told_generation told;
        told.status = status;
        told.ending.outcome = upstream::outcome::upstream_error;
        told.ending.failure.emplace();
        told.head.trail[1].outcome = {};
        const auto spans = told.spans();
        EXPECT_EQ(spans[0].contains("status"), status >= 500) << status;
        EXPECT_EQ(attribute(spans[0], "error.type").is_null(), status < 500) << status;
        EXPECT_EQ(attribute(spans[0], "sluice.outcome").at("stringValue"), "upstream_error");
        EXPECT_EQ(spans[2].at("status").at("code"), 2) << "it is one of the client's";
    }
}

TEST(GenerationSpans, TellNoFirstPieceOfADocumentThatWasRelayedWhole) {
    const auto tell_it = [](const std::vector<json>& spans) {
        const bool event = spans[0].contains("events");
        const auto* name = "gen_ai.response.time_to_first_chunk";
        EXPECT_EQ(attribute(spans[2], name).is_null(), !event);
        return event;
    };
    told_generation told;
    told.streamed = false;
    EXPECT_TRUE(tell_it(told.spans())) << "it was asked for in pieces";
    told.head.transparent = true;
    EXPECT_FALSE(tell_it(told.spans()));
    told.streamed = true;
    EXPECT_TRUE(tell_it(told.spans()));
}

TEST(GenerationSpans, CountNoTokensOfWhatFailedBeforeThereWereAny) {
    const auto* name = "gen_ai.usage.output_tokens";
    told_generation told;
    told.usage.output_tokens = 0;
    EXPECT_EQ(attribute(told.spans()[2], name).at("intValue"), "0");
    told.ending.outcome = upstream::outcome::upstream_error;
    EXPECT_TRUE(attribute(told.spans()[2], name).is_null());
    told.usage.output_tokens = 3;
    EXPECT_EQ(attribute(told.spans()[2], name).at("intValue"), "3") << "it broke off";
}

TEST(GenerationSpans, AreNoErrorsWhereSomebodyWantedTheEnd) {
    using upstream::outcome;
    for (const auto how : {outcome::client_gone, outcome::cancelled, outcome::budget}) {
        told_generation told;
        told.ending.outcome = how;
        told.ending.failure.emplace();
        told.head.trail[0].outcome = "superseded";
        for (const auto& span : told.spans()) {
            EXPECT_FALSE(span.contains("status")) << span.dump();
            EXPECT_TRUE(attribute(span, "error.type").is_null());
        }
    }
}

TEST(GenerationSpans, DoNotQuoteWhatAFailureSays) {
    told_generation told;
    told.ending.outcome = upstream::outcome::upstream_error;
    told.ending.failure.emplace();
    told.ending.failure->message = "no such thing: 'a secret prompt'";
    for (const auto& span : told.spans())
        EXPECT_THAT(span.dump(), Not(HasSubstr("secret")));
}

TEST(GenerationSpans, HavePromptAndAnswerOnlyWhereTheyAreHandedOver) {
    upstream::request asked;
    asked.messages.emplace_back().content.emplace_back(upstream::text_part{"what is a sluice?"});
    transcript said(asked);
    upstream::batch batch;
    batch.items = {upstream::text_delta{0, "a gate"}};
    said.see(batch);
    const told_generation told;
    const auto spans = told.spans(&said);
    const auto prompt = attribute(spans[2], "gen_ai.input.messages").at("stringValue");
    EXPECT_EQ(
        json::parse(prompt.get<std::string>()),
        json::parse(R"([{"role":"user","parts":[{"type":"text","content":"what is a sluice?"}]}])")
    );
    const auto answer = attribute(spans[2], "gen_ai.output.messages").at("stringValue");
    EXPECT_THAT(answer.get<std::string>(), HasSubstr("a gate"));
    for (const auto& span : told.spans())
        EXPECT_THAT(span.dump(), Not(HasSubstr("gen_ai.input")));
}

TEST(GenerationSpans, AreJsonWhateverTheNames) {
    told_generation told;
    told.head.trail[1].model = "a\"b\\\n\xff" + std::string(1000, 'x');
    told.trace.path = "/\x01";
    const auto spans = told.spans();
    const auto name = spans[2].at("name").get<std::string>();
    EXPECT_TRUE(name.starts_with("chat a\"b\\\n\xEF\xBF\xBDx")) << name;
    EXPECT_LT(name.size(), 300U);
    EXPECT_EQ(attribute(spans[0], "url.path").at("stringValue"), "/\x01");
}

TEST(GenerationSpans, NeverEndBeforeTheyBegin) {
    told_generation told;
    told.head.trail[0].ended = {};
    const auto span = told.spans()[1];
    EXPECT_EQ(span.at("startTimeUnixNano"), span.at("endTimeUnixNano"));
}

TEST(Envelope, NamesTheServiceAndTheProcess) {
    const auto made = otlp::make_envelope("my \"gateway\"", "instance-1");
    const auto read = json::parse(made.head + "{}" + made.tail);
    const auto& resource = read.at("resourceSpans").at(0);
    EXPECT_EQ(
        attribute(resource.at("resource"), "service.name").at("stringValue"), "my \"gateway\""
    );
    EXPECT_EQ(
        attribute(resource.at("resource"), "service.instance.id").at("stringValue"), "instance-1"
    );
    EXPECT_FALSE(attribute(resource.at("resource"), "service.version").is_null());
    EXPECT_FALSE(attribute(resource.at("resource"), "telemetry.sdk.name").is_null());
    EXPECT_EQ(resource.at("scopeSpans").at(0).at("scope").at("name"), "sluice");
    EXPECT_EQ(resource.at("scopeSpans").at(0).at("spans").size(), 1U);
}

TEST(Envelope, NamesEachProcessAnew) {
    const auto one = otlp::make_instance_id();
    EXPECT_THAT(
        one,
        ::testing::MatchesRegex(
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
        )
    );
    EXPECT_NE(one, otlp::make_instance_id());
}

}  // namespace
}  // namespace sluice::gateway
