#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace sluice::end_to_end {
namespace {

/// Ends a script quietly: the other side has gone, or the test is over.
struct exchange_over {};

constexpr milliseconds look_interval{20};

}  // namespace

std::string upstream_request::header(std::string_view name) const {
    return find_header(headers, name).value_or("");
}

// ---- one connection ----

void upstream_exchange::receive(const deadline& limit) {
    while (!wait_for(fd_, POLLIN, deadline{look_interval})) {
        if (server_.stopping() || limit.passed()) throw exchange_over{};
    }
    std::array<char, 16384> piece;
    const auto count = ::recv(fd_, piece.data(), piece.size(), 0);
    if (count <= 0) throw exchange_over{};
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
}

std::string upstream_exchange::take(std::size_t count, const deadline& limit) {
    while (buffer_.size() < count)
        receive(limit);
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
}

std::string upstream_exchange::take_line(const deadline& limit) {
    std::size_t length = 0;
    while ((length = buffer_.find("\r\n")) == std::string::npos)
        receive(limit);
    std::string line = buffer_.substr(0, length);
    buffer_.erase(0, length + 2);
    return line;
}

std::string upstream_exchange::take_chunked_body(const deadline& limit) {
    std::string body;
    for (;;) {
        const auto size = std::stoul(take_line(limit), nullptr, 16);
        body += take(size, limit);
        take_line(limit);
        if (size == 0) return body;
    }
}

upstream_request upstream_exchange::read_request() {
    const deadline limit{patience};
    std::size_t length = 0;
    while ((length = buffer_.find("\r\n\r\n")) == std::string::npos)
        receive(limit);
    const std::string head = take(length + 4, limit).substr(0, length);
    const auto line_end = std::min(head.find("\r\n"), head.size());
    const std::string line = head.substr(0, line_end);
    upstream_request request;
    request.method = line.substr(0, line.find(' '));
    const auto target = line.find(' ') + 1;
    request.target = line.substr(target, line.rfind(' ') - target);
    request.headers =
        parse_fields(std::string_view(head).substr(std::min(line_end + 2, head.size())));
    if (const auto size = find_header(request.headers, "Content-Length")) {
        request.body = take(std::stoul(*size), limit);
    } else if (request.header("Transfer-Encoding") == "chunked") {
        request.body = take_chunked_body(limit);
    }
    ++server_.calls_;
    server_.requests_.put(request);
    return request;
}

void upstream_exchange::send(std::string_view bytes) {
    if (send_until_stuck(bytes, bytes.size(), patience) != bytes.size()) throw exchange_over{};
}

std::size_t upstream_exchange::send_until_stuck(
    std::string_view bytes, std::size_t bytes_max, milliseconds quiet
) {
    std::size_t sent = 0;
    deadline limit{quiet};
    while (sent < bytes_max) {
        if (server_.stopping()) throw exchange_over{};
        if (limit.passed()) break;
        if (!wait_for(fd_, POLLOUT, deadline{look_interval})) continue;
        const auto rest = bytes.substr(sent % bytes.size());
        const auto count = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN && errno != EINTR) break;  // the gateway has left
        if (count <= 0) continue;
        sent += static_cast<std::size_t>(count);
        limit = deadline{quiet};
    }
    return sent;
}

void upstream_exchange::begin_stream() {
    send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\nx-request-id: req-fake\r\n\r\n"
    );
}

void upstream_exchange::chunk(std::string_view bytes) {
    std::array<char, 24> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    send(std::string(size.data()).append(bytes).append("\r\n"));
}

void upstream_exchange::finish() {
    send("0\r\n\r\n");
}

void upstream_exchange::answer(int status, const std::string& body, const header_fields& headers) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " Said\r\nConnection: close\r\n";
    if (!find_header(headers, "Content-Type")) out += "Content-Type: application/json\r\n";
    for (const auto& [name, value] : headers)
        out += name + ": " + value + "\r\n";
    send(out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

void upstream_exchange::reset() {
    reset_on_close(fd_);
    throw exchange_over{};
}

void upstream_exchange::wait(gate& step) {
    const deadline limit{2 * patience};
    while (!step.pass(look_interval)) {
        if (server_.stopping() || limit.passed()) throw exchange_over{};
    }
}

std::optional<steady::time_point> upstream_exchange::wait_closed(milliseconds limit) {
    const deadline end{limit};
    while (!end.passed()) {
        if (server_.stopping()) throw exchange_over{};
        if (!wait_for(fd_, POLLIN | POLLRDHUP, deadline{std::min(look_interval, limit)})) continue;
        std::array<char, 4096> ignored;
        if (::recv(fd_, ignored.data(), ignored.size(), MSG_DONTWAIT) <= 0) return steady::now();
    }
    return std::nullopt;
}

// ---- the server ----

fake_upstream::fake_upstream(upstream_script script)
    : script_(std::move(script)), accepting_([this] { accept_connections(); }) {}

fake_upstream::~fake_upstream() {
    stopping_ = true;
    accepting_.join();
    for (auto& connection : connections_)
        connection.join();
}

std::string fake_upstream::base_url() const {
    return "http://127.0.0.1:" + std::to_string(port()) + "/v1";
}

std::size_t fake_upstream::calls() const {
    return calls_;
}

void fake_upstream::accept_connections() {
    while (!stopping_) {
        if (!wait_for(listener_.fd.get(), POLLIN, deadline{look_interval})) continue;
        const int fd = ::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) connections_.emplace_back([this, fd] { run(fd); });
    }
}

void fake_upstream::run(int fd) {
    const unique_fd socket{fd};
    const int small = 64 * 1024;  // so that a gateway that stops reading is felt soon
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    upstream_exchange exchange(*this, fd);
    try {
        script_(exchange);
    } catch (const exchange_over&) {
        return;
    } catch (const std::exception& error) {
        ADD_FAILURE() << "the fake upstream's script failed: " << error.what();
    }
}

}  // namespace sluice::end_to_end
