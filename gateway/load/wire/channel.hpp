#pragma once

#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/target.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace sluice::gateway::load {

struct channel_deleter {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* session) const;
};
/// The client's side of TLS, shared by all channels. Null: no TLS.
using client_tls = std::unique_ptr<ssl_ctx_st, channel_deleter>;

/// TLS 1.2 or newer that checks the server's certificate against the system's authorities, or with
/// `insecure` believes any. An error is a sentence.
boost::system::result<client_tls, std::string> make_client_tls(bool insecure);

/// How a step of a channel went.
enum class io {
    ok,
    wait,    ///< again when the socket is ready
    closed,  ///< the other side has ended its sending
    failed,  ///< `channel::problem` says why
};

/// One TCP connection, with TLS or without. Never blocks. Owned by one thread.
class channel {
 public:
    /// How one is made.
    struct route {
        const endpoint& to;
        ssl_ctx_st* tls;                 ///< null: none
        const std::string& host;         ///< that the certificate must bear, unless any is believed
        const endpoint* from = nullptr;  ///< null: the kernel chooses
        int receive_buffer_bytes = 0;    ///< 0: the kernel chooses
    };
    /// Begins to connect. Then `finish_connecting` each time the socket is ready.
    bool connect(const route& way);
    io finish_connecting();
    void close();

    bool is_open() const { return static_cast<bool>(socket_); }
    int fd() const { return socket_.get(); }
    /// What was read may leave more behind, which the socket's readiness does not tell of.
    bool is_buffered() const { return session_ != nullptr; }
    /// The last step that had to wait waits for the socket to take bytes, not to have some.
    bool waits_to_write() const { return waits_to_write_; }
    const std::string& problem() const { return problem_; }
    /// The errno behind it; 0: it is no system error.
    int error() const { return error_; }

    struct progress {
        io status;
        std::size_t size;  ///< bytes moved; above 0 with `ok` only
    };
    progress send(std::string_view bytes);
    progress receive(std::span<char> into);

 private:
    io fail(std::string problem);
    progress failed_by_errno(const char* what);
    io judge(int result);

    descriptor socket_;
    std::unique_ptr<ssl_st, channel_deleter> session_;
    bool connected_ = false;
    bool waits_to_write_ = false;
    std::string problem_;
    int error_ = 0;
};

}  // namespace sluice::gateway::load
