#pragma once

#include "gateway/config/configuration.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace sluice::gateway {

struct tls_deleter {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* session) const;
};
using tls_context = std::unique_ptr<ssl_ctx_st, tls_deleter>;
using tls_session = std::unique_ptr<ssl_st, tls_deleter>;

/// The server's side of TLS 1.2 and 1.3 from a certificate chain and its key. An error is a
/// sentence that names the file. Never asks for a passphrase: an encrypted key is an error.
/// Used by any number of threads at once. Sessions hold a share of the context that they began
/// with, so that another one may take its place, and this one be freed, while they go on.
boost::system::result<tls_context, std::string> make_tls_context(const tls_settings& settings);

/// What an operator should know of the server's own certificate: it has expired, is not yet valid,
/// or expires within two weeks. Nothing where all is well. `now` comes from the system clock.
std::optional<std::string> certificate_trouble(
    const tls_settings& settings,
    const ssl_ctx_st& context,
    std::chrono::system_clock::time_point now
);

/// A server's session on a connected socket, which it borrows. Null where memory is short.
tls_session make_tls_session(ssl_ctx_st& context, int socket);

}  // namespace sluice::gateway
