#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const std::string odd_name = "vendor/family/model:7b";

gateway_process& with_odd_name(std::optional<gateway_process>& slot) {
    return slot.emplace(configuration_text().model(odd_name).yaml());
}

TEST(Models, AreListedByTheirRoutes) {
    std::optional<gateway_process> slot;
    const auto response = with_odd_name(slot).ask(get("/v1/models"));
    ASSERT_EQ(response.status, 200);
    const auto list = response.json();
    EXPECT_EQ(list.at("object"), "list");
    std::set<std::string> ids;
    for (const auto& model : list.at("data")) {
        EXPECT_EQ(model.at("object"), "model");
        EXPECT_TRUE(model.at("created").is_number_integer());
        EXPECT_TRUE(model.at("owned_by").is_string());
        ids.insert(model.at("id"));
    }
    EXPECT_EQ(ids, (std::set<std::string>{"mock", odd_name}));
}

TEST(Models, AreFoundByNamesWithSlashesAndColons) {
    std::optional<gateway_process> slot;
    auto& gateway = with_odd_name(slot);
    for (const auto* path : {"vendor/family/model:7b", "vendor%2Ffamily%2Fmodel%3A7b"}) {
        const auto response = gateway.ask(get(std::string("/v1/models/") + path));
        EXPECT_EQ(response.status, 200) << path;
        EXPECT_EQ(response.json().value("id", ""), odd_name);
    }
    const auto unknown = gateway.ask(get("/v1/models/vendor/none"));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json().at("error").at("code"), "model_not_found");
}

TEST(Models, ThatNobodyConfiguredAreNotFound) {
    std::optional<gateway_process> slot;
    auto& gateway = with_odd_name(slot);
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    const auto chat =
        gateway.ask(post("/v1/chat/completions", {{"model", "no-such"}, {"messages", messages}}));
    EXPECT_EQ(chat.status, 404);
    EXPECT_EQ(chat.json().at("error").at("code"), "model_not_found");
    EXPECT_NE(
        chat.json()["error"].at("message").get<std::string>().find("no-such"), std::string::npos
    );
    const auto native = gateway.ask(post("/v1/streams", {{"model", "no-such"}, {"prompt", "Hi"}}));
    EXPECT_EQ(native.status, 404);
}

TEST(Models, MustBeNamedInChatCompletionsAndMayBeLeftOutInNativeStreams) {
    std::optional<gateway_process> slot;
    auto& gateway = with_odd_name(slot);
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    const auto chat = gateway.ask(post("/v1/chat/completions", {{"messages", messages}}));
    EXPECT_EQ(chat.status, 400);
    EXPECT_EQ(chat.json().at("error").at("param"), "model");
    open_stream native(gateway, post("/v1/streams", {{"messages", messages}}));
    EXPECT_EQ(native.head().status, 200);
    EXPECT_EQ(native.head().header("X-Sluice-Model"), "mock");
}

TEST(Models, OfARouteWithAStarReceiveWhatItMatched) {
    const gateway_process gateway(configuration_text().model("free/*").yaml());
    open_stream stream(gateway, post("/v1/streams", {{"model", "free/x:1"}, {"prompt", "Hi"}}));
    ASSERT_EQ(stream.head().status, 200);
    EXPECT_EQ(stream.expect_next().json().at("model"), "free/x:1");
}

TEST(Models, DefaultToTheConfiguredOne) {
    const gateway_process gateway(
        configuration_text().model("second").server("default_model: second").yaml()
    );
    open_stream stream(gateway, post("/v1/streams", {{"prompt", "Hi"}}));
    EXPECT_EQ(stream.expect_next().json().at("model"), "second");
}

}  // namespace
}  // namespace sluice::end_to_end
