#include "gateway/config/load.hpp"
#include "tests/gateway/config_errors.hpp"
#include "upstream/providers/openai_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using protocol = upstream::provider_settings::protocol;

configuration read(std::string_view yaml) {
    auto result = parse_configuration(yaml, "f.yaml");
    if (!result) {
        for (const auto& message : result.error().messages)
            ADD_FAILURE() << message;
        return {};
    }
    return *result;
}

class variable {
 public:
    variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;
    ~variable() { ::unsetenv(name_); }

 private:
    const char* name_;
};

class temporary_file {
 public:
    explicit temporary_file(std::string_view content) {
        std::string path = ::testing::TempDir() + "config_test_XXXXXX";
        const int descriptor = ::mkstemp(path.data());
        EXPECT_GE(descriptor, 0);
        ::close(descriptor);
        path_ = path;
        std::ofstream(path_, std::ios::binary) << content;
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

// ---- what is read ----

TEST(Configuration, OfAnEmptyFileIsTheMock) {
    for (const std::string_view yaml :
         {"", "# nothing\n", "---\n", "\xEF\xBB\xBF# a mark first\n"}) {
        SCOPED_TRACE(yaml);
        const configuration config = read(yaml);
        ASSERT_EQ(config.providers.size(), 1U);
        EXPECT_EQ(config.providers[0].settings.name, "mock");
        EXPECT_EQ(config.providers[0].settings.kind, protocol::mock);
        ASSERT_EQ(config.models.size(), 1U);
        EXPECT_EQ(config.models[0].name, "mock");
        EXPECT_EQ(config.models[0].targets.at(0).provider, "mock");
        EXPECT_FALSE(config.has_real_provider());
        EXPECT_EQ(config.auth, auth_mode::none);
        EXPECT_FALSE(config.auth_written);
    }
}

TEST(Configuration, ReadsEveryServerSetting) {
    const server_settings server = read(R"(
server:
  listen: [127.0.0.1:8080, "[::1]:0", localhost:9]
  workers: 3
  tls: {certificate: server.pem, private_key: server.key}
  hosts: [Gateway.Example.com]
  cors: {origins: ["https://Chat.example.com", "*"]}
  default_model: mock
  limits: {body: 1MiB, header: 16KiB, connections: 7}
  idle: 1m
  heartbeat: 250ms
  commit_after: never
  drain: 0s
  close_after_stream: true
)")
                                       .server;
    ASSERT_EQ(server.listen.size(), 3U);
    EXPECT_EQ(server.listen[1].host, "::1");
    EXPECT_EQ(server.listen[1].port, 0);
    EXPECT_EQ(server.listen[2].host, "localhost");
    EXPECT_EQ(server.workers, 3U);
    ASSERT_TRUE(server.tls);
    EXPECT_EQ(server.tls->certificate, "server.pem");
    EXPECT_EQ(server.tls->private_key, "server.key");
    EXPECT_THAT(server.hosts, ElementsAre("gateway.example.com"));
    EXPECT_THAT(server.cors_origins, ElementsAre("https://chat.example.com", "*"));
    EXPECT_EQ(server.default_model, "mock");
    EXPECT_EQ(server.body_bytes_max, 1U << 20);
    EXPECT_EQ(server.header_bytes_max, 16U << 10);
    EXPECT_EQ(server.connections_max, 7U);
    EXPECT_EQ(server.idle, 60s);
    EXPECT_EQ(server.heartbeat, 250ms);
    EXPECT_FALSE(server.commit_after);
    EXPECT_EQ(server.drain, 0s);
    EXPECT_TRUE(server.close_after_stream);
}

TEST(Configuration, ReadsAnOpenaiProviderAndItsRoutes) {
    const configuration config = read(R"(
providers:
  local:
    kind: openai
    base_url: http://127.0.0.1:8000/v1/
    api_key: literal
    organization: org
    headers: {X-Team: a}
    forward_headers: [X-Trace]
    http2: true
    ask_usage: false
    connect_timeout: 2s
    proxy: socks5h://proxy:1080
    ca_file: ca.pem
models:
  - name: "local/*"
    targets: [{provider: local, model: "*"}]
    policy: {first_token_timeout: 3s, progress_timeout: 4s, total_timeout: 1h, on_disconnect: keep}
)");
    ASSERT_EQ(config.providers.size(), 1U);
    const upstream::provider_settings& local = config.providers[0].settings;
    EXPECT_EQ(local.name, "local");
    EXPECT_EQ(local.base_url, "http://127.0.0.1:8000/v1");
    EXPECT_EQ(local.api_key, "literal");
    EXPECT_FALSE(local.client_key);
    EXPECT_EQ(local.organization, "org");
    EXPECT_EQ(local.headers, (upstream::header_list{{"X-Team", "a"}}));
    EXPECT_THAT(local.forward_headers, ElementsAre("x-trace"));
    EXPECT_TRUE(local.http2);
    EXPECT_FALSE(local.ask_usage);
    EXPECT_EQ(local.connect_timeout, 2s);
    EXPECT_EQ(local.proxy, "socks5h://proxy:1080");
    EXPECT_EQ(local.ca_file, "ca.pem");
    ASSERT_EQ(config.models.size(), 1U);
    EXPECT_EQ(config.models[0].name, "local/*");
    EXPECT_EQ(config.models[0].targets.at(0).model, "*");
    EXPECT_EQ(config.models[0].policy.first_token_timeout, 3s);
    EXPECT_EQ(config.models[0].policy.progress_timeout, 4s);
    EXPECT_EQ(config.models[0].policy.total_timeout, 1h);
    EXPECT_EQ(config.models[0].policy.on_disconnect, disconnect_policy::keep);
    EXPECT_TRUE(config.has_real_provider());
}

TEST(Configuration, ReadsAzureAndMockProviders) {
    const configuration config = read(R"(
providers:
  az: {kind: azure, base_url: "https://me.openai.azure.com", api_key: client, api_version: 2024-10-21}
  toy: {kind: mock, ttft: 0ms, rate: 12.5, seed: 18446744073709551615, tokens: 5}
models: [{name: a, targets: [{provider: toy, model: m}]}]
)");
    ASSERT_EQ(config.providers.size(), 2U);
    EXPECT_EQ(config.providers[0].settings.kind, protocol::azure);
    EXPECT_TRUE(config.providers[0].settings.client_key);
    EXPECT_EQ(config.providers[0].settings.api_key, "");
    EXPECT_EQ(config.providers[0].settings.api_version, "2024-10-21");
    EXPECT_EQ(config.providers[1].mock.ttft, upstream::mock::distribution(0));
    EXPECT_EQ(config.providers[1].mock.rate, 12.5);
    EXPECT_EQ(config.providers[1].mock.seed, UINT64_MAX);
    EXPECT_EQ(config.providers[1].mock.tokens, upstream::mock::distribution(5));
}

TEST(Configuration, ReadsEveryProtocolWithItsOwnKeys) {
    const configuration config = read(R"(
providers:
  claude: {kind: anthropic, api_key: k, version: 2024-01-01}
  vertex: {kind: gemini, base_url: "https://x.googleapis.com/v1/projects/p", bearer_token: t}
  granite: {kind: watsonx, api_key: k, project_id: p, iam_url: "http://127.0.0.1:1/token"}
  tags: {kind: ollama}
  aws: {kind: bedrock, region: eu-west-1, access_key_id: a, secret_access_key: b, session_token: c}
  co: {kind: cohere, api_key: k}
models: [{name: a, targets: [{provider: co, model: m}]}]
)");
    ASSERT_EQ(config.providers.size(), 6U);
    const auto& claude = config.providers[0].settings;
    EXPECT_EQ(claude.kind, protocol::anthropic);
    EXPECT_EQ(claude.base_url, "https://api.anthropic.com");
    EXPECT_EQ(claude.version, "2024-01-01");
    EXPECT_EQ(config.providers[1].settings.bearer_token, "t");
    const auto& granite = config.providers[2].settings;
    EXPECT_EQ(granite.base_url, "https://us-south.ml.cloud.ibm.com");
    EXPECT_EQ(granite.project_id, "p");
    EXPECT_EQ(granite.iam_url, "http://127.0.0.1:1/token");
    EXPECT_EQ(config.providers[3].settings.base_url, "http://127.0.0.1:11434");
    const auto& aws = config.providers[4].settings;
    EXPECT_EQ(aws.base_url, "https://bedrock-runtime.eu-west-1.amazonaws.com");
    EXPECT_EQ(aws.secret_access_key, "b");
    EXPECT_EQ(aws.session_token, "c");
    EXPECT_EQ(config.providers[5].settings.kind, protocol::cohere);
}

TEST(Configuration, KnowsCompatibleHostsByName) {
    const configuration config = read(
        "providers: {g: {kind: groq, api_key: k}, v: {kind: vllm, base_url: "
        "http://127.0.0.1:8000/v1}}\n"
        "models: [{name: a, targets: [{provider: g, model: b}]}]"
    );
    const auto& groq = config.providers.at(0).settings;
    EXPECT_EQ(groq.kind, protocol::openai);
    EXPECT_EQ(groq.base_url, "https://api.groq.com/openai/v1");
    ASSERT_NE(groq.host, nullptr);
    EXPECT_EQ(groq.host->name, "groq");
    EXPECT_EQ(config.providers.at(1).settings.host->name, "vllm");
}

TEST(Configuration, TakesOpenaiAloneToSpeakResponsesUnlessItIsSaid) {
    using upstream::api;
    const configuration config = read(
        "providers: {o: {kind: openai}, l: {kind: openai, base_url: http://127.0.0.1:1/v1},\n"
        "  r: {kind: openai, base_url: http://127.0.0.1:1/v1, apis: [responses, chat]}}\n"
        "models: [{name: a, targets: [{provider: o, model: b}]}]"
    );
    EXPECT_THAT(
        config.providers.at(0).settings.apis,
        ElementsAre(
            api::openai_chat, api::openai_responses, api::openai_completions, api::openai_embeddings
        )
    );
    EXPECT_THAT(
        config.providers.at(1).settings.apis,
        ElementsAre(api::openai_chat, api::openai_completions, api::openai_embeddings)
    );
    EXPECT_THAT(
        config.providers.at(2).settings.apis, ElementsAre(api::openai_responses, api::openai_chat)
    );
}

TEST(Configuration, ReadsStreamsAndLog) {
    const configuration config = read(R"(
streams: {backlog: 1KiB, journal: 2KiB, worker_journal: 3KiB, retention: 4s, grace: 5s, write_stall: 6s}
log: {level: off, format: auto}
)");
    EXPECT_EQ(config.streams.backlog, 1024U);
    EXPECT_EQ(config.streams.journal, 2048U);
    EXPECT_EQ(config.streams.worker_journal, 3072U);
    EXPECT_EQ(config.streams.retention, 4s);
    EXPECT_EQ(config.streams.grace, 5s);
    EXPECT_EQ(config.streams.write_stall, 6s);
    EXPECT_EQ(config.log.level, log_level::off);
    EXPECT_EQ(config.log.format, log_format::automatic);
}

TEST(Configuration, OfOpenaiKnowsWhereTheProviderIs) {
    const configuration config = read(
        "providers: {o: {kind: openai}}\nmodels: [{name: a, targets: [{provider: o, model: b}]}]"
    );
    EXPECT_EQ(config.providers.at(0).settings.base_url, "https://api.openai.com/v1");
}

TEST(Configuration, AsksForKeysAsSoonAsOneIsConfigured) {
    const std::string key = "keys: [{id: a, sha256: " + std::string(63, '0') + "F}]\n";
    const configuration config = read(key);
    EXPECT_EQ(config.auth, auth_mode::keys);
    EXPECT_FALSE(config.auth_written);
    ASSERT_EQ(config.keys.size(), 1U);
    EXPECT_EQ(config.keys[0].id, "a");
    EXPECT_EQ(config.keys[0].sha256[30], 0);
    EXPECT_EQ(config.keys[0].sha256[31], 15);
    EXPECT_EQ(read("auth: none\n" + key).auth, auth_mode::none);
    EXPECT_TRUE(read("auth: none\n" + key).auth_written);
}

// ---- references ----

std::string key_of(const std::string& written) {
    const configuration config = read(
        "providers: {p: {kind: openai, api_key: \"" + written +
        "\"}}\nmodels: [{name: a, targets: [{provider: p, model: b}]}]"
    );
    return config.providers.empty() ? "" : config.providers[0].settings.api_key;
}

TEST(ConfigurationReference, IsReplacedByTheVariable) {
    const variable set("SLUICE_TEST_A", "s3cret");
    EXPECT_EQ(key_of("${SLUICE_TEST_A}"), "s3cret");
    EXPECT_EQ(key_of("x-${SLUICE_TEST_A}-y-${SLUICE_TEST_A}"), "x-s3cret-y-s3cret");
}

TEST(ConfigurationReference, FallsBackOnItsDefault) {
    const variable empty("SLUICE_TEST_A", "");
    EXPECT_EQ(key_of("${SLUICE_TEST_A:-d:-e}"), "d:-e");
    EXPECT_EQ(key_of("${SLUICE_TEST_UNSET:-d}"), "d");
}

TEST(ConfigurationReference, ReadsAFileWithoutItsLastLineEnd) {
    const temporary_file secret("from-file\r\n");
    EXPECT_EQ(key_of("${file:" + secret.path() + "}"), "from-file");
}

TEST(ConfigurationReference, IsNotSearchedAgain) {
    const variable a("SLUICE_TEST_A", "${SLUICE_TEST_B}$");
    const variable b("SLUICE_TEST_B", "secret");
    EXPECT_EQ(key_of("${SLUICE_TEST_A}${SLUICE_TEST_B}"), "${SLUICE_TEST_B}$secret");
    EXPECT_EQ(key_of("$${SLUICE_TEST_B} $ {x}"), "${SLUICE_TEST_B} $ {x}");
}

TEST(ConfigurationReference, MayBringANumberOrADuration) {
    const variable count("SLUICE_TEST_A", "4");
    const configuration config =
        read("server: {workers: \"${SLUICE_TEST_A}\", idle: \"${SLUICE_TEST_A}s\"}");
    EXPECT_EQ(config.server.workers, 4U);
    EXPECT_EQ(config.server.idle, 4s);
}

TEST(ConfigurationReference, ToTheWordClientIsAKeyLikeAnyOther) {
    const variable client("SLUICE_TEST_A", "client");
    EXPECT_EQ(key_of("${SLUICE_TEST_A}"), "client");
}

// ---- errors ----

const std::string zeros(64, '0');

TEST(ConfigurationErrors, NeverHoldWhatAVariableHolds) {
    const variable secret("SLUICE_TEST_A", "s3cret value");
    const strings messages = errors_of(R"(
server: {idle: "${SLUICE_TEST_A}", workers: "${SLUICE_TEST_A}", listen: ["${SLUICE_TEST_A}"]}
log: {level: "${SLUICE_TEST_A}"}
providers: {p: {kind: openai, base_url: "${SLUICE_TEST_A}", ca_file: [x]}}
models: [{name: a, targets: [{provider: p, model: "${SLUICE_TEST_A}"}]}]
)");
    EXPECT_EQ(messages.size(), 7U);
    for (const auto& message : messages)
        EXPECT_THAT(message, Not(HasSubstr("s3cret")));
}

TEST(ConfigurationErrors, EndAfterAHundred) {
    std::string yaml;
    for (int i = 0; i < 150; ++i)
        yaml += "key" + std::to_string(i) + ": 1\n";
    const strings messages = errors_of(yaml);
    ASSERT_EQ(messages.size(), 101U);
    EXPECT_EQ(messages.back(), "f.yaml: and 50 more errors");
}

TEST(ConfigurationErrors, NameAFileThatCannotBeRead) {
    const auto missing = load_configuration("/nonexistent/sluice.yaml");
    ASSERT_FALSE(missing);
    EXPECT_THAT(
        missing.error().messages,
        ElementsAre("/nonexistent/sluice.yaml: cannot be read: No such file or directory")
    );
    const auto folder = load_configuration("/");
    ASSERT_FALSE(folder);
    EXPECT_THAT(folder.error().messages, ElementsAre("/: cannot be read: Is a directory"));
}

TEST(ConfigurationErrors, CallTheFileByItsPath) {
    const temporary_file file("sevrer: {}\n");
    const auto loaded = load_configuration(file.path());
    ASSERT_FALSE(loaded);
    EXPECT_THAT(
        loaded.error().messages,
        ElementsAre(file.path() + ":1:1: unknown key 'sevrer' (did you mean 'server'?)")
    );
}

// ---- description ----

TEST(ConfigurationDescription, ShowsRoutesAndMasksSecrets) {
    const std::string text = describe(read(R"(
keys: [{id: team-a, sha256: )" + zeros + R"(}]
providers:
  p: {kind: openai, api_key: s3cret, headers: {X-A: s3cret}}
  q: {kind: openai, api_key: client}
models: [{name: chat, targets: [{provider: p, model: gpt-4o}]}, {name: "b*", targets: [{provider: q, model: "*"}]}]
)"));
    EXPECT_THAT(text, Not(HasSubstr("s3cret")));
    EXPECT_THAT(text, Not(HasSubstr(zeros)));
    EXPECT_THAT(text, HasSubstr("auth: keys\n"));
    EXPECT_THAT(text, HasSubstr("api_key: \"***\"\n"));
    EXPECT_THAT(text, HasSubstr("X-A: \"***\"\n"));
    EXPECT_THAT(text, HasSubstr("api_key: client\n"));
    EXPECT_THAT(text, HasSubstr("  - name: chat\n    targets:\n      - provider: p\n"));
    EXPECT_THAT(text, HasSubstr("total_timeout: off\n"));
}

TEST(ConfigurationDescription, CanBeReadAgain) {
    const std::string once = describe(read(R"(
server: {listen: ["[::1]:0"], hosts: [a], cors: {origins: ["*"]}, commit_after: never, tls: {certificate: c, private_key: k}}
providers: {m: {kind: mock, rate: 0.5, tokens: 3}, o: {kind: openai, proxy: "http://p:1", forward_headers: [x-a]}}
models: [{name: "m*", targets: [{provider: m, model: "*"}], policy: {total_timeout: 90s, on_disconnect: grace}}]
log: {level: off}
)"));
    EXPECT_EQ(describe(read(once)), once);
}

}  // namespace
}  // namespace sluice::gateway
