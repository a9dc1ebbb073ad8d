#include "tests/bench/provider/provider.hpp"

#include "tests/bench/listening.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace sluice::bench {

using gateway::load::now_ns;
using gateway::load::poller;

namespace {

constexpr double ns_per_s = 1e9;
constexpr std::uint64_t listener_tag = ~std::uint64_t{0};
constexpr std::uint64_t signal_tag = listener_tag - 1;
constexpr std::uint64_t input_tag = listener_tag - 2;

/// A stream without a pace lets others have their turn after so many tokens.
constexpr std::uint64_t tokens_per_turn = 64;
/// Streams that are due are served so many at a time between looks at the sockets.
constexpr int due_per_turn = 256;
/// More than one request ahead of the present one is not read.
constexpr std::size_t waiting_bytes_max = std::size_t{2} << 20;

}  // namespace

provider::provider(gateway::load::descriptor listener, bool lockstep)
    : listener_(std::move(listener)),
      signals_(gateway::load::catch_stop_signals()),
      lockstep_(lockstep),
      buffer_(std::size_t{64} << 10) {
    events_.add(listener_.get(), EPOLLIN, listener_tag);
    events_.add(signals_.get(), EPOLLIN, signal_tag);
    if (lockstep_) events_.add(STDIN_FILENO, EPOLLIN, input_tag);
}

void provider::run() {
    while (!over_) {
        const std::int64_t due_ns = due_.empty() ? poller::never : due_.top().ns;
        for (const auto& event : events_.wait(due_ns))
            on_event(event);
        send_due();
    }
}

std::string provider::report() const {
    nlohmann::ordered_json left = nlohmann::ordered_json::object();
    for (const auto& [id, at_ns] : left_)
        left[std::to_string(id)] = at_ns;
    const nlohmann::ordered_json report = {
        {"streams", streams_}, {"tokens", tokens_}, {"left", left}};
    return report.dump();
}

void provider::on_event(const epoll_event& event) {
    const std::uint64_t tag = event.data.u64;
    if (tag == listener_tag) return accept_all();
    if (tag == input_tag) return go_round();
    if (tag == signal_tag) {
        over_ = true;
        return;
    }
    const auto fd = static_cast<std::uint32_t>(tag);
    if (generations_[fd] != tag >> 32) return;
    connection& one = *connections_[fd];
    const bool gone = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (gone) return drop(one);
    if ((event.events & EPOLLOUT) != 0) unblock(one);
    if (one.socket && (event.events & EPOLLIN) != 0) receive(one);
}

void provider::accept_all() {
    while (auto socket = accept_from(listener_.get())) {
        const auto fd = static_cast<std::size_t>(socket.get());
        if (fd >= connections_.size()) {
            connections_.resize(fd + 1);
            generations_.resize(fd + 1);
        }
        ++generations_[fd];
        connections_[fd] = std::make_unique<connection>();
        connections_[fd]->socket = std::move(socket);
        events_.add(static_cast<int>(fd), EPOLLIN | EPOLLRDHUP, tag_of(*connections_[fd]));
    }
}

void provider::receive(connection& one) {
    const auto got = ::recv(one.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0 || one.requests.waiting() > waiting_bytes_max) return drop(one);
    one.requests.feed({buffer_.data(), static_cast<std::size_t>(got)});
    if (!one.streaming) answer_next(one);
}

void provider::answer_next(connection& one) {
    switch (one.requests.next()) {
        case request_reader::outcome::more:
            return;
        case request_reader::outcome::request:
            return begin(one);
        case request_reader::outcome::refused: {
            std::string answer = "HTTP/1.1 ";
            answer += one.requests.refusal();
            answer += "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            ::send(one.socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            return drop(one);
        }
    }
}

void provider::begin(connection& one) {
    one.asked = order_of(one.requests.body());
    one.wire = frames(one.asked);
    one.streaming = true;
    one.serial = ++streams_;
    one.next_token = 0;
    one.begun_ns = now_ns();
    ++live_;
    if (!lockstep_) {
        out_.clear();
        one.wire.append_begin(out_);
        transmit(one, out_);
    }
    go_on(one);
}

/// Sends what is due of a stream, and sees to it that the rest will be.
void provider::go_on(connection& one) {
    if (!one.streaming || one.blocked) return;
    if (lockstep_) return keep_step(one);
    const std::uint64_t turn = std::min(one.asked.tokens - one.next_token, tokens_per_turn);
    const std::uint64_t turn_end = one.next_token + turn;
    while (one.next_token < turn_end && is_due(one)) {
        send_token(one);
        if (!one.streaming || one.blocked) return;
    }
    if (one.next_token == one.asked.tokens) return send_end(one);
    due_.push({due_of(one), one.socket.get(), one.serial});
}

/// What a round brings is one send, so that how many reads it takes is no matter of luck.
void provider::keep_step(connection& one) {
    const std::uint64_t end = std::min(rounds_, one.asked.tokens);
    if (one.next_token >= end) return;
    out_.clear();
    if (one.next_token == 0) one.wire.append_begin(out_);
    for (; one.next_token < end; ++tokens_)
        one.wire.append_token(out_, one.next_token++, now_ns());
    one.ended = end == one.asked.tokens;
    if (one.ended) one.wire.append_end(out_);
    transmit(one, out_);
    if (one.ended && one.streaming && !one.blocked) finish_stream(one);
}

bool provider::is_due(const connection& one) const {
    return due_of(one) <= now_ns();
}

std::int64_t provider::due_of(const connection& one) const {
    std::int64_t due_ns = one.begun_ns + one.asked.ttft_ns;
    if (one.asked.rate > 0)
        due_ns += static_cast<std::int64_t>(
            static_cast<double>(one.next_token) / one.asked.rate * ns_per_s
        );
    return due_ns;
}

void provider::send_token(connection& one) {
    out_.clear();
    one.wire.append_token(out_, one.next_token++, now_ns());
    ++tokens_;
    transmit(one, out_);
}

void provider::send_end(connection& one) {
    out_.clear();
    one.wire.append_end(out_);
    one.ended = true;
    transmit(one, out_);
    if (one.streaming && !one.blocked) finish_stream(one);
}

void provider::send_due() {
    if (due_.empty()) return;
    const std::int64_t now = now_ns();
    for (int i = 0; i < due_per_turn && !due_.empty() && due_.top().ns <= now; ++i) {
        const due_time next = due_.top();
        due_.pop();
        connection& one = *connections_[static_cast<std::size_t>(next.fd)];
        if (one.serial == next.serial) go_on(one);
    }
}

/// Only what the socket did not take is kept, and the stream stands still until it has.
void provider::transmit(connection& one, std::string_view bytes) {
    const auto sent = ::send(one.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return drop(one);
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (size == bytes.size()) return;
    one.unsent.assign(bytes.substr(size));
    one.blocked = true;
    events_.change(one.socket.get(), EPOLLIN | EPOLLRDHUP | EPOLLOUT, tag_of(one));
}

void provider::unblock(connection& one) {
    const std::string bytes = std::exchange(one.unsent, {});
    one.blocked = false;
    transmit(one, bytes);
    if (!one.streaming || one.blocked) return;
    events_.change(one.socket.get(), EPOLLIN | EPOLLRDHUP, tag_of(one));
    if (one.ended) return finish_stream(one);
    go_on(one);
}

void provider::go_round() {
    std::array<char, 1> round{};
    if (::read(STDIN_FILENO, round.data(), round.size()) != 1) {
        events_.remove(STDIN_FILENO);
        return;
    }
    ++rounds_;
    for (const auto& one : connections_)
        if (one) go_on(*one);
}

void provider::finish_stream(connection& one) {
    end_stream(one);
    if (!one.requests.keeps_connection()) return drop(one);
    if (one.requests.waiting() > 0) answer_next(one);
}

void provider::end_stream(connection& one) {
    one.streaming = false;
    one.serial = 0;
    one.ended = false;
    if (--live_ == 0) rounds_ = 0;
}

/// The object stays until its descriptor's next connection, so that whoever uses it may go on.
void provider::drop(connection& one) {
    if (one.streaming) {
        left_.emplace(one.asked.id, now_ns());
        end_stream(one);
    }
    const auto fd = static_cast<std::size_t>(one.socket.get());
    ++generations_[fd];
    one.socket.reset();
    one.requests = {};
    one.unsent = {};
    one.blocked = false;
}

std::uint64_t provider::tag_of(const connection& one) const {
    const auto fd = static_cast<std::uint32_t>(one.socket.get());
    return std::uint64_t{generations_[fd]} << 32 | fd;
}

}  // namespace sluice::bench
