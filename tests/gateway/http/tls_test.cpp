// The server's side of TLS, against OpenSSL's client over a pair of sockets.
#include "gateway/http/tls.hpp"

#include "tests/gateway/http/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace sluice::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace tests;

/// A folder with the server's certificate and key in it.
class TlsFiles : public testing::Test {
 protected:
    TlsFiles() {
        std::signal(SIGPIPE, SIG_IGN);
        std::string name = testing::TempDir() + "sluice-tls-XXXXXX";
        folder_ = mkdtemp(name.data());
    }
    ~TlsFiles() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream{folder_ / name} << text;
        return folder_ / name;
    }
    tls_settings files(const std::string& certificate, const std::string& key) const {
        return {write("server.pem", certificate), write("server.key", key)};
    }
    /// A certificate for this key alone.
    tls_settings files(const key_pointer& key, const certificate_wish& wish = {}) const {
        return files(pem(make_certificate(key.get(), wish).get()), pem(key.get()));
    }
    static tls_context made(const tls_settings& settings) {
        auto context = make_tls_context(settings);
        if (!context) throw std::runtime_error(context.error());
        return std::move(*context);
    }
    tls_context context() const { return made(files(ec_key())); }
    /// Why these files make no context.
    std::string refusal(const tls_settings& settings) const {
        const auto made = make_tls_context(settings);
        return made ? "nothing was wrong" : made.error();
    }

 private:
    std::filesystem::path folder_;
};

/// A client that would take anything, unless `wish` narrows it.
tls_context client_context(const std::function<void(SSL_CTX*)>& wish = {}) {
    tls_context context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL");
    if (wish) wish(context.get());
    return context;
}

/// A server's session and a client's, connected to each other. Both take turns on one thread.
class talk {
 public:
    talk(SSL_CTX& server, SSL_CTX& client) {
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_), 0);
        server_ = make_tls_session(server, sockets_[0]);
        client_.reset(SSL_new(&client));
        SSL_set_fd(client_.get(), sockets_[1]);
        SSL_set_connect_state(client_.get());
    }
    ~talk() {
        close(sockets_[0]);
        close(sockets_[1]);
    }
    talk(const talk&) = delete;
    talk& operator=(const talk&) = delete;

    /// Both sides have shaken hands.
    bool greets() {
        for (int turn = 0; turn < 20; ++turn) {
            const int theirs = SSL_do_handshake(client_.get());
            const int ours = SSL_do_handshake(server_.get());
            if (theirs == 1 && ours == 1) return true;
            if (broken(client_.get(), theirs) || broken(server_.get(), ours)) return false;
        }
        return false;
    }
    /// Whether a text arrives whole, in both directions.
    bool carries(const std::string& text) {
        return carries(client_.get(), server_.get(), text) &&
               carries(server_.get(), client_.get(), text);
    }
    SSL* server() { return server_.get(); }
    SSL* client() { return client_.get(); }

 private:
    static bool broken(SSL* session, int returned) {
        if (returned == 1) return false;
        const int error = SSL_get_error(session, returned);
        ERR_clear_error();
        return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    }
    static bool carries(SSL* from, SSL* to, const std::string& text) {
        if (SSL_write(from, text.data(), static_cast<int>(text.size())) <= 0) return false;
        std::string got(text.size(), '\0');
        const int size = SSL_read(to, got.data(), static_cast<int>(got.size()));
        return size == static_cast<int>(text.size()) && got == text;
    }

    int sockets_[2] = {-1, -1};
    tls_session server_;
    tls_session client_;
};

bool greet(const tls_context& server, const std::function<void(SSL_CTX*)>& wish = {}) {
    const auto client = client_context(wish);
    return talk(*server, *client).greets();
}

TEST_F(TlsFiles, ServesACertificateOfEitherKind) {
    for (const auto& key : {ec_key(), rsa_key(2048)}) {
        const auto server = made(files(key));
        EXPECT_TRUE(greet(server));
    }
}

TEST_F(TlsFiles, SendsTheWholeChain) {
    const auto authority_key = ec_key();
    const auto key = ec_key();
    certificate_wish of_authority;
    of_authority.name = "An authority";
    const auto authority = make_certificate(authority_key.get(), of_authority);
    certificate_wish signed_by_it;
    signed_by_it.issuer = authority.get();
    signed_by_it.issuer_key = authority_key.get();
    const auto leaf = make_certificate(key.get(), signed_by_it);
    const auto server = made(files(pem(leaf.get()) + pem(authority.get()), pem(key.get())));
    const auto client = client_context();
    talk both(*server, *client);
    ASSERT_TRUE(both.greets());
    EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(both.client())), 2);
}

TEST_F(TlsFiles, RefusesAnEncryptedKeyInsteadOfAskingForItsPassphrase) {
    const auto key = ec_key();
    const auto certificate = pem(make_certificate(key.get()).get());
    for (const bool pkcs8 : {true, false}) {
        const auto settings = files(certificate, encrypted_pem(key.get(), pkcs8));
        EXPECT_THAT(
            refusal(settings),
            AllOf(
                HasSubstr("server.tls.private_key: '" + settings.private_key),
                HasSubstr("is encrypted")
            )
        );
    }
}

TEST_F(TlsFiles, SaysWhichFileIsOfNoUse) {
    const auto key = ec_key();
    const auto certificate = pem(make_certificate(key.get()).get());
    const auto missing = files(certificate, pem(key.get()));
    std::filesystem::remove(missing.certificate);
    EXPECT_THAT(
        refusal(missing),
        AllOf(
            HasSubstr("server.tls.certificate: cannot use '" + missing.certificate),
            HasSubstr("No such file")
        )
    );
    EXPECT_THAT(
        refusal(files("not a certificate", pem(key.get()))), HasSubstr("server.tls.certificate")
    );
    EXPECT_THAT(refusal(files(certificate, "not a key")), HasSubstr("server.tls.private_key"));
    EXPECT_THAT(refusal(files(certificate, "")), HasSubstr("server.tls.private_key"));
}

TEST_F(TlsFiles, RefusesTheKeyOfAnotherCertificate) {
    const auto certificate = pem(make_certificate(ec_key().get()).get());
    EXPECT_THAT(
        refusal(files(certificate, pem(rsa_key(1024).get()))),
        HasSubstr("does not belong to the certificate")
    );
    EXPECT_THAT(
        refusal(files(certificate, pem(ec_key().get()))),
        HasSubstr("does not belong to the certificate")
    );
}

TEST_F(TlsFiles, RefusesAKeyThatIsTooShortToBeSafe) {
    EXPECT_THAT(
        refusal(files(rsa_key(1024))),
        AllOf(HasSubstr("server.tls.certificate"), HasSubstr("too small"))
    );
}

TEST_F(TlsFiles, SpeaksNothingOlderThanTls12) {
    const auto server = context();
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        EXPECT_FALSE(greet(server, [&](SSL_CTX* client) {
            SSL_CTX_set_max_proto_version(client, version);
        })) << version;
    }
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_TRUE(greet(server, [&](SSL_CTX* client) {
            SSL_CTX_set_min_proto_version(client, version);
            SSL_CTX_set_max_proto_version(client, version);
        })) << version;
    }
}

TEST_F(TlsFiles, TakesNoCipherThatHasNoForwardSecrecyOrAuthenticatesApart) {
    const auto key = rsa_key(2048);
    const auto server = made(files(key));
    const auto offers = [&](const char* ciphers) {
        return greet(server, [&](SSL_CTX* client) {
            SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
            ASSERT_EQ(SSL_CTX_set_cipher_list(client, ciphers), 1) << ciphers;
        });
    };
    for (const char* good :
         {"ECDHE-RSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-RSA-CHACHA20-POLY1305"}) {
        EXPECT_TRUE(offers(good)) << good;
    }
    for (const char* bad :
         {"AES128-GCM-SHA256",          // the key itself protects the session's
          "ECDHE-RSA-AES128-SHA256",    // CBC
          "ECDHE-RSA-AES256-SHA",       // CBC and SHA-1
          "DHE-RSA-AES128-GCM-SHA256",  // a group of the server's making
          "AECDH-AES128-SHA",           // nobody's certificate
          "ECDHE-RSA-NULL-SHA"}) {
        EXPECT_FALSE(offers(bad)) << bad;
    }
}

TEST_F(TlsFiles, AgreesOnKeysOverThreeCurvesOnly) {
    const auto server = context();
    const auto offers = [&](const char* groups) {
        return greet(server, [&](SSL_CTX* client) {
            ASSERT_EQ(SSL_CTX_set1_groups_list(client, groups), 1) << groups;
        });
    };
    for (const char* good : {"X25519", "P-256", "P-384"})
        EXPECT_TRUE(offers(good)) << good;
    for (const char* bad : {"P-521", "X448", "ffdhe2048"})
        EXPECT_FALSE(offers(bad)) << bad;
}

TEST_F(TlsFiles, TalksHttp11OrNotAtAll) {
    const auto server = context();
    const auto offers = [&](const std::string& protocols) {
        return greet(server, [&](SSL_CTX* client) {
            const auto* bytes = reinterpret_cast<const unsigned char*>(protocols.data());
            SSL_CTX_set_alpn_protos(client, bytes, static_cast<unsigned>(protocols.size()));
        });
    };
    EXPECT_TRUE(offers("\x02h2\x08http/1.1"));
    EXPECT_FALSE(offers("\x02h2"));
}

TEST_F(TlsFiles, GivesAClientThatWantsToRenegotiateNoNewHandshake) {
    const auto server = context();
    const auto client =
        client_context([](SSL_CTX* wish) { SSL_CTX_set_max_proto_version(wish, TLS1_2_VERSION); });
    talk both(*server, *client);
    ASSERT_TRUE(both.greets());
    ASSERT_TRUE(both.carries("before"));
    ASSERT_EQ(SSL_renegotiate(both.client()), 1);
    SSL_do_handshake(both.client());
    char byte = 0;
    EXPECT_LE(SSL_read(both.server(), &byte, 1), 0);
    EXPECT_LE(SSL_do_handshake(both.client()), 0);
    EXPECT_EQ(SSL_num_renegotiations(both.server()), 0);
}

TEST_F(TlsFiles, RemembersNoClients) {
    const auto server = context();
    for (const bool tickets : {true, false}) {
        const auto client = client_context([&](SSL_CTX* wish) {
            SSL_CTX_set_max_proto_version(wish, TLS1_2_VERSION);
            if (!tickets) SSL_CTX_set_options(wish, SSL_OP_NO_TICKET);
        });
        talk both(*server, *client);  // a session that breaks off would be forgotten anyway
        ASSERT_TRUE(both.greets());
        EXPECT_EQ(SSL_CTX_sess_number(server.get()), 0);
    }
}

TEST_F(TlsFiles, ResumesASessionFromTheOneTicketThatItGave) {
    static int given = 0;
    static SSL_SESSION* ticket = nullptr;
    given = 0;
    const auto server = context();
    const auto client = client_context([](SSL_CTX* wish) {
        SSL_CTX_set_session_cache_mode(wish, SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(wish, [](SSL*, SSL_SESSION* session) {
            ++given;
            std::swap(ticket, session);
            SSL_SESSION_free(session);
            return 1;
        });
    });
    {
        talk first(*server, *client);
        ASSERT_TRUE(first.greets());
        ASSERT_TRUE(first.carries("a word"));
        SSL_shutdown(first.client());  // what breaks off is not resumed
    }
    EXPECT_EQ(given, 1);
    talk second(*server, *client);
    SSL_set_session(second.client(), ticket);
    ASSERT_TRUE(second.greets());
    EXPECT_EQ(SSL_session_reused(second.client()), 1);
    SSL_SESSION_free(std::exchange(ticket, nullptr));
}

TEST_F(TlsFiles, LetsASessionGoOnWhenItsContextIsReplaced) {
    const auto name_of = [](SSL* client) {
        const certificate_pointer shown{SSL_get1_peer_certificate(client)};
        char name[64] = "";
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, 64);
        return std::string{name};
    };
    const auto client = client_context();
    certificate_wish wish;
    wish.name = "old";
    auto current = made(files(ec_key(), wish));
    talk before(*current, *client);
    talk midway(*current, *client);  // has not begun to shake hands
    ASSERT_TRUE(before.greets());
    wish.name = "new";
    current = made(files(ec_key(), wish));  // frees the old one
    talk after(*current, *client);
    ASSERT_TRUE(after.greets());
    ASSERT_TRUE(midway.greets());
    EXPECT_TRUE(before.carries("one"));
    EXPECT_TRUE(midway.carries("two"));
    EXPECT_TRUE(after.carries("three"));
    EXPECT_EQ(name_of(before.client()), "old");
    EXPECT_EQ(name_of(midway.client()), "old");
    EXPECT_EQ(name_of(after.client()), "new");
}

TEST_F(TlsFiles, TellsOfACertificateThatIsNotGoodNow) {
    using namespace std::chrono_literals;
    const auto settings = files(ec_key());  // from an hour ago on, for 90 days
    const auto server = made(settings);
    const auto now = std::chrono::system_clock::now();
    const auto trouble = [&](std::chrono::seconds later) {
        return certificate_trouble(settings, *server, now + later).value_or("none");
    };
    EXPECT_EQ(trouble(0s), "none");
    EXPECT_EQ(trouble(75 * 24h), "none");
    EXPECT_THAT(
        trouble(77 * 24h), HasSubstr(settings.certificate + "' expires soon: it is valid until 20")
    );
    EXPECT_THAT(trouble(91 * 24h), HasSubstr("has expired: it was valid until 20"));
    EXPECT_THAT(trouble(-2h), HasSubstr("is not valid before 20"));
}

}  // namespace
}  // namespace sluice::gateway
