// Clients at the TLS port that do not speak TLS, or never finish greeting.
#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/tls_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::end_to_end {
namespace {

using namespace std::string_view_literals;

using testing::HasSubstr;
using testing::Not;

/// The first 64 bytes of a ClientHello that announces 512.
std::string half_a_greeting() {
    const std::string head("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    return head + std::string(53, '\x5a');
}

class TlsPort : public testing::Test {
 protected:
    static std::string settings(const temporary_folder& folder) {
        const auto identity = make_tls_identity();
        const auto certificate = folder.write("server.pem", identity.certificate);
        const auto key = folder.write("server.key", identity.private_key);
        return configuration_text()
            .server("tls: {certificate: \"" + certificate + "\", private_key: \"" + key + "\"}")
            .yaml();
    }
    void expect_service() const {
        const auto stream = post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "5");
        const auto answer = ask_over_tls(gateway_.port(), stream, tls_version::tls_1_3);
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ(answer->status, 200);
        EXPECT_THAT(answer->body, HasSubstr("event: done"));
    }

    temporary_folder folder_;
    gateway_process gateway_{settings(folder_)};
};

std::string padded(std::string_view begin, std::size_t more) {
    std::string bytes{begin};
    bytes.append(more, 'x');
    return bytes;
}

TEST_F(TlsPort, AnswersNobodyWhoSpeaksNoTls) {
    const std::vector<std::string> greetings{
        post("/v1/streams", {{"prompt", "Hi"}}).bytes(),
        std::string(4096, '\0'),
        std::string(4096, '\xff'),
        padded("\x80\x2e\x01\x00\x02"sv, 44),                 // SSL 2
        padded("\x16\x03\x01\xff\xff"sv, 4096),               // too long
        padded("\x17\x03\x03\x00\x05hello"sv, 0),             // data first
        padded("\x15\x03\x03\x00\x02\x02\x28"sv, 0),          // an alert
        padded("\x16\x03\x01\x00\x04\x02\x00\x00\x00"sv, 0),  // a ServerHello
        padded("\x16\x03\x01\x00\x04\x01\x00\x00\x00"sv, 0),  // an empty one
    };
    for (const auto& greeting : greetings) {
        raw_client client = gateway_.connect();
        client.try_send(greeting);
        client.shutdown_write();
        EXPECT_THAT(client.read_to_end(), Not(HasSubstr("HTTP/1.1 2")));
    }
    expect_service();
}

TEST_F(TlsPort, ServesOthersWhileManyGreetingsHangAndClosesThoseInTime) {
    std::vector<raw_client> hanging;
    for (int i = 0; i < 200; ++i) {
        hanging.push_back(gateway_.connect());
        if (i % 2 == 0) hanging.back().send(half_a_greeting());
    }
    const auto begun = steady::now();
    expect_service();
    for (auto& client : hanging)
        EXPECT_TRUE(client.is_closed_by_peer());
    const auto took = steady::now() - begun;
    EXPECT_GE(took, milliseconds(8'000));
    EXPECT_LE(took, milliseconds(sanitized ? 20'000 : 14'000));
}

}  // namespace
}  // namespace sluice::end_to_end
