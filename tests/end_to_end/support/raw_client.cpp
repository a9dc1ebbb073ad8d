#include "tests/end_to_end/support/raw_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace sluice::end_to_end {

raw_client::raw_client(std::uint16_t port, int receive_bytes)
    : socket_(connect_loopback(port, receive_bytes)) {}

std::size_t raw_client::try_send(std::string_view bytes, milliseconds limit) {
    const deadline end{limit};
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        if (!wait_for(socket_.get(), POLLOUT, end)) break;
        const auto rest = bytes.substr(sent);
        const auto count =
            ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) sent += static_cast<std::size_t>(count);
        if (count < 0 && errno != EAGAIN && errno != EINTR) break;
    }
    return sent;
}

void raw_client::send(std::string_view bytes) {
    if (try_send(bytes) != bytes.size()) throw harness_error("the gateway takes no more bytes");
}

void raw_client::send_in_pieces(std::string_view bytes, std::size_t piece_bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        send(bytes.substr(at, piece_bytes));
    }
}

bool raw_client::receive(const deadline& limit) {
    if (peer_gone_) return false;
    if (!wait_for(socket_.get(), POLLIN, limit)) {
        throw harness_error("timed out; unread so far: '" + buffer_.substr(0, 300) + "'");
    }
    std::array<char, 16384> piece;
    const auto count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    peer_gone_ = count <= 0;
    if (count > 0) buffer_.append(piece.data(), static_cast<std::size_t>(count));
    return !peer_gone_;
}

http_response raw_client::read_head(bool bodyless, milliseconds limit) {
    const deadline end{limit};
    std::size_t length = 0;
    while ((length = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive(end)) {
            throw harness_error("closed before a whole answer: '" + buffer_.substr(0, 300) + "'");
        }
    }
    http_response head = parse_response_head(std::string_view(buffer_).substr(0, length));
    buffer_.erase(0, length + 4);
    begin_body(head, bodyless);
    return head;
}

void raw_client::begin_body(const http_response& head, bool bodyless) {
    const bool empty = bodyless || head.status < 200 || head.status == 204 || head.status == 304;
    ended_ = false;
    whole_ = false;
    in_chunk_ = false;
    left_ = 0;
    if (empty) {
        framing_ = framing::none;
        ended_ = whole_ = true;
    } else if (head.header("Transfer-Encoding") == "chunked") {
        framing_ = framing::chunked;
    } else if (const auto length = find_header(head.headers, "Content-Length")) {
        framing_ = framing::length;
        std::from_chars(length->data(), length->data() + length->size(), left_);
    } else {
        framing_ = framing::until_close;
    }
}

http_response raw_client::read_response(bool bodyless, milliseconds limit) {
    const deadline end{limit};
    http_response response = read_head(bodyless, limit);
    while (response.status < 200)
        response = read_head(bodyless, milliseconds(end.left_ms()));
    while (const auto part = read_body_part(milliseconds(end.left_ms())))
        response.body += *part;
    if (!whole_) throw harness_error("the body broke off after: " + response.body.substr(0, 300));
    return response;
}

std::optional<std::string> raw_client::end_broken() {
    ended_ = true;
    return std::nullopt;
}

std::optional<std::string> raw_client::take_counted() {
    const auto count = std::min(left_, buffer_.size());
    std::string part = buffer_.substr(0, count);
    buffer_.erase(0, count);
    left_ -= count;
    if (in_chunk_ && left_ == 0 && buffer_.rfind("\r\n", 0) == 0) {
        buffer_.erase(0, 2);  // else `stays_silent` would take the chunk's end for something new
        in_chunk_ = false;
    }
    return part;
}

std::string raw_client::read_line(const deadline& limit) {
    std::size_t length = 0;
    while ((length = buffer_.find("\r\n")) == std::string::npos) {
        if (!receive(limit)) {
            ended_ = true;
            return {};
        }
    }
    std::string line = buffer_.substr(0, length);
    buffer_.erase(0, length + 2);
    return line;
}

/// Goes to the next chunk's data. False at the end of the body, whole or broken.
bool raw_client::next_chunk(const deadline& limit) {
    if (in_chunk_) read_line(limit);  // the CRLF behind the chunk before
    in_chunk_ = false;
    const std::string size = ended_ ? "" : read_line(limit);
    if (ended_) return false;
    const auto parsed = std::from_chars(size.data(), size.data() + size.size(), left_, 16);
    if (size.empty() || parsed.ec != std::errc()) throw harness_error("bad chunk size: " + size);
    in_chunk_ = left_ > 0;
    if (in_chunk_) return true;
    while (!ended_ && !read_line(limit).empty()) {
    }
    whole_ = !ended_;
    ended_ = true;
    return false;
}

std::optional<std::string> raw_client::read_body_part(milliseconds limit) {
    if (ended_) return std::nullopt;
    const deadline end{limit};
    if (framing_ == framing::until_close) {
        left_ = std::string::npos;
    } else if (framing_ == framing::length && left_ == 0) {
        ended_ = whole_ = true;
        return std::nullopt;
    } else if (framing_ == framing::chunked && left_ == 0 && !next_chunk(end)) {
        return std::nullopt;
    }
    if (buffer_.empty() && !receive(end)) {
        whole_ = framing_ == framing::until_close;
        return end_broken();
    }
    return take_counted();
}

std::string raw_client::read_to_end(milliseconds limit) {
    const deadline end{limit};
    while (receive(end)) {
    }
    return std::exchange(buffer_, {});
}

bool raw_client::is_closed_by_peer(milliseconds limit) {
    const deadline end{limit};
    if (!buffer_.empty()) return false;
    if (peer_gone_) return true;
    if (!wait_for(socket_.get(), POLLIN, end)) return false;
    try {
        receive(end);
    } catch (const harness_error&) {
        return false;
    }
    return peer_gone_ && buffer_.empty();
}

bool raw_client::stays_silent(milliseconds span) {
    return buffer_.empty() && !wait_for(socket_.get(), POLLIN, deadline{span});
}

void raw_client::shutdown_write() {
    ::shutdown(socket_.get(), SHUT_WR);
}

void raw_client::reset() {
    reset_on_close(socket_.get());
    socket_.reset();
}

}  // namespace sluice::end_to_end
