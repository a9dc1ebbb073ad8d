#include "gateway/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace sluice::gateway {

namespace {

std::string last_error() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "unknown error";
}

/// HTTP/1.1 is all that is spoken here; a client that offers only other protocols is refused.
int select_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned offered_size, void*) {
    static constexpr unsigned char http11[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    const int found =
        SSL_select_next_proto(&chosen, size, http11, sizeof http11 - 1, offered, offered_size);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void tls_deleter::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}
void tls_deleter::operator()(ssl_st* session) const {
    SSL_free(session);
}

boost::system::result<tls_context, std::string> make_tls_context(const tls_settings& settings) {
    tls_context context{SSL_CTX_new(TLS_server_method())};
    if (!context) return "TLS: " + last_error();
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Partial writes from a buffer that may move: what a journal's bytes are. Idle sessions keep
    // none.
    SSL_CTX_set_mode(
        context.get(),
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context.get(), settings.certificate.c_str()) != 1) {
        return "server.tls.certificate: cannot use '" + settings.certificate + "': " + last_error();
    }
    if (SSL_CTX_use_PrivateKey_file(
            context.get(), settings.private_key.c_str(), SSL_FILETYPE_PEM
        ) != 1) {
        return "server.tls.private_key: cannot use '" + settings.private_key + "': " + last_error();
    }
    if (SSL_CTX_check_private_key(context.get()) != 1) {
        return "server.tls: the private key does not belong to the certificate";
    }
    return context;
}

tls_session make_tls_session(ssl_ctx_st& context, int socket) {
    tls_session session{SSL_new(&context)};
    if (session && SSL_set_fd(session.get(), socket) != 1) session.reset();
    if (session) SSL_set_accept_state(session.get());
    return session;
}

}  // namespace sluice::gateway
