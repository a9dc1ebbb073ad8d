#include "tests/upstream/loopback_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::tests {

thread_local loopback_server* loopback_server::current_ = nullptr;

namespace {

int listen_on_loopback() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 512)) {
        throw std::runtime_error("the test server cannot listen");
    }
    return fd;
}

int port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

std::size_t content_length(const std::string& head) {
    const auto at = head.find("\r\nContent-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 18));
}

}  // namespace

loopback_server::loopback_server(script behaviour, SSL_CTX* tls)
    : behaviour_(std::move(behaviour)), tls_(tls), listener_(listen_on_loopback()) {
    port_ = port_of(listener_);
    // As the gateway's main does: OpenSSL, here and under libcurl, writes without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    acceptor_ = std::thread([this] { accept_all(); });
}

loopback_server::~loopback_server() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        for (const int fd : open_)
            shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_)
        thread.join();
}

std::string loopback_server::url(std::string_view path) const {
    const std::string scheme = tls_ != nullptr ? "https" : "http";
    return scheme + "://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void loopback_server::accept_all() {
    while (true) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int number = accepted_++;
        threads_.emplace_back([this, fd, number] { serve(fd, number); });
    }
}

void loopback_server::serve(int fd, int number) {
    {
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        if (closing_) shutdown(fd, SHUT_RDWR);
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    current_ = this;
    connection client;
    client.fd_ = fd;
    client.number_ = number;
    if (tls_ != nullptr) {
        client.ssl_ = SSL_new(tls_);
        SSL_set_fd(client.ssl_, fd);
    }
    if (tls_ == nullptr || SSL_accept(client.ssl_) == 1) behaviour_(client);
    if (client.ssl_ != nullptr) SSL_free(client.ssl_);
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    close(fd);
}

long loopback_server::connection::receive(char* out, std::size_t size) {
    if (ssl_ != nullptr) return SSL_read(ssl_, out, static_cast<int>(size));
    return recv(fd_, out, size, 0);
}

std::optional<std::string> loopback_server::connection::read_request() {
    std::array<char, 16384> buffer;
    while (true) {
        const auto end = input_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto size = end + 4 + content_length(input_.substr(0, end + 2));
            if (input_.size() >= size) {
                ++current_->requests_;
                auto request = input_.substr(0, size);
                input_.erase(0, size);
                return request;
            }
        }
        const long count = receive(buffer.data(), buffer.size());
        if (count <= 0) return std::nullopt;
        input_.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

bool loopback_server::connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const long count = ssl_ != nullptr
                               ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        current_->sent_bytes_ += static_cast<std::size_t>(count);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void loopback_server::connection::wait_for_close() {
    std::array<char, 4096> buffer;
    while (receive(buffer.data(), buffer.size()) > 0) {
    }
}

std::string answer(std::string_view body, std::string_view status) {
    std::string head = "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: ";
    return head + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chunked_head() {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
           "Transfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(std::string_view data) {
    std::array<char, 32> size;
    std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
    return size.data() + std::string(data) + "\r\n";
}

}  // namespace sluice::tests
