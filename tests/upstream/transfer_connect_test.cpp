// How a transfer comes by its connection: names, time, certificates; and what a broken event loop
// does to it.
#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <memory>
#include <netdb.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

/// While set, the name "slow.test" is being looked up.
std::atomic<bool> resolver_stalls = false;
std::atomic<int> stalled_lookups = 0;

}  // namespace

/// Stands before the C library's, for libcurl too, so that no test asks a real name server.
extern "C" int getaddrinfo(
    const char* node, const char* service, const addrinfo* hints, addrinfo** result
) {
    using function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    const bool test_name = node != nullptr && std::strstr(node, ".test") != nullptr;
    if (!test_name) return real(node, service, hints, result);
    if (std::strcmp(node, "slow.test") == 0) {
        ++stalled_lookups;
        while (resolver_stalls)
            std::this_thread::yield();
        --stalled_lookups;
    }
    return EAI_NONAME;
}

namespace sluice::tests {
namespace {

using upstream::transfer_error;
using connection = loopback_server::connection;
using testing::HasSubstr;

/// A server's certificate for 127.0.0.1, signed by itself, and its context.
class self_signed {
 public:
    self_signed() : file_(testing::TempDir() + "sluice-" + std::to_string(getpid()) + ".pem") {
        std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
        X509* x = certificate.get();
        X509_set_version(x, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), 3600);
        X509_set_pubkey(x, key.get());
        X509_NAME* name = X509_get_subject_name(x);
        const auto* text = reinterpret_cast<const unsigned char*>("sluice test");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
        X509_set_issuer_name(x, name);
        add_extension(x, NID_subject_alt_name, "IP:127.0.0.1");
        X509_sign(x, key.get(), EVP_sha256());

        SSL_CTX_use_certificate(context.get(), x);
        SSL_CTX_use_PrivateKey(context.get(), key.get());
        FILE* out = std::fopen(file_.c_str(), "w");
        PEM_write_X509(out, x);
        std::fclose(out);
    }
    ~self_signed() { std::filesystem::remove(file_); }
    self_signed(const self_signed&) = delete;
    self_signed& operator=(const self_signed&) = delete;

    const std::string& file() const { return file_; }

    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{
        SSL_CTX_new(TLS_server_method()), SSL_CTX_free};

 private:
    static void add_extension(X509* x, int kind, const char* value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
        X509_add_ext(x, extension, -1);
        X509_EXTENSION_free(extension);
    }

    std::string file_;
};

void answer_all(connection& client) {
    while (client.read_request())
        client.send(answer("secret"));
}

// ---- certificates ----

TEST(TransferTls, RefusesACertificateThatNobodyVouchesFor) {
    self_signed certificate;
    loopback_server server(answer_all, certificate.context.get());
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.transfer->error(), transfer_error::tls);
    EXPECT_THAT(e.transfer->error_message(), HasSubstr("127.0.0.1:"));
    EXPECT_THAT(e.transfer->error_message(), HasSubstr("certificate"));
    EXPECT_EQ(server.requests(), 0);
}

TEST(TransferTls, TrustsTheGivenAuthorityAndReusesTheConnection) {
    self_signed certificate;
    loopback_server server(answer_all, certificate.context.get());
    worker w;
    for (int i = 0; i < 2; ++i) {
        exchange e;
        auto request = worker::post(server.url());
        request.ca_file = certificate.file();
        ASSERT_TRUE(w.complete(e, request));
        EXPECT_EQ(e.transfer->error(), transfer_error::none) << e.transfer->error_message();
        EXPECT_EQ(e.text, "secret");
        EXPECT_FALSE(e.transfer->is_http2());
    }
    EXPECT_EQ(server.accepted(), 1);
}

TEST(TransferTls, RefusesACertificateForAnotherHost) {
    self_signed certificate;
    loopback_server server(answer_all, certificate.context.get());
    worker w;
    exchange e;
    auto request = worker::post("https://localhost:" + std::to_string(server.port()) + "/");
    request.ca_file = certificate.file();
    ASSERT_TRUE(w.complete(e, request));
    EXPECT_EQ(e.transfer->error(), transfer_error::tls);
}

TEST(TransferTls, PausesAndResumesWhole) {
    const std::string text(4'000'000, 't');
    self_signed certificate;
    loopback_server server(
        [&](connection& client) {
            if (client.read_request()) client.send(answer(text));
        },
        certificate.context.get()
    );
    worker w;
    exchange e;
    e.on_notice = [] {};
    auto request = worker::post(server.url());
    request.ca_file = certificate.file();
    w.start(e, request);
    ASSERT_TRUE(w.run_until([&] { return e.transfer->body().size() > 60'000; }));
    w.run_for(20);
    EXPECT_LE(e.transfer->body().size(), upstream::transfer_engine::body_bytes_max);
    e.on_notice = nullptr;
    e.take();
    ASSERT_TRUE(w.run_until([&] { return e.ended(); }));
    EXPECT_EQ(e.text.size(), text.size());
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
}

// ---- time and names ----

TEST(TransferConnect, GivesUpOnAServerThatNeverFinishesTheHandshake) {
    loopback_server server([](connection& client) { client.wait_for_close(); });
    worker w;
    exchange e;
    auto request = worker::post("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    request.connect_timeout = std::chrono::milliseconds(50);
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(w.complete(e, request));
    EXPECT_EQ(e.transfer->error(), transfer_error::connect_timeout);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_THAT(e.transfer->error_message(), HasSubstr(std::to_string(server.port())));
}

TEST(TransferConnect, LimitsTheTimeForConnectingAndNotThatOfTheAnswer) {
    worker w;
    exchange e;
    std::atomic<bool> waited = false;
    loopback_server server([&](connection& client) {
        client.read_request();
        while (!waited)
            std::this_thread::yield();
        client.send(answer("slow"));
    });
    auto request = worker::post(server.url());
    request.connect_timeout = std::chrono::milliseconds(200);
    w.start(e, request);
    w.run_for(400);
    waited = true;
    ASSERT_TRUE(w.run_until([&] { return e.ended(); }));
    EXPECT_EQ(e.text, "slow");
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
}

TEST(TransferConnect, SaysThatAHostHasNoAddress) {
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, "http://unknown.test/v1"));
    EXPECT_EQ(e.transfer->error(), transfer_error::resolve);
    EXPECT_EQ(e.transfer->error_message(), "no address for unknown.test:80");
}

TEST(TransferConnect, DoesNotHoldUpTheLoopWhenATransferEndsWhileItsNameIsLookedUp) {
    resolver_stalls = true;
    auto w = std::make_unique<worker>();
    {
        exchange e;
        w->start(e, "http://slow.test/v1");
        ASSERT_TRUE(w->run_until([] { return stalled_lookups == 1; }));
        e.transfer.reset();
        EXPECT_EQ(stalled_lookups, 1);
    }
    w.reset();
    EXPECT_EQ(stalled_lookups, 1);
    resolver_stalls = false;
    while (stalled_lookups != 0)
        std::this_thread::yield();
}

// ---- the event loop ----

/// The newest epoll descriptor of this process: the engine's inner one.
int newest_epoll() {
    int found = -1;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code error;
        const auto link = std::filesystem::read_symlink(entry.path(), error).string();
        const int fd = std::stoi(entry.path().filename().string());
        if (link == "anon_inode:[eventpoll]") found = std::max(found, fd);
    }
    return found;
}

TEST(TransferLoop, EndsAllTransfersAndStartsAnewWhenLibcurlsEventsCannotBeWatched) {
    loopback_server server([](connection& client) {
        client.read_request();
        client.send(chunked_head());
        client.wait_for_close();
    });
    loopback_server healthy(answer_all);
    worker w;
    exchange first;
    w.start(first, server.url());
    ASSERT_TRUE(w.run_until([&] { return first.transfer->status() == 200; }));

    FILE* nothing = std::fopen("/dev/null", "r");
    dup2(fileno(nothing), newest_epoll());
    std::fclose(nothing);
    exchange second;
    w.start(second, server.url());
    ASSERT_TRUE(w.run_until([&] { return first.ended() && second.ended(); }));
    EXPECT_EQ(first.transfer->error(), transfer_error::internal);
    EXPECT_EQ(second.transfer->error(), transfer_error::internal);

    exchange third;
    ASSERT_TRUE(w.complete(third, healthy.url()));
    EXPECT_EQ(third.text, "secret");
}

}  // namespace
}  // namespace sluice::tests
