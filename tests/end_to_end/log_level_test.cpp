#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/guarded_mock.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

request put(const std::string& body) {
    return request("PUT", "/v1/log").body(body);
}
request put_level(const std::string& level) {
    return put(json{{"level", level}}.dump());
}

/// Whether a request of that name gets its line.
bool logs(gateway_process& gateway, const std::string& name) {
    gateway.ask(get("/livez").header("X-Request-Id", name));
    // A change of the level has a line at any level, and comes behind what was logged before.
    const auto level = gateway.ask(get("/v1/log")).json().at("level").get<std::string>();
    gateway.ask(put_level(level).header("X-Request-Id", "behind-" + name));
    EXPECT_FALSE(gateway.wait_for_log({"behind-" + name}).empty());
    return gateway.log().find("\"" + name + "\"") != std::string::npos;
}

TEST(LogLevel, IsToldAndChangedWhileTheGatewayRuns) {
    gateway_process gateway(configuration_text().yaml());
    EXPECT_EQ(gateway.ask(get("/v1/log")).json(), (json{{"level", "info"}}));
    EXPECT_TRUE(logs(gateway, "one"));
    for (const auto* level : {"trace", "debug", "warn", "error", "off"}) {
        const auto changed = gateway.ask(put_level(level));
        EXPECT_EQ(changed.status, 200);
        EXPECT_EQ(changed.json(), (json{{"level", level}}));
        EXPECT_EQ(gateway.ask(get("/v1/log")).json(), (json{{"level", level}}));
    }
    EXPECT_FALSE(logs(gateway, "two"));
    gateway.ask(put_level("info"));
    EXPECT_TRUE(logs(gateway, "three"));
}

TEST(LogLevel, StandsInTheLogWithWhoChangedItWhateverItIs) {
    gateway_process gateway(guarded_mock(""));
    gateway.ask(with_key(put_level("error"), operator_key).header("X-Request-Id", "one"));
    gateway.ask(with_key(put_level("off"), operator_key).header("X-Request-Id", "two"));
    const auto first = json::parse(gateway.wait_for_log({"info to error"}));
    EXPECT_EQ(first.at("event"), "log level changed");
    EXPECT_EQ(first.at("detail"), "info to error, by the key ops, request one");
    const auto second = json::parse(gateway.wait_for_log({"error to off"}));
    EXPECT_EQ(second.at("detail"), "error to off, by the key ops, request two");
}

TEST(LogLevel, IsForOperators) {
    gateway_process gateway(guarded_mock(""));
    expect_native_error(gateway.ask(get("/v1/log")), 401);
    expect_native_error(gateway.ask(put_level("off")), 401);
    expect_native_error(gateway.ask(with_key(get("/v1/log"))), 403);
    expect_native_error(gateway.ask(with_key(put_level("off"))), 403);
    EXPECT_EQ(gateway.ask(with_key(get("/v1/log"), operator_key)).json().at("level"), "info");
}

TEST(LogLevel, IsChangedByNoPageOfAnotherOrigin) {
    gateway_process gateway(
        configuration_text().upstream("http://127.0.0.1:9").operator_key("ops", operator_key).yaml()
    );
    const auto by = [&](const std::string& origin) {
        return with_key(put_level("off").header("Origin", origin), operator_key);
    };
    expect_native_error(gateway.ask(by("https://evil.example")), 403);
    const auto read = gateway.ask(with_key(get("/v1/log"), operator_key));
    EXPECT_EQ(read.json().at("level"), "info");
    EXPECT_EQ(gateway.ask(by("http://localhost")).status, 200);
}

TEST(LogLevel, IsLeftAloneByWhatMakesNoSense) {
    gateway_process gateway(configuration_text().yaml());
    const auto refused = [&](const std::string& body, const json& param) {
        const auto answer = gateway.ask(put(body));
        SCOPED_TRACE(body);
        expect_native_error(answer, 400);
        EXPECT_EQ(answer.json().at("error").value("param", json()), param);
    };
    refused("", nullptr);
    refused("debug", nullptr);
    refused("[]", nullptr);
    refused("{}", "level");
    refused(R"({"level":"loud"})", "level");
    refused(R"({"level":"DEBUG"})", "level");
    refused(R"({"level":2})", "level");
    refused(R"({"level":null})", "level");
    refused(R"({"level":"debug","for":"1h"})", "for");
    refused(R"({"level":"debug","level":"off"})", "level");
    EXPECT_EQ(gateway.ask(get("/v1/log")).json().at("level"), "info");
}

TEST(LogLevel, TakesNoBodyThatIsLongerThanItCanBe) {
    const gateway_process gateway(configuration_text().yaml());
    const std::string fits = R"({"level":"debug"})";
    const auto long_one = gateway.ask(put(fits + std::string(1025 - fits.size(), ' ')));
    expect_native_error(long_one, 413);
    EXPECT_EQ(gateway.ask(put("[" + std::string(1024, '['))).status, 413) << "read before";
    EXPECT_EQ(gateway.ask(get("/v1/log")).json().at("level"), "info");
    EXPECT_EQ(gateway.ask(put(fits + std::string(1024 - fits.size(), ' '))).status, 200);
}

TEST(LogLevel, SaysNoLongWordsAfterAnybody) {
    const gateway_process gateway(configuration_text().yaml());
    const auto refused = [&](std::size_t size) {
        const auto answer = gateway.ask(put(json{{std::string(size, 'k'), 1}}.dump()));
        expect_native_error(answer, 400);
        return answer;
    };
    EXPECT_EQ(refused(64).json().at("error").at("param"), std::string(64, 'k'));
    EXPECT_THAT(refused(65).body, Not(HasSubstr("kk")));
}

TEST(LogLevel, HasMethodsThatAPageMayAskFor) {
    const gateway_process gateway(configuration_text().yaml());
    const auto preflight = gateway.ask(request("OPTIONS", "/v1/log")
                                           .header("Origin", "https://any.example")
                                           .header("Access-Control-Request-Method", "PUT"));
    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(preflight.header("Access-Control-Allow-Methods"), "GET, HEAD, PUT, OPTIONS");
    const auto wrong = gateway.ask(post("/v1/log", {{"level", "off"}}));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, PUT, OPTIONS");
}

TEST(LogLevel, IsTheFilesAgainAfterAReload) {
    gateway_process gateway(configuration_text().log("level: warn").yaml());
    gateway.ask(put_level("debug"));
    gateway.signal(SIGHUP);
    const auto level = [&] { return gateway.ask(get("/v1/log")).json().at("level"); };
    EXPECT_TRUE(eventually([&] { return level() == "warn"; }));
}

}  // namespace
}  // namespace sluice::end_to_end
