#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <sstream>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// The value of the first sample whose line begins with `series`; -1 where there is none.
double sample(const gateway_process& gateway, const std::string& series) {
    std::istringstream lines(gateway.ask(get("/metrics")).body);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind(series, 0) == 0) return std::stod(line.substr(line.rfind(' ')));
    }
    return -1;
}

TEST(Metrics, AreInPrometheusTextFormat) {
    const gateway_process gateway(configuration_text().yaml());
    const auto response = gateway.ask(get("/metrics"));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.header("Content-Type"), HasSubstr("text/plain"));
    // The mock's own are under the names of vLLM, which have a colon.
    const std::regex comment("# (HELP|TYPE) (sluice_|vllm:)[a-z0-9_]+ .+");
    const std::regex sample(R"((sluice_|vllm:)[a-z0-9_]+(\{[^{}]*\})? [0-9.e+-]+)");
    std::istringstream lines(response.body);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(std::regex_match(line, comment) || std::regex_match(line, sample)) << line;
    }
    EXPECT_THAT(response.body, HasSubstr("\nvllm:num_requests_running{model_name=\"mock\"} "));
}

TEST(Metrics, CountLiveStreamsTokensAndOutcomes) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    EXPECT_EQ(sample(gateway, "sluice_streams_live"), 0);
    open_stream live(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    live.expect_next();
    EXPECT_EQ(sample(gateway, "sluice_streams_live"), 1);
    gateway.ask(remove(live.url()));
    live.rest();
    EXPECT_TRUE(eventually([&] { return sample(gateway, "sluice_streams_live") == 0; }));
    open_stream whole(
        gateway, post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "7")
    );
    whole.rest();
    const auto ended = [&](const std::string& outcome) {
        return sample(gateway, "sluice_streams_total{outcome=\"" + outcome + "\"}");
    };
    EXPECT_TRUE(eventually([&] { return ended("completed") == 1; }));
    EXPECT_EQ(ended("cancelled"), 1);
    EXPECT_GE(sample(gateway, "sluice_output_tokens_total"), 8);
    EXPECT_GT(sample(gateway, "sluice_input_tokens_total"), 0);
}

TEST(Metrics, DoNotGrowWithWhatClientsMakeUp) {
    const gateway_process gateway(configuration_text().yaml());
    raw_client client = gateway.connect();
    const auto before = gateway.ask(get("/metrics")).body.size();
    for (int i = 0; i < 200; ++i) {
        client.send(post("/v1/streams", {{"prompt", "x"}, {"model", "m" + std::to_string(i)}}));
        client.read_response();
        client.send(get("/path" + std::to_string(i)));
        client.read_response();
    }
    EXPECT_LT(gateway.ask(get("/metrics")).body.size(), before + 4096);
}

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
