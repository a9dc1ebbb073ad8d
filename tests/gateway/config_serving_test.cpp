#include "gateway/config/configuration.hpp"
#include "gateway/config/listen.hpp"
#include "gateway/config/load.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sluice::gateway {
namespace {

using protocol = upstream::provider_settings::protocol;

configuration with_upstream(std::string_view yaml = "") {
    configuration config = *parse_configuration(yaml, "f.yaml");
    EXPECT_EQ(add_upstream(config, "http://127.0.0.1:9/v1", ""), std::nullopt);
    return config;
}

TEST(ListenAddress, IsAnAddressOrLocalhostWithAPort) {
    struct form {
        std::string_view text;
        std::string_view host;
        std::uint16_t port;
    };
    for (const form& one :
         {form{"127.0.0.1:8080", "127.0.0.1", 8080},
          form{"[::1]:0", "::1", 0},
          form{"localhost:65535", "localhost", 65535},
          form{"0.0.0.0:80", "0.0.0.0", 80},
          form{"[2001:db8::1]:443", "2001:db8::1", 443}}) {
        SCOPED_TRACE(one.text);
        const auto address = parse_listen_address(one.text);
        ASSERT_TRUE(address);
        EXPECT_EQ(address->host, one.host);
        EXPECT_EQ(address->port, one.port);
        EXPECT_EQ(to_string(*address), one.text);
    }
}

TEST(ListenAddress, IsNothingElse) {
    for (const std::string_view text :
         {"",
          ":",
          ":80",
          "*:80",
          "127.0.0.1",
          "127.0.0.1:",
          "127.0.0.1:65536",
          "127.0.0.1:080",
          "127.0.0.1:+1",
          "::1:80",
          "[::1]",
          "[]:80",
          "[127.0.0.1]:80",
          "example.com:80",
          "1.2.3:80",
          "127.0.0.1:80 ",
          " 127.0.0.1:80",
          "LOCALHOST:1",
          "[::1%lo]:80"}) {
        EXPECT_FALSE(parse_listen_address(text)) << text;
    }
}

TEST(ListenAddress, IsLoopbackWhereNobodyElseCanConnect) {
    for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(is_loopback({host, 1})) << host;
    }
    for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "1.127.0.0"}) {
        EXPECT_FALSE(is_loopback({host, 1})) << host;
    }
}

TEST(ListenAddress, IsTakenByTheSameOneAndByAllOfItsFamily) {
    const auto taken = [](std::string_view address, std::string_view by) {
        const listen_address other = *parse_listen_address(by);
        return is_taken(*parse_listen_address(address), {{"10.9.9.9", 7}, other});
    };
    EXPECT_TRUE(taken("127.0.0.1:1", "127.0.0.1:1"));
    EXPECT_TRUE(taken("127.0.0.1:1", "localhost:1"));
    EXPECT_TRUE(taken("127.0.0.1:1", "0.0.0.0:1"));
    EXPECT_TRUE(taken("0.0.0.0:1", "127.0.0.1:1"));
    EXPECT_TRUE(taken("[::1]:1", "[0:0::0:1]:1"));
    EXPECT_TRUE(taken("[::1]:1", "[::]:1"));
    EXPECT_FALSE(taken("127.0.0.1:1", "127.0.0.1:2"));
    EXPECT_FALSE(taken("127.0.0.1:1", "127.0.0.2:1"));
    EXPECT_FALSE(taken("127.0.0.1:0", "127.0.0.1:0"));
    EXPECT_FALSE(taken("127.0.0.1:1", "[::]:1"));
    EXPECT_FALSE(taken("[::1]:1", "0.0.0.0:1"));
    EXPECT_FALSE(is_taken({"127.0.0.1", 1}, {}));
}

TEST(Serving, OfTheMockAloneIsAllowedAnywhere) {
    configuration config = default_configuration();
    config.server.listen = {{"0.0.0.0", 8080}, {"::", 8080}};
    EXPECT_EQ(refuse_to_serve(config), std::nullopt);
}

TEST(Serving, OfARealProviderIsAllowedOnLoopback) {
    EXPECT_EQ(refuse_to_serve(with_upstream()), std::nullopt);
}

TEST(Serving, OfARealProviderToOthersNeedsKeysOrAWordOfConsent) {
    configuration config = with_upstream();
    config.server.listen = {{"127.0.0.1", 1}, {"::", 8080}};
    EXPECT_EQ(
        refuse_to_serve(config),
        "listening on [::]:8080 would let everybody who can reach it use your providers: configure "
        "'keys', or write 'auth: none' if that is meant"
    );

    configuration consenting = with_upstream("auth: none\n");
    consenting.server.listen = config.server.listen;
    EXPECT_EQ(refuse_to_serve(consenting), std::nullopt);

    configuration guarded =
        with_upstream("keys: [{id: a, sha256: " + std::string(64, '0') + "}]\n");
    guarded.server.listen = config.server.listen;
    EXPECT_EQ(refuse_to_serve(guarded), std::nullopt);
}

TEST(Serving, ToOperatorsFromElsewhereNeedsKeysOrAWordOfConsent) {
    configuration config = with_upstream();
    config.server.admin = {{"127.0.0.1", 9090}, {"0.0.0.0", 9090}};
    EXPECT_EQ(
        refuse_to_serve(config),
        "listening on 0.0.0.0:9090 for operators would let everybody who can reach it see and stop "
        "all streams: configure 'keys', or write 'auth: none' if that is meant"
    );
    configuration consenting = with_upstream("auth: none\n");
    consenting.server.admin = config.server.admin;
    EXPECT_EQ(refuse_to_serve(consenting), std::nullopt);
}

TEST(Serving, ToOperatorsIsNotWhereClientsAreServed) {
    configuration config = default_configuration();
    config.server.admin = {{"127.0.0.1", 9090}};
    EXPECT_EQ(refuse_to_serve(config), std::nullopt);
    config.server.listen = {{"127.0.0.1", 8080}, {"127.0.0.1", 9090}};
    EXPECT_EQ(
        refuse_to_serve(config),
        "'admin' has 127.0.0.1:9090, where clients are to be served: operators need an address of "
        "their own"
    );
}

TEST(Serving, NeedsItsFiles) {
    configuration config = default_configuration();
    config.server.tls = tls_settings{"/nonexistent/a.pem", "/nonexistent/b.pem"};
    EXPECT_EQ(
        refuse_to_serve(config),
        "the certificate '/nonexistent/a.pem' cannot be read: No such file or directory"
    );
    config.server.tls = tls_settings{"/dev/null", "/nonexistent/b.pem"};
    EXPECT_EQ(
        refuse_to_serve(config),
        "the private key '/nonexistent/b.pem' cannot be read: No such file or directory"
    );
    configuration trusting = with_upstream();
    trusting.providers.back().settings.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(
        refuse_to_serve(trusting),
        "the 'ca_file' of provider 'upstream' '/nonexistent/ca.pem' cannot be read: No such file "
        "or "
        "directory"
    );
}

TEST(Upstream, TakesEveryModelThatNoRouteNames) {
    ::setenv("SLUICE_TEST_KEY", "s3cret", 1);
    configuration config = default_configuration();
    EXPECT_EQ(add_upstream(config, "https://a.example/v1/", "SLUICE_TEST_KEY"), std::nullopt);
    ::unsetenv("SLUICE_TEST_KEY");
    ASSERT_EQ(config.providers.size(), 2U);
    EXPECT_EQ(config.providers[1].settings.name, "upstream");
    EXPECT_EQ(config.providers[1].settings.kind, protocol::openai);
    EXPECT_EQ(config.providers[1].settings.base_url, "https://a.example/v1");
    EXPECT_EQ(config.providers[1].settings.api_key, "s3cret");
    ASSERT_EQ(config.models.size(), 2U);
    EXPECT_EQ(config.models[0].name, "mock");
    EXPECT_EQ(config.models[1].name, "*");
    EXPECT_EQ(config.models[1].targets.at(0).provider, "upstream");
    EXPECT_EQ(config.models[1].targets.at(0).model, "*");
    EXPECT_EQ(
        add_upstream(config, "https://a.example", ""),
        "--upstream: the configuration has a provider called 'upstream' already"
    );
}

TEST(Upstream, SaysWhatIsWrong) {
    configuration config = default_configuration();
    EXPECT_EQ(add_upstream(config, "", ""), "--upstream needs a URL");
    EXPECT_EQ(
        add_upstream(config, "a.example", ""), "--upstream must begin with http:// or https://"
    );
    EXPECT_EQ(
        add_upstream(config, "http://u:p4ss@a", ""),
        "--upstream must not hold a user name or password"
    );
    EXPECT_EQ(
        add_upstream(config, "http://a", "SLUICE_TEST_UNSET"),
        "--upstream-key-env: environment variable 'SLUICE_TEST_UNSET' is not set or empty"
    );
    ::setenv("SLUICE_TEST_KEY", "s3cret\r\nX-A: b", 1);
    EXPECT_EQ(
        add_upstream(config, "http://a", "SLUICE_TEST_KEY"),
        "--upstream-key-env: environment variable 'SLUICE_TEST_KEY' must not hold line ends or "
        "control "
        "characters"
    );
    ::unsetenv("SLUICE_TEST_KEY");
    EXPECT_EQ(config.providers.size(), 1U);
    config.models.push_back({"*", {target{"mock", "*"}}, {}, {}});
    EXPECT_EQ(
        add_upstream(config, "http://a", ""),
        "--upstream: the configuration has a route called '*' already"
    );
}

}  // namespace
}  // namespace sluice::gateway
