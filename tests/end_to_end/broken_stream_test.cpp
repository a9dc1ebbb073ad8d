#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

request chat() {
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    return post(
        "/v1/chat/completions", {{"model", "up"}, {"stream", true}, {"messages", messages}}
    );
}

request native() {
    return post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}});
}

struct broken_case {
    std::string name;
    upstream_script ending;  ///< after the first text
    std::string outcome;
};

const std::vector<broken_case>& broken_cases() {
    static const std::vector<broken_case> cases{
        {"reset", [](upstream_exchange& exchange) { exchange.reset(); }, ""},
        {"closed within the body", [](upstream_exchange&) {}, ""},
        {"closed within a frame",
         [](upstream_exchange& exchange) { exchange.chunk("data: {\"choices\":[{\"del"); },
         ""},
        {"whole body without its terminator",
         [](upstream_exchange& exchange) { exchange.finish(); },
         "upstream_eof"},
        {"an error frame",
         [](upstream_exchange& exchange) {
             exchange.chunk(data_frame({{"error", {{"message", "overloaded"}, {"type", "t"}}}}));
             exchange.chunk(done_frame);
             exchange.finish();
         },
         "upstream_error"},
        {"a frame that is no JSON",
         [](upstream_exchange& exchange) {
             exchange.chunk("data: {oops\n\n");
             exchange.chunk(done_frame);
             exchange.finish();
         },
         "upstream_error"},
        {"a stall",
         [](upstream_exchange& exchange) { exchange.wait_closed(); },
         "progress_timeout"},
        {"pings without content",
         [](upstream_exchange& exchange) {
             while (!exchange.wait_closed(milliseconds(50)))
                 exchange.chunk(": ping\n\n");
         },
         "progress_timeout"},
    };
    return cases;
}

upstream_script after_first_text(const upstream_script& ending) {
    return [ending](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Hel"));
        ending(exchange);
    };
}

TEST(BrokenStream, IsToldWithinAChatStreamThatThenHasNoDone) {
    for (const auto& broken : broken_cases()) {
        SCOPED_TRACE(broken.name);
        fake_upstream upstream(after_first_text(broken.ending));
        const gateway_process gateway(configuration_text()
                                          .upstream(upstream.base_url())
                                          .policy("progress_timeout: 400ms")
                                          .yaml());
        open_stream stream(gateway, chat());
        EXPECT_EQ(stream.head().status, 200);
        const auto events = stream.rest();
        ASSERT_FALSE(events.empty());
        const auto last = events.back().json();
        ASSERT_TRUE(last.contains("error")) << events.back().data;
        EXPECT_FALSE(last["error"].at("message").get<std::string>().empty());
        if (!broken.outcome.empty()) {
            EXPECT_EQ(last["error"].at("code"), broken.outcome);
        }
        EXPECT_EQ(stream.body().find("[DONE]"), std::string::npos);
        EXPECT_EQ(stream.body().find("{\"del\n"), std::string::npos) << "a torn frame was relayed";
        EXPECT_EQ(chat_text({events.begin(), events.end() - 1}), "Hel");
    }
}

TEST(BrokenStream, IsToldByTheDoneOfANativeStream) {
    for (const auto& broken : broken_cases()) {
        SCOPED_TRACE(broken.name);
        fake_upstream upstream(after_first_text(broken.ending));
        const gateway_process gateway(configuration_text()
                                          .upstream(upstream.base_url())
                                          .policy("progress_timeout: 400ms")
                                          .yaml());
        open_stream stream(gateway, native());
        EXPECT_EQ(stream.head().status, 200);
        const auto events = stream.rest();
        EXPECT_EQ(native_text(events), "Hel") << stream.body();
        ASSERT_EQ(count_type(events, "done"), 1U);
        const auto done = events.back().json();
        EXPECT_EQ(done.at("finish_reason"), "error");
        EXPECT_TRUE(done.at("error").at("retryable").is_boolean());
        EXPECT_FALSE(done["error"].at("message").get<std::string>().empty());
        if (!broken.outcome.empty()) {
            EXPECT_EQ(done["error"].at("type"), broken.outcome);
        }
        EXPECT_TRUE(stream.ended_whole());
    }
}

TEST(BrokenStream, IsABadGatewayWhereADocumentWasAskedFor) {
    for (const auto& broken : broken_cases()) {
        SCOPED_TRACE(broken.name);
        if (broken.outcome == "progress_timeout") continue;
        fake_upstream upstream(after_first_text(broken.ending));
        const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
        const auto response =
            gateway.ask(post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}, {"stream", false}})
            );
        EXPECT_EQ(response.status, 502) << response.body;
    }
}

TEST(BrokenStream, ADocumentThatIsCutIsABadGateway) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.send(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
            "{\"choices\":[{\"mess"
        );
    });
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    const auto response =
        gateway.ask(post("/v1/chat/completions", {{"model", "up"}, {"messages", messages}}));
    EXPECT_EQ(response.status, 502) << response.body;
    EXPECT_TRUE(response.json().contains("error"));
}

TEST(BrokenStream, AnEndlessFrameEndsTheStreamInBoundedMemory) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(text_frame("Hel") + "data: {\"choices\":\"");
        const std::string piece(256 * 1024, 'x');
        for (int i = 0; i < 4 * 64; ++i)
            exchange.chunk(piece);
        exchange.wait_closed();
    });
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const auto before = gateway.resident_bytes();
    open_stream stream(gateway, chat());
    const auto events = stream.rest();
    EXPECT_TRUE(events.back().json().contains("error"));
    EXPECT_LT(gateway.resident_bytes(), before + (sanitized ? 128U << 20 : 32U << 20));
}

}  // namespace
}  // namespace sluice::end_to_end
