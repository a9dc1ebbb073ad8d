// What clients that are connected over TLS and say nothing cost.
#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/tls_client.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace sluice::end_to_end {
namespace {

constexpr std::size_t clients = 200;
constexpr double kib_max = 40;

struct freeing {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};

/// A client that keeps its connection.
class idle_client {
 public:
    idle_client(std::uint16_t port, SSL_CTX* context)
        : socket_(connect_loopback(port)), session_(SSL_new(context)) {
        SSL_set_fd(session_.get(), socket_.get());
        if (SSL_connect(session_.get()) != 1) throw harness_error("no TLS handshake");
    }
    void ask() {
        const std::string bytes = get("/livez").bytes();
        SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
        char answer[4096];
        const int size = SSL_read(session_.get(), answer, sizeof answer);
        const std::string text(answer, size > 0 ? static_cast<std::size_t>(size) : 0);
        if (!text.starts_with("HTTP/1.1 200")) throw harness_error("no answer: " + text);
    }

 private:
    unique_fd socket_;
    std::unique_ptr<SSL, freeing> session_;
};

/// KiB of the gateway's memory for each client that does this much.
double cost_of_each(int version, bool asks) {
    const temporary_folder folder;
    const auto identity = make_tls_identity();
    const auto certificate = folder.write("server.pem", identity.certificate);
    const auto key = folder.write("server.key", identity.private_key);
    const gateway_process gateway(
        configuration_text()
            .server("tls: {certificate: \"" + certificate + "\", private_key: \"" + key + "\"}")
            .yaml()
    );
    const std::unique_ptr<SSL_CTX, freeing> context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_max_proto_version(context.get(), version);
    std::vector<std::unique_ptr<idle_client>> connected;
    const auto connect = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            connected.push_back(std::make_unique<idle_client>(gateway.port(), context.get()));
            if (asks) connected.back()->ask();
        }
    };
    connect(20);  // what the first ones cost is the gateway's own
    const auto before = gateway.resident_bytes();
    connect(clients);
    const auto grown = static_cast<double>(gateway.resident_bytes()) - static_cast<double>(before);
    const double each = grown / 1024 / clients;
    std::printf(
        "%.1f KiB for each of %zu idle clients, TLS %s, %s\n",
        each,
        clients,
        version == TLS1_3_VERSION ? "1.3" : "1.2",
        asks ? "after a request" : "after the handshake"
    );
    return each;
}

TEST(TlsMemory, OfAnIdleClientIsBounded) {
    if (sanitized) GTEST_SKIP() << "a sanitizer's own memory would be measured";
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const bool asks : {false, true}) {
            const double each = cost_of_each(version, asks);
            EXPECT_LE(each, kib_max);
            EXPECT_GE(each, 1) << "less than a session of TLS: nothing was measured";
        }
    }
}

}  // namespace
}  // namespace sluice::end_to_end
