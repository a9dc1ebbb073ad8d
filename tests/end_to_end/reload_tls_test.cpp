#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/tls_client.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <sys/socket.h>
#include <sys/time.h>

namespace sluice::end_to_end {
namespace {

/// One TLS connection that stays open.
class tls_connection {
 public:
    explicit tls_connection(std::uint16_t port) : socket_(connect_loopback(port)) {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
        const timeval limit{patience.count() / 1000, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        SSL_set_fd(session_.get(), socket_.get());
        if (SSL_connect(session_.get()) != 1) throw harness_error("no TLS handshake");
    }

    /// The server's certificate as PEM.
    std::string certificate() const {
        const std::unique_ptr<X509, decltype(&X509_free)> shown{
            SSL_get1_peer_certificate(session_.get()), &X509_free};
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> text{
            BIO_new(BIO_s_mem()), &BIO_free_all};
        PEM_write_bio_X509(text.get(), shown.get());
        char* data = nullptr;
        const long size = BIO_get_mem_data(text.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }

    void send(const request& message) {
        const auto bytes = message.bytes();
        SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }

    /// Everything up to and including `end`.
    std::string read_up_to(const std::string& end) {
        std::string text;
        while (text.find(end) == std::string::npos) {
            std::array<char, 4096> piece;
            const int count = SSL_read(session_.get(), piece.data(), piece.size());
            if (count <= 0) throw harness_error("the connection ended after: " + text);
            text.append(piece.data(), static_cast<std::size_t>(count));
        }
        return text;
    }

 private:
    unique_fd socket_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{
        SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> session_{SSL_new(context_.get()), &SSL_free};
};

/// A gateway over TLS whose certificate the test may replace.
class TlsReload : public ::testing::Test {
 protected:
    TlsReload() {
        write(first.certificate, first.private_key);
        gateway.emplace(configuration_text()
                            .server(
                                "tls: {certificate: \"" + path("server.pem") +
                                "\", private_key: \"" + path("server.key") + "\"}"
                            )
                            .upstream(upstream.base_url())
                            .yaml());
    }

    std::string path(const std::string& name) const { return (folder.path() / name).string(); }

    void write(const std::string& certificate, const std::string& private_key) const {
        namespace files = std::filesystem;
        folder.write("server.pem", certificate);
        folder.write("server.key", private_key);
        files::permissions(
            path("server.key"), files::perms::owner_read | files::perms::owner_write
        );
    }

    std::string certificate_now() const { return tls_connection(gateway->port()).certificate(); }

    const tls_identity first = make_tls_identity();
    const tls_identity second = make_tls_identity();
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    temporary_folder folder;
    std::optional<gateway_process> gateway;
};

TEST_F(TlsReload, ShowsTheNewCertificateToWhoComesAndDropsNoStream) {
    tls_connection live(gateway->port());
    tls_connection between_requests(gateway->port());
    ASSERT_EQ(live.certificate(), first.certificate);
    between_requests.send(get("/livez"));
    between_requests.read_up_to("ok\n");
    live.send(post("/v1/streams", {{"prompt", "Hi"}, {"model", "up"}}));
    live.read_up_to("one ");
    write(second.certificate, second.private_key);
    gateway->signal(SIGHUP);
    ASSERT_FALSE(gateway->wait_for_log({"\"configuration reloaded\""}).empty());
    EXPECT_EQ(certificate_now(), second.certificate);
    step.open(2);
    const auto rest = live.read_up_to("0\r\n\r\n");
    EXPECT_NE(rest.find("two"), std::string::npos);
    EXPECT_NE(rest.find("\"finish_reason\":\"stop\""), std::string::npos) << rest;
    between_requests.send(get("/livez"));
    between_requests.read_up_to("ok\n");
}

TEST_F(TlsReload, KeepsTheOldCertificateWhereTheNewOneDoesNotFitItsKey) {
    write(second.certificate, first.private_key);
    gateway->signal(SIGHUP);
    const auto line = gateway->wait_for_log({"\"configuration not reloaded\""});
    EXPECT_NE(line.find("server.tls"), std::string::npos) << line;
    EXPECT_EQ(certificate_now(), first.certificate);
    write(second.certificate, second.private_key);
    gateway->signal(SIGHUP);
    ASSERT_FALSE(gateway->wait_for_log({"\"configuration reloaded\""}).empty());
    EXPECT_EQ(certificate_now(), second.certificate);
}

TEST_F(TlsReload, KeepsTheOldCertificateWhereTheFileIsNoCertificate) {
    write("no certificate", second.private_key);
    gateway->signal(SIGHUP);
    const auto line = gateway->wait_for_log({"\"configuration not reloaded\""});
    EXPECT_NE(line.find("server.tls.certificate"), std::string::npos) << line;
    EXPECT_EQ(certificate_now(), first.certificate);
}

}  // namespace
}  // namespace sluice::end_to_end
