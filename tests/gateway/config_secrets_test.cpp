// Secrets in files that everybody can read.

#include "gateway/config/load.hpp"
#include "tests/gateway/config_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace sluice::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr mode_t own = 0600;
constexpr mode_t of_the_group = 0640;
constexpr mode_t of_all = 0644;

/// A file that is gone with the test.
class file_of_mode {
 public:
    file_of_mode(std::string_view content, mode_t mode) {
        path_ = ::testing::TempDir() + "config_secrets_XXXXXX";
        const int descriptor = ::mkstemp(path_.data());
        EXPECT_GE(descriptor, 0);
        std::ofstream(path_, std::ios::binary) << content;
        EXPECT_EQ(::fchmod(descriptor, mode), 0);
        ::close(descriptor);
    }
    file_of_mode(const file_of_mode&) = delete;
    file_of_mode& operator=(const file_of_mode&) = delete;
    ~file_of_mode() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

/// What is said of such a file, its path as f.yaml.
strings errors_of_file(const std::string& yaml, mode_t mode) {
    const file_of_mode file(yaml, mode);
    const auto loaded = load_configuration(file.path());
    if (loaded) return {};
    strings messages = loaded.error().messages;
    for (std::string& message : messages)
        message.replace(0, file.path().size(), "f.yaml");
    return messages;
}

/// The fields stand on the third line.
std::string provider(const std::string& kind, const std::string& fields) {
    return "models: [{name: a, targets: [{provider: p, model: m}]}]\nproviders: {p: {kind: " +
           kind + ",\n" + fields + "}}\n";
}

std::string open_secret(const std::string& where, const std::string& key) {
    return "f.yaml:" + where + ": '" + key +
           "' is a secret, and everybody can read this file: chmod o-r it, or write ${NAME}";
}

TEST(SecretInTheFile, IsRefusedWhereEverybodyCanReadIt) {
    const std::string yaml = provider("openai", "api_key: sk-s3cret");
    EXPECT_THAT(errors_of_file(yaml, of_all), ElementsAre(open_secret("3:10", "api_key")));
    EXPECT_THAT(errors_of_file(yaml, 0604), ElementsAre(open_secret("3:10", "api_key")));
    EXPECT_THAT(errors_of_file(yaml, of_the_group), IsEmpty());
    EXPECT_THAT(errors_of_file(yaml, own), IsEmpty());
}

TEST(SecretInTheFile, IsRefusedInEachFieldOfThatUse) {
    EXPECT_THAT(
        errors_of_file(
            "streams: {url_secret: 0123456789abcdef}\n" +
                provider(
                    "bedrock",
                    "region: r, access_key_id: a, secret_access_key: s3cret, session_token: s3cret"
                ),
            of_all
        ),
        ElementsAre(
            open_secret("1:23", "url_secret"),
            open_secret("4:49", "secret_access_key"),
            open_secret("4:72", "session_token")
        )
    );
    EXPECT_THAT(
        errors_of_file(provider("gemini", "bearer_token: s3cret"), of_all),
        ElementsAre(open_secret("3:15", "bearer_token"))
    );
}

TEST(SecretInTheFile, IsRefusedInPartsToo) {
    ::setenv("SLUICE_TEST_KEY", "s3cret", 1);
    EXPECT_THAT(
        errors_of_file(provider("openai", "api_key: \"sk-${SLUICE_TEST_KEY}\""), of_all),
        ElementsAre(open_secret("3:10", "api_key"))
    );
    EXPECT_THAT(
        errors_of_file(provider("openai", "api_key: \"${SLUICE_TEST_KEY}x\""), of_all),
        ElementsAre(open_secret("3:10", "api_key"))
    );
    EXPECT_THAT(
        errors_of_file(provider("openai", "api_key: \"$${SLUICE_TEST_KEY}\""), of_all),
        ElementsAre(open_secret("3:10", "api_key"))
    );
    ::unsetenv("SLUICE_TEST_KEY");
}

TEST(SecretInTheFile, MayBeAReferenceForAllToRead) {
    ::setenv("SLUICE_TEST_KEY", "s3cret", 1);
    for (const std::string written :
         {"\"${SLUICE_TEST_KEY}\"",
          "\"${SLUICE_TEST_KEY}${SLUICE_TEST_KEY}\"",
          "\"${SLUICE_TEST_UNSET:-none}\"",
          "client"}) {
        SCOPED_TRACE(written);
        EXPECT_THAT(errors_of_file(provider("openai", "api_key: " + written), of_all), IsEmpty());
    }
    ::unsetenv("SLUICE_TEST_KEY");
}

TEST(SecretInTheFile, IsAHeaderWhoseNameSaysSo) {
    ::setenv("SLUICE_TEST_KEY", "s3cret", 1);
    const std::string headers =
        "headers: {X-Title: my app,\n X-Service-Token: s3cret,\n authorization: Bearer s3cret,\n"
        " Cookie: \"a=${SLUICE_TEST_KEY}\", X-Api-Key: \"${SLUICE_TEST_KEY}\"}";
    EXPECT_THAT(
        errors_of_file(provider("openai", headers), of_all),
        ElementsAre(open_secret("4:19", "X-Service-Token"), open_secret("5:17", "authorization"))
    );
    EXPECT_THAT(errors_of_file(provider("openai", headers), own), IsEmpty());
    ::unsetenv("SLUICE_TEST_KEY");
}

TEST(SecretInTheFile, IsNotTheHashOfAKey) {
    EXPECT_THAT(
        errors_of_file("keys: [{id: a, sha256: " + std::string(64, '0') + "}]\n", of_all), IsEmpty()
    );
}

TEST(SecretInTheFile, IsNobodysBusinessWhereTheTextHasNoFile) {
    EXPECT_THAT(errors_of(provider("openai", "api_key: sk-s3cret")), IsEmpty());
}

TEST(SecretInTheFile, IsNeverPartOfAMessage) {
    for (const std::string& message : errors_of_file(
             provider("openai", "api_key: sk-s3cret\n, headers: {Cookie: s3cret}"), of_all
         )) {
        EXPECT_THAT(message, Not(HasSubstr("s3cret")));
    }
}

TEST(SecretFile, IsRefusedWhereEverybodyCanReadIt) {
    const file_of_mode open("s3cret", of_all);
    const std::string reference = "api_key: \"${file:" + open.path() + "}\"";
    EXPECT_THAT(
        errors_of(provider("openai", reference)),
        ElementsAre(
            "f.yaml:3:10: file '" + open.path() + "' can be read by everybody: chmod o-r it"
        )
    );
}

TEST(SecretFile, MayBeReadByItsGroup) {
    const file_of_mode closed("s3cret", of_the_group);
    const auto read = parse_configuration(
        provider("openai", "api_key: \"${file:" + closed.path() + "}\""), "f.yaml"
    );
    ASSERT_TRUE(read);
    EXPECT_EQ(read->providers.at(0).settings.api_key, "s3cret");
}

TEST(PrivateKey, IsRefusedWhereEverybodyCanReadIt) {
    const file_of_mode certificate("PEM", of_all);
    const file_of_mode open("PEM", of_all);
    const file_of_mode closed("PEM", of_the_group);
    configuration config = default_configuration();
    config.server.tls = tls_settings{certificate.path(), open.path()};
    EXPECT_EQ(
        refuse_to_serve(config),
        "the private key '" + open.path() + "' can be read by everybody: chmod o-r it"
    );
    config.server.tls = tls_settings{certificate.path(), closed.path()};
    EXPECT_EQ(refuse_to_serve(config), std::nullopt);
}

}  // namespace
}  // namespace sluice::gateway
