#include "tests/faults/conversation.hpp"

#include "tests/faults/known_answer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace sluice::faults {
namespace {

using end_to_end::deadline;
using end_to_end::find_header;
using end_to_end::wait_for;
using nlohmann::json;

constexpr milliseconds look_interval{20};
/// Long enough for a gateway on a busy machine to read what has arrived already.
constexpr milliseconds reading_time{60};

}  // namespace

conversation::conversation(end_to_end::unique_fd socket, const std::atomic<bool>& stopping)
    : socket_(std::move(socket)), stopping_(stopping) {
    const int one = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const int small = 256 * 1024;  // so that a gateway that stops reading is felt soon
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

// ---- the request ----

void conversation::receive() {
    while (!wait_for(socket_.get(), POLLIN, deadline{look_interval})) {
        if (stopping_) throw conversation_over{};
    }
    std::array<char, 16384> piece;
    const auto count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (count <= 0) throw conversation_over{};
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
}

std::string conversation::take(std::size_t count) {
    while (buffer_.size() < count)
        receive();
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
}

std::string conversation::take_line() {
    std::size_t length = 0;
    while ((length = buffer_.find("\r\n")) == std::string::npos)
        receive();
    return take(length + 2).substr(0, length);
}

std::string conversation::take_body(const header_fields& headers) {
    if (const auto size = find_header(headers, "Content-Length")) return take(std::stoul(*size));
    std::string body;
    if (find_header(headers, "Transfer-Encoding").value_or("") != "chunked") return body;
    for (;;) {
        const auto size = std::stoul(take_line(), nullptr, 16);
        body += take(size);
        take_line();
        if (size == 0) return body;
    }
}

const question& conversation::read_question() {
    const std::string line = take_line();
    std::string fields;
    for (auto field = take_line(); !field.empty(); field = take_line())
        fields += field + "\r\n";
    asked_ = {};
    asked_.headers = end_to_end::parse_fields(fields);
    const auto body = take_body(asked_.headers);
    const auto begin = line.find(' ') + 1;
    understand(line.substr(begin, line.rfind(' ') - begin), body);
    return asked_;
}

void conversation::understand(const std::string& target, const std::string& body) {
    const auto asked = json::parse(body, nullptr, false);
    if (!asked.is_object()) return answer(400, R"({"error":{"message":"no JSON object"}})");
    asked_.kind = target.starts_with("/v1/messages") ? protocol::anthropic : protocol::openai;
    asked_.model = asked.value("model", "");
    asked_.streamed = asked.value("stream", false);
    const auto messages = asked.value("messages", json::array());
    const auto first = first_token_of(messages);
    // What can't be gone on with is answered in a way that no client takes for the known answer.
    if (!first) asked_.model = "misquoted";
    asked_.wishes.first_token = first.value_or(0);
    asked_.instructed = first.value_or(0) > 0 && messages.back().value("role", "") == "user";
    const bool always = asked_.kind == protocol::anthropic || !asked_.streamed;
    asked_.wishes.usage =
        always || asked.value("stream_options", json::object()).value("include_usage", false);
}

// ---- bytes ----

void conversation::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (stopping_) throw conversation_over{};
        if (!wait_for(socket_.get(), POLLOUT, deadline{look_interval})) continue;
        const auto count =
            ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN && errno != EINTR) throw conversation_over{};
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void conversation::send_in_pieces(std::string_view bytes, std::size_t piece_bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
        send(bytes.substr(at, piece_bytes));
}

void conversation::send_for_ever(std::string_view bytes, milliseconds rest) {
    for (;;) {
        send(bytes);
        pause(rest);
    }
}

bool conversation::peer_has_gone() {
    std::array<char, 1024> ignored;
    const auto count = ::recv(socket_.get(), ignored.data(), ignored.size(), MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

void conversation::pause(milliseconds span) {
    const deadline over{span};
    while (!over.passed()) {
        if (stopping_) throw conversation_over{};
        const deadline look{milliseconds(std::min<int>(20, over.left_ms()))};
        if (wait_for(socket_.get(), POLLIN, look) && peer_has_gone()) throw conversation_over{};
    }
}

void conversation::stall() {
    for (;;)
        pause(milliseconds(1000));
}

void conversation::settle() {
    int unacknowledged = 1;
    while (::ioctl(socket_.get(), SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0)
        pause(milliseconds(1));
    pause(reading_time);
}

void conversation::reset() {
    settle();
    end_to_end::reset_on_close(socket_.get());
    throw conversation_over{};
}

// ---- HTTP ----

void conversation::head(int status, const header_fields& headers) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
    for (const auto& [name, value] : headers)
        out += name + ": " + value + "\r\n";
    if (!reusable_) out += "Connection: close\r\n";
    send(out + "x-request-id: req-known\r\n\r\n");
}

void conversation::chunked_head(std::string_view type, const header_fields& more) {
    header_fields headers{{"Content-Type", std::string(type)}, {"Transfer-Encoding", "chunked"}};
    headers.insert(headers.end(), more.begin(), more.end());
    head(200, headers);
}

void conversation::answer_head(const header_fields& more) {
    chunked_head(asked_.streamed ? "text/event-stream" : "application/json", more);
}

void conversation::chunk(std::string_view bytes) {
    std::array<char, 24> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    send(std::string(size.data()).append(bytes).append("\r\n"));
}

void conversation::last_chunk() {
    send("0\r\n\r\n");
}

void conversation::answer(
    int status, std::string_view body, const header_fields& more, std::string_view type
) {
    header_fields headers{{"Content-Length", std::to_string(body.size())}};
    if (!type.empty()) headers.emplace_back("Content-Type", type);
    headers.insert(headers.end(), more.begin(), more.end());
    head(status, headers);
    send(body);
}

// ---- what is said ----

std::string conversation::good_body(const frame_style& style) const {
    if (!asked_.streamed) return make_document(asked_.kind, asked_.wishes).dump();
    const auto said = stream();
    return bytes_of(said.opening, style) + bytes_of(said.content, style) +
           bytes_of(said.closing, style) + bytes_of(said.terminal, style);
}

void conversation::answer_well(std::size_t repeated_tokens) {
    asked_.wishes.first_token -= repeated_tokens;
    if (!asked_.streamed) return answer(200, good_body());
    const auto said = stream();
    answer_head();
    chunk(bytes_of(said.opening));
    for (const auto& token : said.content)
        chunk(bytes_of(token));
    chunk(bytes_of(said.closing) + bytes_of(said.terminal));
    last_chunk();
}

}  // namespace sluice::faults
