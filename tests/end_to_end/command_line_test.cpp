#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/tls_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CommandLine, TellsItsVersion) {
    const auto plain = run_sluice({"version"});
    EXPECT_EQ(plain.exit_code, 0);
    EXPECT_THAT(plain.out, HasSubstr("sluice"));
    const auto machine = run_sluice({"version", "--json"});
    EXPECT_EQ(machine.exit_code, 0);
    const auto version = json::parse(machine.out).at("version").get<std::string>();
    EXPECT_THAT(plain.out, HasSubstr(version));
}

TEST(CommandLine, ShowsHelp) {
    const auto help = run_sluice({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    for (const auto* word : {"serve", "check", "schema", "health", "version"}) {
        EXPECT_THAT(help.out, HasSubstr(word));
    }
    EXPECT_THAT(run_sluice({"serve", "--help"}).out, HasSubstr("--listen"));
}

TEST(CommandLine, RefusesWhatItDoesNotUnderstandWithCodeTwo) {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"sing"},
        {"serve", "--no-such-option"},
        {"serve", "--listen"},
        {"serve", "surplus"},
        {"check"},
        {"version", "--yaml"}};
    for (const auto& arguments : wrong) {
        const auto result = run_sluice(arguments);
        EXPECT_EQ(result.exit_code, 2) << result.err;
        EXPECT_FALSE(result.err.empty());
    }
}

TEST(CommandLine, ChecksAConfigurationAndMasksItsSecrets) {
    const temporary_folder folder;
    const auto path = folder.write(
        "good.yaml",
        configuration_text()
            .upstream("http://127.0.0.1:9/v1")
            .upstream_setting("api_key: \"${SLUICE_TEST_KEY}\"")
            .yaml()
    );
    const auto result = run_sluice({"check", "--config", path}, {{"SLUICE_TEST_KEY", "sk-hidden"}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("up"));
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("sk-hidden")));
}

TEST(CommandLine, ShowsWhereAConfigurationIsWrong) {
    const temporary_folder folder;
    const auto path = folder.write(
        "bad.yaml", "server:\n  drain: soon\nproviders:\n  mock: {kind: mock}\nmodles: []\n"
    );
    for (const auto* command : {"check", "serve"}) {
        const auto result = run_sluice({command, "--config", path});
        EXPECT_EQ(result.exit_code, 1);
        EXPECT_THAT(result.err, HasSubstr("bad.yaml:2:10:"));
        EXPECT_THAT(result.err, HasSubstr("bad.yaml:5:1: unknown key 'modles'"));
        EXPECT_THAT(result.err, HasSubstr("did you mean 'models'?"));
        EXPECT_THAT(result.out, Not(HasSubstr("listening")));
    }
    EXPECT_EQ(run_sluice({"check", "--config", "/nowhere/at/all.yaml"}).exit_code, 1);
}

TEST(CommandLine, PrintsASchemaOfTheConfiguration) {
    const auto result = run_sluice({"schema"});
    EXPECT_EQ(result.exit_code, 0);
    const auto schema = json::parse(result.out);
    EXPECT_TRUE(schema.contains("$schema"));
    EXPECT_TRUE(schema.at("properties").contains("models"));
}

TEST(CommandLine, AsksForHealth) {
    const gateway_process gateway(configuration_text().yaml());
    const auto url = "http://127.0.0.1:" + std::to_string(gateway.port());
    EXPECT_EQ(run_sluice({"health", url}).exit_code, 0);
    loopback_listener nobody = listen_loopback();
    nobody.fd.reset();
    EXPECT_EQ(
        run_sluice({"health", "http://127.0.0.1:" + std::to_string(nobody.port)}).exit_code, 1
    );
    EXPECT_NE(run_sluice({"health", "not a url"}).exit_code, 0);
}

TEST(CommandLine, SaysSoWhenThePortIsInUse) {
    const loopback_listener taken = listen_loopback();
    const auto address = "127.0.0.1:" + std::to_string(taken.port);
    const auto result = run_sluice({"serve", "--listen", address});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("in use"));
    EXPECT_THAT(result.err, HasSubstr(address));
    const gateway_process first(configuration_text().yaml());
    const auto second =
        run_sluice({"serve", "--listen", "127.0.0.1:" + std::to_string(first.port())});
    EXPECT_EQ(second.exit_code, 1) << "SO_REUSEPORT hid the clash";
}

TEST(CommandLine, PutsAnUpstreamBehindEveryOtherModel) {
    fake_upstream upstream(say({"Hi"}));
    gateway_options options;
    options.arguments = {
        "--upstream", upstream.base_url(), "--upstream-key-env", "SLUICE_TEST_KEY"};
    options.environment = {{"SLUICE_TEST_KEY", "sk-from-environment"}};
    const gateway_process gateway(options);
    const auto response = gateway.ask(
        post("/v1/streams", {{"model", "some-model"}, {"prompt", "Hello"}, {"stream", false}})
    );
    EXPECT_EQ(response.json().at("text"), "Hi");
    const auto sent = upstream.expect_request();
    EXPECT_EQ(sent.target, "/v1/chat/completions");
    EXPECT_EQ(sent.json().at("model"), "some-model");
    EXPECT_EQ(sent.header("Authorization"), "Bearer sk-from-environment");
}

TEST(CommandLine, RefusesToServeAProviderToTheWorldWithoutKeys) {
    const temporary_folder folder;
    const auto open_to_all =
        configuration_text().upstream("http://127.0.0.1:9/v1").server("listen: [\"0.0.0.0:0\"]");
    const auto result =
        run_sluice({"serve", "--config", folder.write("open.yaml", open_to_all.yaml())});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("keys"));
    auto said_so = open_to_all;
    const gateway_process written(said_so.top("auth: none").yaml());
    EXPECT_EQ(written.ask(get("/livez")).status, 200);
    auto with_keys = open_to_all;
    const gateway_process guarded(with_keys.key("a", "sk-a").yaml());
    EXPECT_EQ(guarded.ask(get("/livez")).status, 200);
    const gateway_process mock_only(configuration_text().server("listen: [\"0.0.0.0:0\"]").yaml());
    EXPECT_EQ(mock_only.ask(get("/livez")).status, 200);
}

TEST(Tls, IsSpokenInItsCurrentVersionsOnly) {
    const temporary_folder folder;
    const auto identity = make_tls_identity();
    const auto certificate = folder.write("server.pem", identity.certificate);
    const auto key = folder.write("server.key", identity.private_key);
    const gateway_process gateway(
        configuration_text()
            .server("tls: {certificate: \"" + certificate + "\", private_key: \"" + key + "\"}")
            .yaml()
    );
    EXPECT_THAT(gateway.listening_line(), HasSubstr("listening on https://127.0.0.1:"));
    const auto stream = post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "5");
    for (const auto version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        const auto response = ask_over_tls(gateway.port(), stream, version);
        ASSERT_TRUE(response.has_value());
        EXPECT_EQ(response->status, 200);
        EXPECT_THAT(response->body, HasSubstr("event: done"));
    }
    EXPECT_FALSE(ask_over_tls(gateway.port(), stream, tls_version::tls_1_1).has_value());
    raw_client plain = gateway.connect();
    plain.send(get("/livez"));
    EXPECT_THAT(plain.read_to_end(), Not(HasSubstr("200 OK")));
}

}  // namespace
}  // namespace sluice::end_to_end
