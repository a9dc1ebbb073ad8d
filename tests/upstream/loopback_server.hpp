#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::tests {

/// A server on a free port of the loopback interface that follows a script: a function that is
/// run for each connection on a thread of its own and speaks through blocking calls.
class loopback_server {
 public:
    class connection {
     public:
        /// The next request, head and body. Nothing when the client has closed.
        std::optional<std::string> read_request();
        /// False when the client has gone.
        bool send(std::string_view bytes);
        /// Blocks until the client has closed or reset the connection.
        void wait_for_close();
        /// 0 for the first connection that was accepted, and so on.
        int number() const { return number_; }

     private:
        friend class loopback_server;
        long receive(char* out, std::size_t size);

        int fd_ = -1;
        SSL* ssl_ = nullptr;
        int number_ = 0;
        std::string input_;
    };
    using script = std::function<void(connection&)>;

    /// With a TLS context, each connection begins with a handshake.
    explicit loopback_server(script behaviour, SSL_CTX* tls = nullptr);
    ~loopback_server();
    loopback_server(const loopback_server&) = delete;
    loopback_server& operator=(const loopback_server&) = delete;

    int port() const { return port_; }
    std::string url(std::string_view path = "/v1") const;
    int accepted() const { return accepted_; }
    /// Requests that arrived with the whole of their body.
    int requests() const { return requests_; }
    /// Bytes that the kernel has taken from `send`, of all connections.
    std::size_t sent_bytes() const { return sent_bytes_; }

 private:
    void accept_all();
    void serve(int fd, int number);

    script behaviour_;
    SSL_CTX* tls_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<int> accepted_ = 0;
    std::atomic<int> requests_ = 0;
    std::atomic<std::size_t> sent_bytes_ = 0;
    std::mutex mutex_;
    std::vector<int> open_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
    std::thread acceptor_;

    friend class connection;
    static thread_local loopback_server* current_;
};

/// A whole answer with a Content-Length.
std::string answer(std::string_view body, std::string_view status = "200 OK");
/// The head of a chunked answer, and a chunk of one.
std::string chunked_head();
std::string chunk(std::string_view data);

}  // namespace sluice::tests
