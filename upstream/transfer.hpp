#pragma once

#include "upstream/generation.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

enum class transfer_method { post, get };

/// What to ask of one upstream server, and how.
struct transfer_request {
    transfer_method method = transfer_method::post;
    std::string url;
    std::vector<std::string> headers;  ///< "name: value"
    std::string body;                  ///< sent by POST
    bool http2 = false;                ///< ask for HTTP/2 where this libcurl can (see can_http2)
    std::chrono::milliseconds connect_timeout{5000};
    std::string proxy;    ///< empty: none, whatever the environment says
    std::string ca_file;  ///< empty: the system's
};

/// Why a transfer ended without an HTTP answer, or in the middle of one.
enum class transfer_error {
    none,             ///< the body is whole as far as HTTP can tell
    resolve,          ///< no address for the host
    connect,          ///< refused, unreachable
    connect_timeout,  ///< not connected (TLS included) in time
    tls,              ///< the server's certificate or handshake was not acceptable
    broken,           ///< reset, truncated or malformed
    internal,         ///< libcurl refused the request itself
};

class transfer_listener {
 public:
    /// There is something new: a head, bytes, or the end. At most once per turn of the event loop
    /// for each transfer; never from within a call to the transfer or to libcurl.
    virtual void on_transfer() = 0;

 protected:
    ~transfer_listener() = default;
};

/// One HTTP exchange with an upstream server. Destroying it ends the exchange at once.
class transfer {
 public:
    virtual ~transfer() = default;

    virtual int status() const = 0;                  ///< 0 until the final head has come
    virtual const header_list& headers() const = 0;  ///< of the final head, lower-case names
    /// The body so far not taken. Valid until `consume` or the next turn of the event loop.
    virtual std::string_view body() const = 0;
    /// Forgets all of body(). Resumes a transfer that was paused because nobody took its bytes.
    virtual void consume() = 0;
    /// All has come; what body() still holds is the last of it.
    virtual bool ended() const = 0;
    virtual transfer_error error() const = 0;              ///< once ended
    virtual const std::string& error_message() const = 0;  ///< for people; names no credentials
    virtual bool is_http2() const = 0;

    /// From now on another listener is told.
    virtual void listen(transfer_listener& listener) = 0;
};

/// All upstream transfers of one worker: a libcurl multi handle on the worker's event loop, its
/// connection cache, and one inner epoll descriptor that holds every socket of libcurl's.
///
/// A turn: all sockets that are ready are served, finished transfers are collected, each listener
/// with news is told once, then who asked to know is told that all were. Used only from the thread
/// that runs the io_context. Destroyed after all of its transfers.
class transfer_engine {
 public:
    /// A transfer pauses when so many body bytes wait to be taken.
    static constexpr std::size_t body_bytes_max = 64 * 1024;

    explicit transfer_engine(boost::asio::io_context& context);
    ~transfer_engine();
    transfer_engine(const transfer_engine&) = delete;
    transfer_engine& operator=(const transfer_engine&) = delete;

    std::unique_ptr<transfer> start(transfer_request request, transfer_listener& listener);

    /// Called each time all listeners with news have been told: what they noted down to do can be
    /// done at once, in the same turn.
    void when_told(std::function<void()> callback);
    /// Listeners are being told; the callback of `when_told` will follow.
    bool telling() const;

    /// Takes over a transfer whose answer is understood already: the little that may still come is
    /// discarded, so that its connection can be used again.
    void let_finish(std::unique_ptr<transfer> transfer);

    /// Requests sent again on a fresh connection because a reused one died before any answer.
    std::uint64_t resent() const;

    /// Whether this libcurl is good enough for HTTP/2 (8.1 or newer).
    static bool can_http2();

 private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace sluice::upstream
