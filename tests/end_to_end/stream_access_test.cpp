#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

configuration_text three_keys() {
    configuration_text text;
    text.key("team-a", "sk-a").key("team-b", "sk-b");
    text.operator_key("ops", "sk-ops").server("workers: 2");
    return text;
}

request by(request message, const std::string& key) {
    if (!key.empty()) message.header("Authorization", "Bearer " + key);
    return message;
}

request begin(const std::string& key) {
    return by(
        post("/v1/streams?detach=true", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20"),
        key
    );
}

/// One of team-a's streams.
struct a_stream {
    explicit a_stream(const configuration_text& text) : gateway(text.yaml()) {
        const auto begun = gateway.ask(begin("sk-a"));
        url = begun.header("Location");
        signed_url = begun.json().at("signed_url").get<std::string>();
    }
    int read(const std::string& target, const std::string& key = {}) {
        open_stream reader(gateway, by(get(target), key));
        return reader.head().status;
    }
    int stop(const std::string& target, const std::string& key = {}) {
        return gateway.ask(by(remove(target), key)).status;
    }

    gateway_process gateway;
    std::string url;
    std::string signed_url;
};

TEST(StreamAccess, TheIdIsTheRightToReadAndNotToStop) {
    a_stream stream(three_keys());
    EXPECT_EQ(stream.read(stream.url), 200);
    EXPECT_EQ(stream.stop(stream.url), 401);
    EXPECT_EQ(stream.stop(stream.url, "sk-b"), 404);
    EXPECT_EQ(stream.stop(stream.url, "sk-a"), 204);
}

TEST(StreamAccess, WhereTheKeyIsAskedForStrangersFindNothing) {
    a_stream stream(three_keys().streams("attach: key"));
    EXPECT_EQ(stream.read(stream.url), 401);
    const std::string unknown = "/v1/streams/0-abcdefghijklmnopqrstuv";
    EXPECT_EQ(stream.read(unknown), 401);
    EXPECT_EQ(stream.read(stream.url, "sk-b"), 404);
    EXPECT_EQ(stream.read(unknown, "sk-b"), 404);
    for (int connection = 0; connection < 6; ++connection) {
        EXPECT_EQ(stream.read(stream.url, "sk-a"), 200);
        EXPECT_EQ(stream.read(stream.url, "sk-ops"), 200);
        EXPECT_EQ(stream.read(stream.url, "sk-b"), 404);
    }
}

TEST(StreamAccess, ASignedUrlReadsAndStopsWithoutAKey) {
    a_stream stream(three_keys().streams("attach: key"));
    EXPECT_EQ(stream.read(stream.signed_url), 200);
    auto forged = stream.signed_url;
    forged.back() = forged.back() == '0' ? '1' : '0';
    EXPECT_EQ(stream.read(forged), 403);
    EXPECT_EQ(stream.stop(forged), 403);
    const auto other = stream.gateway.ask(begin("sk-a")).header("Location");
    const auto query = stream.signed_url.substr(stream.signed_url.find('?'));
    EXPECT_EQ(stream.read(other + query), 403);
    EXPECT_EQ(stream.gateway.ask(post("/v1/streams" + query, {{"prompt", "Hi"}})).status, 401);
    EXPECT_EQ(stream.stop(stream.signed_url), 204);
    EXPECT_EQ(stream.stop(stream.signed_url), 204);
}

TEST(StreamAccess, ToReadAStreamGivesNobodyAUrlThatStopsIt) {
    a_stream stream(three_keys());
    const auto id = stream.url.substr(stream.url.rfind('/') + 1);
    const auto signed_url_for = [&](request message, const std::string& key) {
        open_stream reader(stream.gateway, by(message, key));
        EXPECT_EQ(reader.head().status, 200);
        return reader.head().header("X-Stream-Signed-Url");
    };
    const auto again = post("/v1/streams", {{"prompt", "Hi"}}).header("Last-Event-ID", id + "/0");
    EXPECT_EQ(signed_url_for(again, "sk-b"), "");
    EXPECT_EQ(signed_url_for(get(stream.url), "sk-b"), "");
    EXPECT_EQ(signed_url_for(get(stream.url), ""), "");
    EXPECT_NE(signed_url_for(get(stream.url), "sk-a"), "");  // whose it is may renew it
    EXPECT_NE(signed_url_for(get(stream.url), "sk-ops"), "");
}

TEST(StreamAccess, AnOperatorStopsWhatNobodyWasToldTheNameOf) {
    const gateway_process gateway(three_keys().yaml());
    open_stream chat(
        gateway,
        by(post(
               "/v1/chat/completions",
               {{"model", "mock"},
                {"stream", true},
                {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}}
           )
               .header("X-Mock-Tokens", "5000")
               .header("X-Mock-Rate", "20"),
           "sk-a")
    );
    chat.expect_next();
    const auto listed = gateway.ask(by(get("/v1/streams"), "sk-ops")).json();
    const auto id = listed.at("streams").at(0).at("id").get<std::string>();
    EXPECT_EQ(gateway.ask(by(remove("/v1/streams/" + id), "sk-b")).status, 404);
    EXPECT_EQ(gateway.ask(by(remove("/v1/streams/" + id), "sk-ops")).status, 204);
    EXPECT_EQ(chat.rest().back().json().at("error").at("code"), "cancelled");
}

TEST(StreamAccess, ASignedUrlExpires) {
    a_stream stream(three_keys().streams("attach: key").streams("url_lifetime: 1s"));
    EXPECT_TRUE(eventually([&] { return stream.read(stream.signed_url) == 403; }));
}

TEST(StreamAccess, ASignedUrlIsGivenToKeysAndOutlivesTheProcessWhereTheSecretDoes) {
    auto text = three_keys();
    text.streams("attach: key").streams("url_secret: 0123456789abcdef");
    a_stream stream(text);
    open_stream mine(stream.gateway, by(post("/v1/streams", {{"prompt", "Hi"}}), "sk-a"));
    EXPECT_NE(mine.head().header("X-Stream-Signed-Url").find("signature="), std::string::npos);
    const gateway_process next(text.yaml());
    EXPECT_EQ(next.ask(get(stream.signed_url)).status, 404);  // well signed, and no such stream
}

TEST(StreamAccess, AnOperatorSeesAndStopsEverybodysStreams) {
    a_stream stream(three_keys());
    const auto list = [&](const std::string& key) {
        return stream.gateway.ask(by(get("/v1/streams"), key));
    };
    EXPECT_EQ(list("").status, 401);
    EXPECT_EQ(list("sk-a").status, 403);
    const auto seen = list("sk-ops");
    ASSERT_EQ(seen.status, 200);
    EXPECT_EQ(seen.json().at("total"), 1);
    const auto one = seen.json().at("streams").at(0);
    EXPECT_EQ("/v1/streams/" + one.at("id").get<std::string>(), stream.url);
    EXPECT_EQ(one.at("key"), "team-a");
    EXPECT_EQ(one.at("model"), "mock");
    EXPECT_EQ(one.at("state"), "running");
    EXPECT_EQ(one.at("detached"), true);
    EXPECT_EQ(stream.stop(stream.url, "sk-ops"), 204);
    EXPECT_EQ(list("sk-ops").json().at("streams").at(0).at("outcome"), "cancelled");
}

TEST(StreamAccess, WithoutKeysAnybodyMayAskWhatRuns) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(gateway.ask(begin("")).status, 202);
    const auto url = "/v1/streams/" + gateway.ask(get("/v1/streams?limit=1"))
                                          .json()
                                          .at("streams")
                                          .at(0)
                                          .at("id")
                                          .get<std::string>();
    open_stream readers[]{{gateway, get(url)}, {gateway, get(url)}, {gateway, get(url)}};
    EXPECT_TRUE(eventually([&] {
        const auto listed = gateway.ask(get("/v1/streams")).json();
        const auto& streams = listed.at("streams");
        return std::any_of(streams.begin(), streams.end(), [](const json& one) {
            return one.at("readers") == 3;
        });
    }));
    EXPECT_EQ(gateway.ask(get("/v1/streams")).json().at("total"), 3);
    EXPECT_EQ(gateway.ask(get("/v1/streams?limit=many")).status, 400);
}

}  // namespace
}  // namespace sluice::end_to_end
