#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/dialect_requests.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string user_key = "sk-canary-user-0123456789";
const std::string operator_key = "sk-canary-operator-0123456789";
const std::string wrong_key = "sk-canary-wrong-0123456789";
const std::string provider_key = "sk-canary-provider-0123456789";
const std::string in_a_query = "canary-query-5e1d";
const std::string in_a_header = "canary-header-77b0";

/// A provider that says everything it was told in its errors.
void tell_tales(upstream_exchange& exchange) {
    const auto sent = exchange.read_request();
    std::string all = sent.target;
    for (const auto& [name, value] : sent.headers)
        all += " " + name + ": " + value;
    if (sent.body.find("fail") != std::string::npos)
        return exchange.answer(
            401, json{{"error", {{"message", all}}}}.dump(), {{"x-request-id", "up-1"}}
        );
    exchange.begin_stream();
    exchange.chunk(text_frame("Hi") + finish_frame() + std::string(done_frame));
    exchange.finish();
}

class LogSecrets : public ::testing::Test {
 protected:
    request with(request message, const std::string& key) {
        return message.header("Authorization", "Bearer " + key)
            .header("Cookie", "theme=" + in_a_header)
            .header("X-Forwarded-For", in_a_header);
    }
    /// Asks, reads all, and keeps what lets others in.
    http_response ask(const request& message) {
        raw_client client = gateway.connect();
        client.send(message);
        auto response = client.read_response();
        for (const auto* name : {"X-Stream-Id", "X-Stream-Signed-Url"})
            if (response.has(name)) keep(response.header(name));
        return response;
    }
    /// Of a URL, what is secret in it.
    void keep(const std::string& text) {
        const auto signature = text.find("signature=");
        secrets.insert(signature == std::string::npos ? text : text.substr(signature + 10, 20));
    }
    std::string log() {
        gateway.ask(get("/livez").header("X-Request-Id", "last"));
        EXPECT_FALSE(gateway.wait_for_log({"\"last\""}).empty());
        return gateway.log();
    }

    fake_upstream upstream{tell_tales};
    gateway_process gateway{configuration_text()
                                .upstream(upstream.base_url())
                                .upstream_setting("api_key: \"" + provider_key + "\"")
                                .key("team", user_key)
                                .operator_key("ops", operator_key)
                                .log("level: trace")
                                .server("workers: 2")
                                .yaml()};
    std::set<std::string> secrets{
        user_key, operator_key, wrong_key, provider_key, in_a_query, in_a_header};
};

TEST_F(LogSecrets, StandInNoLineWhateverIsAsked) {
    for (const auto* prompt : {"Hi", "fail"}) {
        for (const auto* model : {"mock", "up"}) {
            for (const auto& key : {user_key, wrong_key}) {
                for (auto& [name, message] : in_every_dialect(prompt, model))
                    ask(with(message, key));
            }
        }
    }
    for (const auto* name : {"x-api-key", "api-key", "x-goog-api-key", "Proxy-Authorization"}) {
        ask(get("/v1/models").header(name, user_key));
        ask(get("/v1/models").header(name, wrong_key));
    }
    const auto gemini = post("/v1beta/models/mock:generateContent?key=" + user_key, json::object());
    ask(gemini);
    for (const auto* path :
         {"/", "/livez", "/nowhere", "/v1/models", "/v1/events/x", "/api/tags"}) {
        const auto query = "?sig=" + in_a_query + "&key=" + in_a_query + "&token=" + in_a_query;
        ask(with(get(path + query), user_key));
    }
    ask(with(get("http://user:" + in_a_query + "@localhost/nowhere"), user_key));
    for (const auto* path : {"/metrics", "/v1/keys", "/v1/streams", "/v1/targets", "/v1/log"}) {
        const auto answer = ask(with(get(path), operator_key));
        EXPECT_EQ(answer.status, 200) << path;
        for (const auto& secret : {user_key, operator_key, provider_key})
            EXPECT_THAT(answer.body, Not(HasSubstr(secret))) << path;
    }
    const auto text = log();
    for (const auto& secret : secrets)
        EXPECT_THAT(text, Not(HasSubstr(secret)));
    EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 100);
}

TEST_F(LogSecrets, OfAStreamAreItsIdAndItsSignedUrl) {
    const auto detached = ask(with(post("/v1/streams?detach=true", {{"prompt", "Hi"}}), user_key));
    const auto url = detached.header("Location");
    const auto signed_url = detached.json().at("signed_url").get<std::string>();
    keep(signed_url);
    keep(url.substr(url.rfind('/') + 1));
    ASSERT_EQ(secrets.size(), 8U);
    for (const auto& target :
         {url, signed_url, "/base" + url, "/base" + signed_url, "/base" + url + "/more"}) {
        ask(get(target));
        ask(with(get(target + "&last_event_id=0"), user_key));
        gateway.ask(remove(target));
    }
    const auto text = log();
    for (const auto& secret : secrets)
        EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST_F(LogSecrets, OfAStreamIsItsIdWhereverALongPathIsCut) {
    const auto detached = ask(with(post("/v1/streams?detach=true", {{"prompt", "Hi"}}), user_key));
    const auto id = detached.header("X-Stream-Id");
    ASSERT_GT(id.size(), 20U);
    for (std::size_t before = 200 - id.size(); before < 200; ++before)
        ask(get("/" + std::string(before - 2, 'p') + "/" + id));
    const auto text = log();
    EXPECT_THAT(text, HasSubstr("/ppp"));
    EXPECT_THAT(text, Not(HasSubstr(id.substr(0, 8))));
}

TEST_F(LogSecrets, OfThePagesIsTheirCookie) {
    const auto begun = ask(post("/session", {{"key", user_key}}));
    ASSERT_EQ(begun.status, 204);
    const auto cookie = begun.header("Set-Cookie");
    const auto value = cookie.substr(0, cookie.find(';'));
    secrets.insert(value.substr(value.find('=') + 1));
    ask(get("/session").header("Cookie", value));
    ask(post("/v1/streams", {{"prompt", "Hi"}}).header("Cookie", value));
    ask(post("/session", {{"key", wrong_key}}));
    ask(post_text("/session", "{\"key\": " + wrong_key + "}"));
    const auto text = log();
    for (const auto& secret : secrets)
        EXPECT_THAT(text, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace sluice::end_to_end
