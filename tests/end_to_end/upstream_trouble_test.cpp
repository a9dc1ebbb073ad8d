#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <list>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const std::string secret = "sk-upstream-secret-123";

request chat(bool stream) {
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    return post(
        "/v1/chat/completions", {{"model", "up"}, {"stream", stream}, {"messages", messages}}
    );
}

request native(bool stream) {
    return post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}, {"stream", stream}});
}

/// Each dialect, streamed and not.
std::vector<request> every_way() {
    return {chat(true), chat(false), native(true), native(false)};
}

/// One attempt for each request: how one failure is told.
configuration_text in_front_of(const fake_upstream& upstream) {
    return configuration_text()
        .upstream(upstream.base_url())
        .upstream_setting("api_key: \"" + secret + "\"")
        .policy("attempts: 1");
}

upstream_script refuse(int status, header_fields headers = {}) {
    return [status, headers = std::move(headers)](upstream_exchange& exchange) {
        exchange.read_request();
        const json error{{"message", "upstream says no"}, {"type", "t"}, {"code", "c"}};
        exchange.answer(status, json({{"error", error}}).dump(), headers);
    };
}

void expect_refusal(const http_response& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_FALSE(response.json().at("error").at("message").get<std::string>().empty());
    EXPECT_FALSE(response.header("X-Request-Id").empty());
    EXPECT_EQ(response.body.find(secret), std::string::npos);
}

TEST(UpstreamTrouble, ARefusedConnectionIsABadGateway) {
    loopback_listener taken = listen_loopback();
    taken.fd.reset();
    const gateway_process gateway(
        configuration_text()
            .upstream("http://127.0.0.1:" + std::to_string(taken.port) + "/v1")
            .policy("attempts: 1")
            .yaml()
    );
    for (const auto& message : every_way())
        expect_refusal(gateway.ask(message), 502);
}

TEST(UpstreamTrouble, ARefusedKeyIsTheGatewaysOwnFault) {
    for (const int status : {401, 403}) {
        SCOPED_TRACE(status);
        fake_upstream upstream(refuse(status));
        const gateway_process gateway(in_front_of(upstream).yaml());
        for (const auto& message : every_way()) {
            const auto response = gateway.ask(message);
            expect_refusal(response, 502);
            EXPECT_NE(response.body.find("credentials"), std::string::npos) << response.body;
        }
    }
}

TEST(UpstreamTrouble, TooManyRequestsKeepsItsRetryAfter) {
    fake_upstream upstream(refuse(429, {{"Retry-After", "7"}}));
    const gateway_process gateway(in_front_of(upstream).yaml());
    for (const auto& message : every_way()) {
        const auto response = gateway.ask(message);
        expect_refusal(response, 429);
        EXPECT_EQ(response.header("Retry-After"), "7");
    }
}

TEST(UpstreamTrouble, ABadRequestKeepsItsMeaning) {
    fake_upstream upstream(refuse(400));
    const gateway_process gateway(in_front_of(upstream).yaml());
    for (const auto& message : every_way()) {
        const auto response = gateway.ask(message);
        expect_refusal(response, 400);
        EXPECT_NE(response.body.find("upstream says no"), std::string::npos);
    }
}

TEST(UpstreamTrouble, AServerErrorIsABadGateway) {
    for (const int status : {500, 503}) {
        SCOPED_TRACE(status);
        fake_upstream upstream(refuse(status));
        const gateway_process gateway(in_front_of(upstream).yaml());
        for (const auto& message : every_way()) {
            const auto response = gateway.ask(message);
            EXPECT_GE(response.status, 502) << response.body;
            EXPECT_LE(response.status, 503) << response.body;
        }
    }
}

TEST(UpstreamTrouble, AnswersThatAreNoStreamAreErrors) {
    for (const auto* answer :
         {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
          "HTTP/1.1 204 No Content\r\n\r\n",
          "no http at all\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n"}) {
        SCOPED_TRACE(answer);
        fake_upstream upstream([&](upstream_exchange& exchange) {
            exchange.read_request();
            exchange.send(answer);
        });
        const gateway_process gateway(in_front_of(upstream).yaml());
        for (const auto& message : every_way()) {
            const auto response = gateway.ask(message);
            expect_refusal(response, 502);
            EXPECT_EQ(response.body.find("<html>"), std::string::npos);
        }
    }
}

TEST(UpstreamTrouble, RedirectsAreNotFollowed) {
    fake_upstream elsewhere(say({"stolen"}));
    fake_upstream upstream(refuse(307, {{"Location", elsewhere.base_url() + "/chat/completions"}}));
    const gateway_process gateway(in_front_of(upstream).yaml());
    for (const auto& message : every_way())
        expect_refusal(gateway.ask(message), 502);
    EXPECT_EQ(elsewhere.calls(), 0U);
}

TEST(UpstreamTrouble, AResetBeforeAnyAnswerIsABadGateway) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.reset();
    });
    const gateway_process gateway(in_front_of(upstream).yaml());
    for (const auto& message : every_way())
        expect_refusal(gateway.ask(message), 502);
    EXPECT_EQ(upstream.calls(), 4U) << "a generating POST is never silently sent twice";
}

/// Says nothing, but for the head of a stream where `head` is set.
upstream_script silence(bool head) {
    return [head](upstream_exchange& exchange) {
        exchange.read_request();
        if (head) exchange.begin_stream();
        if (head) exchange.chunk(role_frame());
        exchange.wait_closed();
    };
}

TEST(UpstreamTrouble, NoFirstTokenInTimeIsAGatewayTimeout) {
    for (const bool head : {false, true}) {
        SCOPED_TRACE(head);
        fake_upstream upstream(silence(head));
        const gateway_process gateway(
            in_front_of(upstream).policy("first_token_timeout: 300ms").yaml()
        );
        expect_refusal(gateway.ask(chat(true)), 504);
        expect_refusal(gateway.ask(native(true)), 504);
    }
}

TEST(UpstreamTrouble, NoDocumentInTimeIsAGatewayTimeout) {
    fake_upstream upstream(silence(false));
    const gateway_process gateway(in_front_of(upstream).policy("total_timeout: 300ms").yaml());
    expect_refusal(gateway.ask(chat(false)), 504);
    expect_refusal(gateway.ask(native(false)), 504);
}

TEST(UpstreamTrouble, AConnectionThatIsNotMadeInTimeIsAGatewayTimeout) {
    // A full accept queue swallows the next SYN.
    const loopback_listener full = listen_loopback(0);
    std::list<unique_fd> queue;
    queue.push_back(connect_loopback(full.port));
    const gateway_process gateway(
        configuration_text()
            .upstream("http://127.0.0.1:" + std::to_string(full.port) + "/v1")
            .upstream_setting("connect_timeout: 300ms")
            .policy("attempts: 1")
            .yaml()
    );
    expect_refusal(gateway.ask(chat(true)), 504);
}

TEST(UpstreamTrouble, AfterTheCommitmentATimeoutIsToldWithinTheStream) {
    fake_upstream upstream(silence(true));
    const gateway_process gateway(in_front_of(upstream)
                                      .server("commit_after: 50ms")
                                      .policy("first_token_timeout: 400ms")
                                      .yaml());
    open_stream chat_stream(gateway, chat(true));
    EXPECT_EQ(chat_stream.head().status, 200);
    const auto chunks = chat_stream.rest();
    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].json().at("error").at("code"), "first_token_timeout");
    open_stream native_stream(gateway, native(true));
    EXPECT_EQ(native_stream.head().status, 200);
    const auto events = native_stream.rest();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].type, "start");
    EXPECT_EQ(events[1].json().at("error").at("type"), "first_token_timeout");
}

TEST(UpstreamTrouble, ADocumentKeepsItsTrueStatusHoweverLongItTakes) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait_closed(milliseconds(300));
        exchange.answer(429, R"({"error":{"message":"slow down"}})", {{"Retry-After", "3"}});
    });
    const gateway_process gateway(in_front_of(upstream).server("commit_after: 50ms").yaml());
    expect_refusal(gateway.ask(chat(false)), 429);
    expect_refusal(gateway.ask(native(false)), 429);
}

}  // namespace
}  // namespace sluice::end_to_end
