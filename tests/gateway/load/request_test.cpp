#include "gateway/load/request.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::load::testing {

namespace {

plan plan_to(const char* url) {
    plan settings;
    settings.to = *parse_target(url);
    settings.headers = {{"X-Name", "value"}};
    return settings;
}

TEST(LoadRequest, TellsTheProviderWhatToSend) {
    plan settings = plan_to("http://127.0.0.1:8080/v1/chat/completions");
    settings.tokens = 5;
    settings.rate = 0.5;
    settings.ttft_ms = 20;
    EXPECT_EQ(
        request_for(settings, 7),
        "POST /v1/chat/completions HTTP/1.1\r\n"
        "Host: 127.0.0.1:8080\r\n"
        "Accept: text/event-stream\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 112\r\n"
        "X-Name: value\r\n"
        "\r\n"
        R"({"model":"bench","stream":true,"messages":[{"role":"user",)"
        R"("content":"bench id=7 tokens=5 rate=0.5 ttft_ms=20"}]})"
    );
}

TEST(LoadRequest, AsksForNothingMoreThanThePathWhereItReads) {
    plan settings = plan_to("http://127.0.0.1:8080/v1/streams/1-abc?last_event_id=2");
    settings.shape = pattern::read;
    EXPECT_EQ(
        request_for(settings, 7),
        "GET /v1/streams/1-abc?last_event_id=2 HTTP/1.1\r\n"
        "Host: 127.0.0.1:8080\r\n"
        "Accept: text/event-stream\r\n"
        "X-Name: value\r\n"
        "\r\n"
    );
}

}  // namespace

}  // namespace sluice::gateway::load::testing
