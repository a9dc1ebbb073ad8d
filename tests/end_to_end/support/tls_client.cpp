#include "tests/end_to_end/support/tls_client.hpp"

#include "tests/end_to_end/support/socket.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <csignal>
#include <memory>
#include <sys/socket.h>
#include <sys/time.h>

namespace sluice::end_to_end {
namespace {

template <auto Free>
struct freed_by {
    template <class Value>
    void operator()(Value* value) const {
        Free(value);
    }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using memory_pointer = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using context_pointer = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using session_pointer = std::unique_ptr<SSL, freed_by<SSL_free>>;

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

int number_of(tls_version version) {
    switch (version) {
        case tls_version::tls_1_1:
            return TLS1_1_VERSION;
        case tls_version::tls_1_2:
            return TLS1_2_VERSION;
        case tls_version::tls_1_3:
            return TLS1_3_VERSION;
    }
    return 0;
}

context_pointer context_of(tls_version version) {
    context_pointer context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_security_level(context.get(), 0);  // else our own side refuses TLS 1.1
    SSL_CTX_set_min_proto_version(context.get(), number_of(version));
    SSL_CTX_set_max_proto_version(context.get(), number_of(version));
    return context;
}

std::string read_to_end(SSL* session) {
    std::string text;
    std::array<char, 8192> piece;
    int count = 0;
    while ((count = SSL_read(session, piece.data(), piece.size())) > 0) {
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

tls_identity make_tls_identity() {
    const key_pointer key{EVP_EC_gen("P-256")};
    const certificate_pointer certificate{X509_new()};
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* host = reinterpret_cast<const unsigned char*>("localhost");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const memory_pointer certificate_text{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(certificate_text.get(), certificate.get());
    const memory_pointer key_text{BIO_new(BIO_s_mem())};
    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

std::optional<http_response> ask_over_tls(
    std::uint16_t port, const request& message, tls_version version
) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const unique_fd socket = connect_loopback(port);
    const timeval limit{patience.count() / 1000, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const context_pointer context = context_of(version);
    const session_pointer session{SSL_new(context.get())};
    SSL_set_fd(session.get(), socket.get());
    if (SSL_connect(session.get()) != 1) return std::nullopt;
    const std::string bytes = message.bytes();
    SSL_write(session.get(), bytes.data(), static_cast<int>(bytes.size()));
    const std::string answer = read_to_end(session.get());
    const auto end = answer.find("\r\n\r\n");
    if (end == std::string::npos) throw harness_error("no whole answer over TLS: " + answer);
    http_response response = parse_response_head(std::string_view(answer).substr(0, end));
    response.body = answer.substr(end + 4);
    return response;
}

}  // namespace sluice::end_to_end
