#include "gateway/telemetry/traces/request_span.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A request that its key's limit refused.
struct told_request {
    told_request() {
        trace.context =
            *read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        trace.context.span = 0x1111;
        trace.state = "a=1";
        trace.method = "POST";
        trace.path = "/v1/chat/completions";
        trace.scheme = "https";
        trace.server = {"llm.example.com", 443};
    }

    json span() const { return json::parse(span_of(request, trace, clocks)); }

    std::chrono::steady_clock::time_point start{std::chrono::hours{5}};
    two_clocks clocks{start + 2s, std::chrono::system_clock::time_point{1'700'000'002s}};
    request_trace trace;
    served_request request{
        .operation = "chat",
        .model = "chat-small",
        .streamed = false,
        .route = "chat*",
        .dialect = "openai_chat",
        .key_id = "team-a",
        .request_id = "r1",
        .stream = {},
        .status = 429,
        .outcome = "rejected",
        .failure = "rate_limit_error",
        .asked = start,
        .ended = start + 3ms};
};

json text(const std::string& name, const std::string& value) {
    return {{"key", name}, {"value", {{"stringValue", value}}}};
}
json number(const std::string& name, const std::string& digits) {
    return {{"key", name}, {"value", {{"intValue", digits}}}};
}

/// The value of an attribute that is a text; null: there is none.
json attribute(const json& span, const std::string& name) {
    for (const auto& one : span.at("attributes")) {
        if (one.at("key") == name) return one.at("value").at("stringValue");
    }
    return nullptr;
}

/// An error of the server, or none.
bool is_error(const json& span) {
    const bool failed = span.contains("status");
    EXPECT_EQ(failed, !attribute(span, "error.type").is_null()) << span.dump();
    return failed;
}

TEST(RequestSpan, TellsARefusalWhole) {
    const json wanted{
        {"traceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
        {"spanId", "0000000000001111"},
        {"traceState", "a=1"},
        {"parentSpanId", "00f067aa0ba902b7"},
        {"flags", 0x301},
        {"name", "chat chat-small"},
        {"kind", 2},
        {"startTimeUnixNano", "1700000000000000000"},
        {"endTimeUnixNano", "1700000000003000000"},
        {"attributes",
         {text("gen_ai.operation.name", "chat"),
          text("gen_ai.request.model", "chat-small"),
          {{"key", "gen_ai.request.stream"}, {"value", {{"boolValue", false}}}},
          text("http.request.method", "POST"),
          text("url.path", "/v1/chat/completions"),
          text("url.scheme", "https"),
          text("server.address", "llm.example.com"),
          number("server.port", "443"),
          number("http.response.status_code", "429"),
          text("sluice.request_id", "r1"),
          text("sluice.key", "team-a"),
          text("sluice.route", "chat*"),
          text("sluice.dialect", "openai_chat"),
          text("sluice.outcome", "rejected")}}};
    const auto span = told_request().span();
    EXPECT_EQ(span, wanted) << span.dump(2);
}

TEST(RequestSpan, LeavesOutWhatWasNotKnownYet) {
    told_request told;
    told.trace = {};
    told.request = {
        .operation = "chat",
        .model = {},
        .streamed = {},
        .route = {},
        .dialect = "native",
        .key_id = {},
        .request_id = "r1",
        .stream = {},
        .status = 401,
        .outcome = "rejected",
        .failure = "authentication_error",
        .asked = told.start,
        .ended = told.start};
    const auto span = told.span();
    EXPECT_EQ(span.at("name"), "chat");
    EXPECT_FALSE(span.contains("parentSpanId"));
    EXPECT_FALSE(span.contains("traceState"));
    const json wanted{
        text("gen_ai.operation.name", "chat"),
        number("http.response.status_code", "401"),
        text("sluice.request_id", "r1"),
        text("sluice.dialect", "native"),
        text("sluice.outcome", "rejected")};
    EXPECT_EQ(span.at("attributes"), wanted) << span.dump(2);
}

TEST(RequestSpan, NamesTheStreamThatTheRequestJoined) {
    told_request told;
    told.request.status = 200;
    told.request.outcome = "completed";
    told.request.failure = {};
    told.request.stream = "a1b2c3d4";
    const auto span = told.span();
    EXPECT_EQ(attribute(span, "sluice.stream"), "a1b2c3d4");
    EXPECT_FALSE(is_error(span));
}

TEST(RequestSpan, IsNoErrorOfAServerThatRefuses) {
    for (const int status : {400, 401, 403, 404, 409, 422, 429, 499, 500, 503, 529}) {
        told_request told;
        told.request.status = status;
        EXPECT_EQ(is_error(told.span()), status >= 500) << status;
    }
}

TEST(RequestSpan, TellsAsAnErrorWhatWasShed) {
    told_request told;
    told.request.status = 503;
    told.request.outcome = "shed";
    told.request.failure = "overloaded_error";
    const auto span = told.span();
    EXPECT_EQ(attribute(span, "sluice.outcome"), "shed");
    EXPECT_EQ(attribute(span, "error.type"), "shed");
    EXPECT_EQ(span.at("status"), json({{"code", 2}, {"message", "overloaded_error"}}));
}

/// Its head has gone out already when a joined stream fails.
TEST(RequestSpan, TellsAsAnErrorAStreamThatBrokeBehindItsHead) {
    for (const std::string outcome : {"upstream_error", "gap", "slow_reader"}) {
        told_request told;
        told.request.status = 200;
        told.request.outcome = outcome;
        told.request.failure = {};
        const auto span = told.span();
        EXPECT_EQ(attribute(span, "error.type"), outcome);
        EXPECT_EQ(span.at("status"), json({{"code", 2}, {"message", outcome}}));
    }
}

TEST(RequestSpan, IsNoErrorWhereSomebodyWantedTheEndOrThereWasNone) {
    for (const std::string outcome :
         {"completed", "client_gone", "cancelled", "budget", "detached"}) {
        told_request told;
        told.request.status = outcome == "detached" ? 202 : 200;
        told.request.outcome = outcome;
        const auto span = told.span();
        EXPECT_FALSE(is_error(span)) << outcome;
        EXPECT_EQ(attribute(span, "sluice.outcome"), outcome);
    }
    told_request seen;  // who comes back after the end
    seen.request.status = 204;
    seen.request.outcome = {};
    EXPECT_FALSE(is_error(seen.span()));
    EXPECT_TRUE(attribute(seen.span(), "sluice.outcome").is_null());
}

TEST(RequestSpan, IsAnErrorWhereNobodyWasAnswered) {
    told_request told;
    told.request.status = 0;
    told.request.outcome = {};
    told.request.failure = {};
    const auto span = told.span();
    EXPECT_EQ(span.at("status"), json({{"code", 2}}));
    EXPECT_EQ(span.dump().find("status_code"), std::string::npos);
}

TEST(RequestSpan, IsNotNamedAfterAModelThatNobodyConfigured) {
    told_request told;
    told.request.route = {};
    const auto span = told.span();
    EXPECT_EQ(span.at("name"), "chat");
    EXPECT_EQ(attribute(span, "gen_ai.request.model"), "chat-small");
}

TEST(RequestSpan, BoundsTheNamesThatOthersGive) {
    told_request told;
    const std::string endless(10'000, 'x');
    told.request.model = endless;
    told.request.status = 502;
    told.request.failure = endless;
    const auto span = told.span();
    EXPECT_EQ(span.at("name"), "chat " + endless.substr(0, 256));
    EXPECT_EQ(span.at("status").at("message"), endless.substr(0, 256));
    EXPECT_LT(span.dump().size(), 2000U);
}

}  // namespace
}  // namespace sluice::gateway
