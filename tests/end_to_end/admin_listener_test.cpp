#include "tests/end_to_end/support/bare_gateway.hpp"
#include "tests/end_to_end/support/configuration_text.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const std::string user_key = "sk-sluice-user-0123456789";
const std::string operator_key = "sk-sluice-operator-0123456789";
const json native{{"prompt", "Hi"}, {"stream", false}};

configuration_text with_admin() {
    return configuration_text().server("admin: [\"127.0.0.1:0\"]");
}

/// A gateway with a listener for clients and one for operators.
struct two_doors {
    explicit two_doors(const configuration_text& text = with_admin())
        : gateway(
              sluice_binary(), {"serve", "--config", folder.write("sluice.yaml", text.yaml())}, 2
          ) {}

    http_response by_clients(const request& message) const {
        return ask_at(gateway.port(0), message);
    }
    http_response by_operators(const request& message) const {
        return ask_at(gateway.port(1), message);
    }

    temporary_folder folder;
    bare_gateway gateway;
};

const std::vector<std::string> operated{
    "/metrics", "/v1/targets", "/v1/keys", "/v1/streams", "/v1/log"};

TEST(AdminListener, IsAnnouncedAfterTheClients) {
    const two_doors house;
    const std::regex first(R"(listening on http://127\.0\.0\.1:[0-9]+)");
    const std::regex second(R"(operators listen on http://127\.0\.0\.1:[0-9]+)");
    EXPECT_TRUE(std::regex_match(house.gateway.line(0), first)) << house.gateway.line(0);
    EXPECT_TRUE(std::regex_match(house.gateway.line(1), second)) << house.gateway.line(1);
    EXPECT_NE(house.gateway.port(0), house.gateway.port(1));
}

TEST(AdminListener, AnswersWhatOperatorsAskFor) {
    const two_doors house;
    for (const auto& path : operated)
        EXPECT_EQ(house.by_operators(get(path)).status, 200) << path;
    raw_client feed(house.gateway.port(1));
    feed.send(get("/v1/events"));
    EXPECT_EQ(feed.read_head().status, 200);
}

TEST(AdminListener, LeavesClientsNoTraceOfWhatOperatorsAskFor) {
    const two_doors house;
    const std::vector<std::string> paths{
        "/metrics", "/v1/targets", "/v1/keys", "/v1/events", "/v1/log"};
    for (const auto& path : paths) {
        SCOPED_TRACE(path);
        EXPECT_EQ(house.by_clients(get(path)).status, 404);
        for (const auto* method : {"HEAD", "POST", "OPTIONS", "DELETE"}) {
            raw_client client(house.gateway.port(0));
            client.send(request(method, path));
            const auto answer = client.read_response(std::string(method) == "HEAD");
            EXPECT_EQ(answer.status, 404) << method;
            EXPECT_FALSE(answer.has("Allow")) << method;
        }
    }
}

TEST(AdminListener, SplitsAPathThatBothUseByItsMethods) {
    const two_doors house;
    EXPECT_EQ(house.by_clients(post("/v1/streams", native)).status, 200);
    const auto list = house.by_clients(get("/v1/streams"));
    EXPECT_EQ(list.status, 405);
    EXPECT_EQ(list.header("Allow"), "POST, OPTIONS");
    EXPECT_EQ(house.by_operators(get("/v1/streams")).status, 200);
    EXPECT_EQ(house.by_operators(post("/v1/streams", native)).status, 405);
}

TEST(AdminListener, ServesNoClients) {
    const two_doors house;
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    const json chat{{"model", "mock"}, {"messages", messages}};
    EXPECT_EQ(house.by_operators(post("/v1/chat/completions", chat)).status, 404);
    EXPECT_EQ(house.by_operators(post("/v1/messages", chat)).status, 404);
    EXPECT_EQ(house.by_operators(get("/v1/stream?prompt=Hi")).status, 404);
    EXPECT_EQ(house.by_operators(get("/v1/models")).status, 404);
    EXPECT_EQ(house.by_operators(get("/api/version")).status, 404);
    EXPECT_EQ(house.by_operators(get("/v1/streams/some-id")).status, 405);  // only to be stopped
    EXPECT_EQ(house.by_operators(remove("/v1/streams/some-id")).status, 404);
    EXPECT_EQ(house.by_operators(get("/nowhere")).status, 404);
    EXPECT_EQ(house.by_clients(post("/v1/chat/completions", chat)).status, 200);
}

TEST(AdminListener, HasProbesAndPagesAsTheOtherOneHas) {
    const two_doors house;
    for (const auto* path :
         {"/livez", "/healthz", "/readyz", "/", "/dashboard", "/pages/common.css", "/session"}) {
        EXPECT_EQ(house.by_clients(get(path)).status, 200) << path;
        EXPECT_EQ(house.by_operators(get(path)).status, 200) << path;
    }
}

TEST(AdminListener, AsksForAnOperatorsKeyWhereThereAreKeys) {
    const two_doors house(
        with_admin().key("team", user_key).operator_key("operations", operator_key)
    );
    const auto status = [&](const std::string& path, const std::string& key) {
        auto message = get(path);
        if (!key.empty()) message.header("Authorization", "Bearer " + key);
        return house.by_operators(message).status;
    };
    for (const auto& path : operated) {
        SCOPED_TRACE(path);
        EXPECT_EQ(status(path, ""), 401);
        EXPECT_EQ(status(path, user_key), 403);
        EXPECT_EQ(status(path, operator_key), 200);
    }
    const auto elsewhere = get("/metrics").header("Authorization", "Bearer " + operator_key);
    EXPECT_EQ(house.by_clients(elsewhere).status, 404);
}

TEST(AdminListener, TellsOfTheClientsStreams) {
    const two_doors house;
    raw_client client(house.gateway.port(0));
    client.send(post("/v1/streams", {{"prompt", "Hi"}})
                    .header("X-Mock-Tokens", "5000")
                    .header("X-Mock-Rate", "20"));
    const auto id = client.read_head().header("X-Stream-Id");
    EXPECT_NE(house.by_operators(get("/v1/streams")).body.find(id), std::string::npos);
}

TEST(AdminListener, EndsAClientsStreamForAnOperator) {
    const two_doors house(
        with_admin().key("team", user_key).operator_key("operations", operator_key)
    );
    raw_client client(house.gateway.port(0));
    client.send(post("/v1/streams", {{"prompt", "Hi"}})
                    .header("Authorization", "Bearer " + user_key)
                    .header("X-Mock-Tokens", "5000")
                    .header("X-Mock-Rate", "20"));
    const auto path = "/v1/streams/" + client.read_head().header("X-Stream-Id");
    EXPECT_EQ(house.by_operators(remove(path)).status, 401);
    const auto stopped =
        house.by_operators(remove(path).header("Authorization", "Bearer " + operator_key));
    EXPECT_EQ(stopped.status, 204);
}

TEST(WithoutAdminListener, OneListenerAnswersAll) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto& path : operated)
        EXPECT_EQ(gateway.ask(get(path)).status, 200) << path;
    EXPECT_EQ(gateway.ask(post("/v1/streams", native)).status, 200);
}

}  // namespace
}  // namespace sluice::end_to_end
