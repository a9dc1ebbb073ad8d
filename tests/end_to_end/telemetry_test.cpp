#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(AccessLog, HasOneJsonLineForEachRequest) {
    gateway_process gateway(configuration_text().key("team-a", "sk-team-a").yaml());
    open_stream stream(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("Authorization", "Bearer sk-team-a")
            .header("X-Request-Id", "wanted-1")
            .header("X-Mock-Tokens", "7")
    );
    stream.rest();
    const auto text = gateway.wait_for_log({"wanted-1"});
    ASSERT_FALSE(text.empty()) << gateway.log();
    const auto line = json::parse(text);
    EXPECT_EQ(line.at("request_id"), "wanted-1");
    EXPECT_EQ(line.at("key"), "team-a");
    EXPECT_EQ(line.at("model"), "mock");
    EXPECT_EQ(line.at("target"), "mock/mock");
    EXPECT_EQ(line.at("status"), 200);
    EXPECT_EQ(line.at("outcome"), "completed");
    EXPECT_EQ(line.at("output_tokens"), 7);
    EXPECT_GT(line.at("input_tokens"), 0);
    EXPECT_TRUE(line.at("ttft_ms").is_number());
    EXPECT_TRUE(line.at("duration_ms").is_number());
    EXPECT_THAT(gateway.log(), Not(HasSubstr(stream.id()))) << "the id is a right to read";
    std::istringstream lines(gateway.log());
    int found = 0;
    for (std::string one; std::getline(lines, one);)
        found += one.find("wanted-1") != std::string::npos;
    EXPECT_EQ(found, 1);
}

TEST(AccessLog, TellsHowStreamsEnded) {
    gateway_process gateway(configuration_text().yaml());
    const auto ask = [&](const std::string& id) {
        return post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Request-Id", id)
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20");
    };
    open_stream cancelled(gateway, ask("one"));
    cancelled.expect_next();
    gateway.ask(remove(cancelled.url()));
    EXPECT_FALSE(gateway.wait_for_log({"\"one\"", "cancelled"}).empty()) << gateway.log();
    open_stream gone(gateway, ask("two").header("X-Stream-On-Disconnect", "cancel"));
    gone.expect_next();
    gone.client().close();
    EXPECT_FALSE(gateway.wait_for_log({"\"two\"", "client_gone"}).empty()) << gateway.log();
    gateway.ask(post_text("/v1/streams", "{oops").header("X-Request-Id", "three"));
    EXPECT_FALSE(gateway.wait_for_log({"\"three\"", "400"}).empty()) << gateway.log();
}

TEST(AccessLog, IsNeverForgedByARequest) {
    gateway_process gateway(configuration_text().yaml());
    gateway.ask(post("/v1/streams", {{"prompt", "x"}, {"model", "a\n{\"forged\":1}\x1b[31m%s%n"}}));
    gateway.ask(get("/x%0a%7b%22forged%22:1%7d%1b"));
    gateway.ask(get("/livez").header("X-Request-Id", "last"));
    ASSERT_FALSE(gateway.wait_for_log({"last"}).empty());
    std::istringstream lines(gateway.log());
    for (std::string line; std::getline(lines, line);) {
        const auto value = json::parse(line, nullptr, false);
        ASSERT_TRUE(value.is_object()) << line;
        EXPECT_FALSE(value.contains("forged"));
        EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
}

TEST(Secrets, StandInNoLineOfTheLogAndInNoAnswer) {
    const std::string upstream_key = "sk-canary-upstream-1";
    const std::string client_key = "sk-canary-client-2";
    const std::string prompt = "canary-prompt-3";
    fake_upstream upstream([&](upstream_exchange& exchange) {
        const auto sent = exchange.read_request();
        if (sent.body.find("fail") != std::string::npos) {
            const auto echo = "bad key " + sent.header("Authorization");
            return exchange.answer(401, json({{"error", {{"message", echo}}}}).dump());
        }
        exchange.begin_stream();
        exchange.chunk(text_frame("canary-answer-4") + finish_frame() + std::string(done_frame));
        exchange.finish();
    });
    gateway_process gateway(configuration_text()
                                .upstream(upstream.base_url())
                                .upstream_setting("api_key: \"" + upstream_key + "\"")
                                .key("team", client_key)
                                .log("level: trace")
                                .yaml());
    const auto ask = [&](const std::string& target, const std::string& body, const std::string& key
                     ) {
        raw_client client = gateway.connect();
        client.send(post_text(target, body).header("Authorization", "Bearer " + key));
        return client.read_response().body;
    };
    std::string answers;
    for (const auto* target : {"/v1/streams", "/v1/chat/completions"}) {
        for (const auto* tail : {"", " fail"}) {
            const json turn{{"role", "user"}, {"content", prompt + tail}};
            const json body{{"model", "up"}, {"stream", true}, {"messages", json::array({turn})}};
            answers += ask(target, body.dump(), client_key);
            answers += ask(target, body.dump(), client_key + "-wrong");
        }
        answers += ask(target, "{\"" + prompt + "\":" + prompt, client_key);
    }
    answers += gateway.ask(get("/v1/stream?prompt=" + prompt).header("X-Api-Key", client_key)).body;
    gateway.ask(get("/livez").header("X-Request-Id", "last"));
    ASSERT_FALSE(gateway.wait_for_log({"last"}).empty());
    EXPECT_GE(upstream.calls(), 4U);
    for (const auto& canary : {upstream_key, client_key}) {
        EXPECT_THAT(gateway.log(), Not(HasSubstr(canary)));
        EXPECT_THAT(answers, Not(HasSubstr(canary)));
        EXPECT_THAT(gateway.ask(get("/metrics")).body, Not(HasSubstr(canary)));
    }
    EXPECT_THAT(gateway.log(), Not(HasSubstr(prompt)));
    EXPECT_THAT(gateway.log(), Not(HasSubstr("canary-answer-4")));
}

}  // namespace
}  // namespace sluice::end_to_end
