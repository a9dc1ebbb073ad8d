#pragma once

#include "gateway/config/configuration.hpp"

#include <boost/system/result.hpp>

#include <memory>
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

/// The server's side of TLS 1.2 and up from a certificate chain and its key. An error is a sentence
/// that names the file. Shared by all workers.
boost::system::result<tls_context, std::string> make_tls_context(const tls_settings& settings);

/// A server's session on a connected socket, which it borrows.
tls_session make_tls_session(ssl_ctx_st& context, int socket);

}  // namespace sluice::gateway
