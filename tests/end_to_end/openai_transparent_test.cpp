#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

/// Frames as no library would write them: spaces, an unknown member, escapes, a number's own form.
const std::string odd_frames =
    "data: {\"id\": \"c1\",  \"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n"
    "data: {\"novel\":{\"a\":[1.50, 2e1]},\"choices\":[{\"index\":0,\"delta\":{\"content\":"
    "\"Gr\\u00fc\\u00dfe\"},\"finish_reason\":null}],\"obfuscation\":\"aZ3\"}\n\n"
    "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\" \xf0\x9f\x8c\x8a\"}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

upstream_script relay(std::string frames) {
    return [frames = std::move(frames)](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(frames);
        exchange.chunk(done_frame);
        exchange.finish();
    };
}

struct transparent {
    explicit transparent(upstream_script script)
        : upstream(std::move(script)),
          gateway(configuration_text().upstream(upstream.base_url()).yaml()) {}

    fake_upstream upstream;
    gateway_process gateway;
};

request ask(const std::string& more = "") {
    return post_text(
        "/v1/chat/completions",
        R"({"model":"up","stream":true,"messages":[{"role":"user","content":"Hi"}])" + more + "}"
    );
}

TEST(Transparent, RelaysFramesByteForByte) {
    transparent house(relay(odd_frames));
    open_stream stream(house.gateway, ask());
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(stream.head().header("X-Sluice-Model"), "up");
    stream.rest();
    EXPECT_EQ(stream.body(), odd_frames + std::string(done_frame));
    EXPECT_EQ(stream.body().find("id: "), std::string::npos);
}

TEST(Transparent, RelaysFramesByteForByteHoweverTheyWereCut) {
    transparent house([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        const auto whole = odd_frames + std::string(done_frame);
        for (std::size_t at = 0; at < whole.size(); at += 3) {
            exchange.chunk(std::string_view(whole).substr(at, 3));
        }
        exchange.finish();
    });
    open_stream stream(house.gateway, ask());
    stream.rest();
    EXPECT_EQ(stream.body(), odd_frames + std::string(done_frame));
}

TEST(Transparent, CommentsOfTheUpstreamHarmNothing) {
    transparent house(relay(": PROCESSING\n\n" + odd_frames + ": still here\n\n"));
    open_stream stream(house.gateway, ask());
    std::string frames;
    for (const auto& event : stream.rest())
        frames += event.raw;
    EXPECT_EQ(frames, odd_frames + std::string(done_frame));
}

TEST(Transparent, TakesOutTheUsageFrameThatOnlyTheGatewayAskedFor) {
    transparent house(relay(odd_frames + usage_frame(3, 2)));
    open_stream stream(house.gateway, ask());
    stream.rest();
    EXPECT_EQ(stream.body(), odd_frames + std::string(done_frame));
    const auto sent = house.upstream.expect_request().json();
    EXPECT_EQ(sent.at("stream_options").at("include_usage"), true);
}

TEST(Transparent, LeavesTheUsageFrameWhereTheClientAskedForIt) {
    transparent house(relay(odd_frames + usage_frame(3, 2)));
    open_stream stream(house.gateway, ask(R"(,"stream_options":{"include_usage":true})"));
    stream.rest();
    EXPECT_EQ(stream.body(), odd_frames + usage_frame(3, 2) + std::string(done_frame));
}

TEST(Transparent, SendsTheBodyUpByteForByteButForTheModel) {
    transparent house(say({"Hi"}));
    const std::string body =
        "{ \"model\" : "
        "\"up\",\n\t\"messages\":[{\"role\":\"user\",\"content\":\"Gr\\u00fc\\u00dfe\"}],"
        " \"novel\": {\"model\":\"up\", \"n\": 1.50}, \"temperature\":1e0,"
        " \"stream\":true, \"stream_options\": {\"include_usage\":true} }";
    open_stream stream(house.gateway, post_text("/v1/chat/completions", body));
    EXPECT_EQ(chat_text(stream.rest()), "Hi");
    auto expected = body;
    expected.replace(expected.find("\"up\""), 4, "\"real-model\"");
    EXPECT_EQ(house.upstream.expect_request().body, expected);
}

TEST(Transparent, AddsOnlyTheQuestionForUsage) {
    transparent house(say({"Hi"}));
    open_stream stream(house.gateway, ask(R"(,"novel":[1.50],"user":"u")"));
    stream.rest();
    auto sent = house.upstream.expect_request().json();
    EXPECT_EQ(sent.at("stream_options"), json({{"include_usage", true}}));
    sent.erase("stream_options");
    const json wanted{
        {"model", "real-model"},
        {"stream", true},
        {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})},
        {"novel", json::array({1.5})},
        {"user", "u"}};
    EXPECT_EQ(sent, wanted);
}

TEST(Transparent, RelaysADocumentByteForByte) {
    const std::string document =
        R"({ "id":"x", "novel":[1.50], "choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":"Hi"},"finish_reason":"stop"}], "usage":{"prompt_tokens":1,)"
        R"("completion_tokens":1,"total_tokens":2} })";
    transparent house([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(200, document);
    });
    const std::string body = R"({"model":"up", "messages":[{"role":"user","content":"Hi"}]})";
    const auto response = house.gateway.ask(post_text("/v1/chat/completions", body));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, document);
    EXPECT_EQ(response.header("Content-Type").substr(0, 16), "application/json");
    auto expected = body;
    expected.replace(expected.find("\"up\""), 4, "\"real-model\"");
    EXPECT_EQ(house.upstream.expect_request().body, expected);
}

TEST(Transparent, KeepsTheConnectionAfterAStream) {
    transparent house(say({"Hel", "lo"}));
    open_stream stream(house.gateway, ask());
    EXPECT_NE(stream.head().header("Connection"), "close");
    EXPECT_EQ(chat_text(stream.rest()), "Hello");
    stream.client().send(get("/livez"));
    EXPECT_EQ(stream.client().read_response().status, 200);
}

TEST(Transparent, ClosesTheConnectionWhereOneOfBothSidesWantsThat) {
    fake_upstream upstream(say({"Hi"}));
    const gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).server("close_after_stream: true").yaml()
    );
    open_stream by_setting(gateway, ask());
    by_setting.rest();
    EXPECT_TRUE(by_setting.client().is_closed_by_peer());
    transparent house(say({"Hi"}));
    open_stream by_request(house.gateway, ask().header("Connection", "close"));
    by_request.rest();
    EXPECT_TRUE(by_request.client().is_closed_by_peer());
}

TEST(Transparent, FramesBeforeTheFirstContentAreHeldBackSoThatAnErrorKeepsItsStatus) {
    transparent house(relay(
        role_frame() + data_frame({{"error", {{"message", "boom"}, {"type", "server_error"}}}})
    ));
    raw_client client(house.gateway.port());
    client.send(ask());
    const auto response = client.read_response();
    EXPECT_GE(response.status, 500) << response.body;
    EXPECT_TRUE(response.json().contains("error"));
    EXPECT_EQ(response.body.find("assistant"), std::string::npos);
}

TEST(Transparent, SendsNoSecretsOfTheClientUpstream) {
    fake_upstream upstream(say({"Hi"}));
    const gateway_process gateway(configuration_text()
                                      .upstream(upstream.base_url())
                                      .upstream_setting("api_key: \"sk-own\"")
                                      .yaml());
    open_stream stream(
        gateway,
        ask()
            .header("Authorization", "Bearer sk-client")
            .header("Cookie", "session=1")
            .header("X-Api-Key", "sk-client")
            .header("X-Mock-Rate", "0")
            .header("X-Stream-On-Disconnect", "cancel")
            .header("OpenAI-Project", "proj-1")
            .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    );
    stream.rest();
    const auto sent = upstream.expect_request();
    EXPECT_EQ(sent.header("Authorization"), "Bearer sk-own");
    EXPECT_EQ(sent.header("OpenAI-Project"), "proj-1");
    EXPECT_FALSE(sent.header("traceparent").empty());
    for (const auto* name : {"Cookie", "X-Api-Key", "X-Mock-Rate", "X-Stream-On-Disconnect"}) {
        EXPECT_EQ(sent.header(name), "") << name;
    }
}

TEST(Transparent, HandsOnTheProvidersRequestIdAndRateLimits) {
    transparent house([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(
            200,
            chat_document("Hi", 1, 1).dump(),
            {{"x-request-id", "req-77"}, {"x-ratelimit-remaining-requests", "41"}}
        );
    });
    const auto response = house.gateway.ask(post_text(
        "/v1/chat/completions", R"({"model":"up","messages":[{"role":"user","content":"Hi"}]})"
    ));
    EXPECT_EQ(response.header("X-Upstream-Request-Id"), "req-77");
    EXPECT_EQ(response.header("x-ratelimit-remaining-requests"), "41");
}

}  // namespace
}  // namespace sluice::end_to_end
