#include "gateway/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstring>
#include <ctime>

namespace sluice::gateway {

namespace {

constexpr std::chrono::hours expires_soon{14 * 24};

constexpr std::size_t tickets = 1;  // a client that comes back has one session to resume
constexpr int security_level = 2;   // 112 bits: RSA of 2048, no SHA-1 in certificates

/// What went wrong first; what follows from it in OpenSSL's queue says less.
std::string first_error() {
    const auto code = ERR_peek_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "unknown error";
}

bool is_mismatch(unsigned long code) {
    if (ERR_GET_LIB(code) != ERR_LIB_X509) return false;
    const int reason = ERR_GET_REASON(code);
    return reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH;
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

/// In place of OpenSSL's own, which asks on the terminal. `asked` is a bool.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

bool set_protocols(SSL_CTX* context) {
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
            SSL_OP_PRIORITIZE_CHACHA
    );
    SSL_CTX_set_security_level(context, security_level);
    // A library that knows the hybrid group of ML-KEM prefers it; for an older one the name is an
    // error.
    const bool groups =
        SSL_CTX_set1_groups_list(context, "X25519MLKEM768:X25519:P-256:P-384") == 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1;
    SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && groups &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

/// What a client that is connected and says nothing costs.
void save_memory(SSL_CTX* context) {
    // Partial writes from a buffer that may move: what a journal's bytes are. Idle sessions keep
    // no buffers.
    SSL_CTX_set_mode(
        context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    // Clients keep their own sessions, in tickets; a cache would keep those of clients long gone.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, tickets);
}

std::optional<std::string> load_certificate(SSL_CTX* context, const std::string& path) {
    if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return std::nullopt;
    return "server.tls.certificate: cannot use '" + path + "': " + first_error();
}

std::optional<std::string> load_private_key(SSL_CTX* context, const tls_settings& settings) {
    const auto& path = settings.private_key;
    bool encrypted = false;
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
    const bool loaded = SSL_CTX_use_PrivateKey_file(context, path.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    // OpenSSL keeps certificates by the kinds of their keys: a key of another kind loads well.
    if (loaded && SSL_CTX_check_private_key(context) == 1) return std::nullopt;
    const bool mismatch = loaded || is_mismatch(ERR_peek_error());
    const std::string reason = first_error();
    const std::string which = "server.tls.private_key: '" + path + "' ";
    if (encrypted) {
        return which +
               "is encrypted, and nobody is there to type its passphrase: write it without "
               "one (openssl pkey -in OLD -out NEW) to a file that only the gateway reads";
    }
    if (mismatch)
        return which + "does not belong to the certificate '" + settings.certificate + "'";
    return "server.tls.private_key: cannot use '" + path + "': " + reason;
}

std::string as_date(const tm& time) {
    char text[sizeof "2026-01-01 00:00:00 UTC"];
    return {text, std::strftime(text, sizeof text, "%F %T UTC", &time)};
}

}  // namespace

void tls_deleter::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}
void tls_deleter::operator()(ssl_st* session) const {
    SSL_free(session);
}

boost::system::result<tls_context, std::string> make_tls_context(const tls_settings& settings) {
    ERR_clear_error();
    tls_context context{SSL_CTX_new(TLS_server_method())};
    if (!context || !set_protocols(context.get())) return "TLS: " + first_error();
    save_memory(context.get());
    // What an older library said of the groups is no error of the files.
    ERR_clear_error();
    if (auto wrong = load_certificate(context.get(), settings.certificate)) return *wrong;
    if (auto wrong = load_private_key(context.get(), settings)) return *wrong;
    return context;
}

std::optional<std::string> certificate_trouble(
    const tls_settings& settings,
    const ssl_ctx_st& context,
    std::chrono::system_clock::time_point now
) {
    const X509* certificate = SSL_CTX_get0_certificate(&context);
    tm begins{};
    tm ends{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &begins) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends) != 1) {
        return std::nullopt;
    }
    const auto at = [](tm time) { return std::chrono::system_clock::from_time_t(timegm(&time)); };
    const std::string which = "server.tls.certificate: '" + settings.certificate + "' ";
    if (now >= at(ends)) return which + "has expired: it was valid until " + as_date(ends);
    if (now < at(begins)) return which + "is not valid before " + as_date(begins);
    if (at(ends) - now < expires_soon)
        return which + "expires soon: it is valid until " + as_date(ends);
    return std::nullopt;
}

tls_session make_tls_session(ssl_ctx_st& context, int socket) {
    tls_session session{SSL_new(&context)};
    if (session && SSL_set_fd(session.get(), socket) != 1) session.reset();
    if (session) SSL_set_accept_state(session.get());
    return session;
}

}  // namespace sluice::gateway
