#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const std::string old_key = "sk-sluice-old-0123456789";
const std::string new_key = "sk-sluice-new-0123456789";
const std::string reloaded = "\"configuration reloaded\"";
const std::string refused = "\"configuration not reloaded\"";

/// Lines of the log that hold all of these texts.
std::vector<std::string> lines_with(
    const gateway_process& gateway, const std::vector<std::string>& parts
) {
    std::vector<std::string> found;
    std::istringstream lines(gateway.log());
    for (std::string line; std::getline(lines, line);) {
        const bool holds_all = std::all_of(parts.begin(), parts.end(), [&](const auto& part) {
            return line.find(part) != std::string::npos;
        });
        if (holds_all) found.push_back(line);
    }
    return found;
}

/// Has the gateway read its file again; false if one more such line does not come.
bool hang_up(const gateway_process& gateway, const std::string& expected) {
    const auto before = lines_with(gateway, {expected}).size();
    gateway.signal(SIGHUP);
    return eventually([&] { return lines_with(gateway, {expected}).size() > before; });
}

bool reload(
    const gateway_process& gateway, const std::string& yaml, const std::string& expected = reloaded
) {
    gateway.folder().write("sluice.yaml", yaml);
    return hang_up(gateway, expected);
}

request native(const std::string& model, const std::string& key = {}) {
    auto message = post("/v1/streams", {{"prompt", "Hi"}, {"model", model}, {"stream", false}});
    if (!key.empty()) message.header("Authorization", "Bearer " + key);
    return message;
}

TEST(Reload, SwapsModelsAndKeysWhileAStreamOfTheOldOnesGoesOn) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two ", "three"}, step)};
    const gateway_process gateway(configuration_text()
                                      .server("workers: 2")
                                      .upstream(upstream.base_url())
                                      .key("old", old_key)
                                      .yaml());
    open_stream live(
        gateway,
        post(
            "/v1/streams", {{"prompt", "Hi"}, {"model", "up"}}
        ).header("Authorization", "Bearer " + old_key)
    );
    ASSERT_EQ(live.head().status, 200);
    live.expect_next();
    ASSERT_EQ(gateway.ask(native("new", new_key)).status, 401);

    const auto next = configuration_text().server("workers: 2").model("new").key("new", new_key);
    ASSERT_TRUE(reload(gateway, next.yaml()));

    EXPECT_EQ(gateway.ask(native("new", new_key)).status, 200);
    EXPECT_EQ(gateway.ask(native("up", new_key)).status, 404);
    EXPECT_EQ(gateway.ask(native("new", old_key)).status, 401);
    step.open(3);
    const auto events = live.rest();
    EXPECT_EQ(native_text(events), "one two three");
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_TRUE(live.ended_whole());
}

TEST(Reload, OfABrokenFileTellsWhereItIsBrokenAndKeepsTheOldOne) {
    const gateway_process gateway(configuration_text().key("old", old_key).yaml());
    const std::string broken = "server:\n  listen: [\"127.0.0.1:0\"]\n  idel: 5s\nmodles: []\n";
    ASSERT_TRUE(reload(gateway, broken, refused));
    ASSERT_TRUE(eventually([&] { return lines_with(gateway, {refused}).size() == 2; }));
    EXPECT_EQ(lines_with(gateway, {refused, "sluice.yaml:3:3: ", "idel"}).size(), 1U);
    EXPECT_EQ(lines_with(gateway, {refused, "sluice.yaml:4:1: ", "modles"}).size(), 1U);
    EXPECT_EQ(gateway.ask(native("mock", old_key)).status, 200);
    EXPECT_EQ(gateway.ask(native("mock")).status, 401);
    // What is mended counts.
    const auto next = configuration_text().key("new", new_key);
    EXPECT_TRUE(reload(gateway, next.yaml()));
    EXPECT_EQ(gateway.ask(native("mock", new_key)).status, 200);
}

TEST(Reload, OfAFileThatIsGoneKeepsTheOldOne) {
    const gateway_process gateway(configuration_text().yaml());
    std::filesystem::remove(gateway.folder().path() / "sluice.yaml");
    ASSERT_TRUE(hang_up(gateway, refused));
    EXPECT_EQ(lines_with(gateway, {refused, "sluice.yaml: cannot be read"}).size(), 1U);
    EXPECT_EQ(gateway.ask(native("mock")).status, 200);
}

TEST(Reload, CountsInTheMetrics) {
    const gateway_process gateway(configuration_text().yaml());
    ASSERT_TRUE(reload(gateway, configuration_text().model("more").yaml()));
    ASSERT_TRUE(reload(gateway, "nonsense: true\n", refused));
    ASSERT_TRUE(reload(gateway, configuration_text().yaml()));
    const auto text = gateway.ask(get("/metrics")).body;
    EXPECT_NE(text.find("\nsluice_config_reload_total{result=\"ok\"} 2\n"), std::string::npos);
    EXPECT_NE(text.find("\nsluice_config_reload_total{result=\"failed\"} 1\n"), std::string::npos);
    std::smatch match;
    const std::regex stamp("\nsluice_config_last_reload_timestamp_seconds ([0-9]+)\n");
    ASSERT_TRUE(std::regex_search(text, match, stamp));
    const auto age = std::time(nullptr) - std::stoll(match[1]);
    EXPECT_GE(age, 0);
    EXPECT_LE(age, 60);
}

TEST(Reload, SaysByNameWhatTakesEffectAtTheNextStart) {
    gateway_process gateway(configuration_text().yaml());
    const auto ledger = gateway.folder().path() / "ledger.db";
    const auto next = configuration_text()
                          .server("listen: [\"127.0.0.1:1\"]")
                          .server("admin: [\"127.0.0.1:2\"]")
                          .server("workers: 3")
                          .top("ledger: {path: \"" + ledger.string() + "\"}")
                          .log("format: text")
                          .model("more");
    ASSERT_TRUE(reload(gateway, next.yaml()));
    for (const auto* name :
         {"server.listen", "server.admin", "server.workers", "ledger.path", "log.format"}) {
        const auto said =
            lines_with(gateway, {"takes effect at the next start", '"' + std::string(name) + '"'});
        EXPECT_EQ(said.size(), 1U) << name;
    }
    EXPECT_EQ(lines_with(gateway, {"takes effect at the next start"}).size(), 5U);
    // The rest of the file counts, by the old address, and all endpoints are still there.
    EXPECT_EQ(gateway.ask(native("more")).status, 200);
    EXPECT_EQ(gateway.ask(get("/metrics")).status, 200);
    EXPECT_FALSE(std::filesystem::exists(ledger));
}

TEST(Reload, KeepsWhatTheCommandLineSays) {
    fake_upstream upstream(say({"Hi"}));
    const auto file = configuration_text().server("listen: [\"127.0.0.1:1\"]");
    const gateway_process gateway(gateway_options{
        file.yaml(), {"--listen", "127.0.0.1:0", "--upstream", upstream.base_url()}, {}});
    auto next = file;
    ASSERT_TRUE(reload(gateway, next.model("more").yaml()));
    EXPECT_TRUE(lines_with(gateway, {"next start"}).empty());
    EXPECT_EQ(gateway.ask(native("more")).status, 200);
    EXPECT_EQ(gateway.ask(native("anything")).status, 200);
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Reload, AppliesTheLevelOfTheLogAtOnce) {
    const gateway_process gateway(configuration_text().log("level: warn").yaml());
    const auto told = [&] { return lines_with(gateway, {"\"request\"", "/v1/streams"}).size(); };
    raw_client client = gateway.connect();
    client.send(native("mock"));
    client.read_response();
    // Once the second one is answered, all of the first one is over.
    client.send(get("/livez"));
    client.read_response();
    ASSERT_TRUE(reload(gateway, configuration_text().log("level: info").yaml()));
    EXPECT_EQ(told(), 0U);
    gateway.ask(native("mock"));
    EXPECT_TRUE(eventually([&] { return told() == 1; }));
}

TEST(Reload, DoesNotForgetWhatAKeyHasUsed) {
    const auto with_bound = [](const std::string& more) {
        return configuration_text()
            .top("keys:")
            .top(
                "  - {id: team, sha256: \"" + sha256_hex(old_key) +
                "\", limits: {requests_per_minute: 3}}"
            )
            .model(more)
            .yaml();
    };
    const gateway_process gateway(with_bound("a"));
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(gateway.ask(native("mock", old_key)).status, 200);
    ASSERT_EQ(gateway.ask(native("mock", old_key)).status, 429);
    ASSERT_TRUE(reload(gateway, with_bound("b")));
    EXPECT_EQ(gateway.ask(native("b", old_key)).status, 429);
}

TEST(Reload, DoesNotTakeTheKeysFromAnAddressThatStays) {
    fake_upstream upstream(say({"Hi"}));
    const gateway_process gateway(configuration_text()
                                      .server("listen: [\"0.0.0.0:0\"]")
                                      .upstream(upstream.base_url())
                                      .key("old", old_key)
                                      .yaml());
    const auto open = configuration_text().upstream(upstream.base_url());
    ASSERT_TRUE(reload(gateway, open.yaml(), refused));
    EXPECT_EQ(lines_with(gateway, {refused, "0.0.0.0", "server.listen"}).size(), 1U);
    EXPECT_EQ(gateway.ask(native("up")).status, 401);
}

TEST(Reload, WithoutAFileSaysThatThereIsNothingToReload) {
    const gateway_process gateway;
    ASSERT_TRUE(hang_up(gateway, "\"nothing to reload\""));
    EXPECT_EQ(gateway.ask(native("mock")).status, 200);
}

TEST(Reload, DoesNotHappenWhileTheGatewayDrains) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    open_stream live(gateway, post("/v1/streams", {{"prompt", "Hi"}, {"model", "up"}}));
    live.expect_next();
    gateway.signal(SIGTERM);
    ASSERT_FALSE(gateway.wait_for_log({"\"draining\""}).empty());
    ASSERT_TRUE(reload(gateway, configuration_text().yaml(), refused));
    EXPECT_EQ(lines_with(gateway, {refused, "the gateway is draining"}).size(), 1U);
    step.open(2);
    EXPECT_EQ(native_text(live.rest()), "one two");
    EXPECT_EQ(gateway.wait_exit(), 0);
}

TEST(Reload, OverAndOverUnderLoadFailsNobody) {
    const auto yaml = configuration_text().server("workers: 2").key("old", old_key).yaml();
    const gateway_process gateway(yaml);
    std::atomic<bool> over{false};
    std::atomic<int> asked{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            while (!over) {
                if (gateway.ask(native("mock", old_key)).status != 200) ++failed;
                ++asked;
            }
        });
    }
    for (int i = 0; i < 30; ++i)
        EXPECT_TRUE(hang_up(gateway, reloaded));
    over = true;
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(failed, 0);
    EXPECT_GT(asked, 30);
}

}  // namespace
}  // namespace sluice::end_to_end
