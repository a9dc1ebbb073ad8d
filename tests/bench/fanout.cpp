#include "tests/bench/fanout.hpp"

#include "tests/bench/listening.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace sluice::bench {

using gateway::load::descriptor;
using gateway::load::now_ns;
using gateway::load::poller;

namespace {

constexpr double ns_per_s = 1e9;
constexpr std::uint64_t listener_tag = ~std::uint64_t{0};
constexpr std::uint64_t signal_tag = listener_tag - 1;
constexpr std::uint64_t input_tag = listener_tag - 2;
constexpr std::size_t request_bytes_max = std::size_t{16} << 10;

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

}  // namespace

fanout::fanout(descriptor listener)
    : listener_(std::move(listener)),
      signals_(gateway::load::catch_stop_signals()),
      buffer_(std::size_t{64} << 10),
      wire_(order{}) {
    events_.add(listener_.get(), EPOLLIN, listener_tag);
    events_.add(signals_.get(), EPOLLIN, signal_tag);
    events_.add(STDIN_FILENO, EPOLLIN, input_tag);
}

void fanout::run() {
    while (!over_) {
        for (const auto& event : events_.wait(due_ns()))
            on_event(event);
        send_due();
    }
}

void fanout::on_event(const epoll_event& event) {
    const std::uint64_t tag = event.data.u64;
    if (tag == listener_tag) return accept_all();
    if (tag == input_tag) return read_input();
    if (tag == signal_tag) {
        over_ = true;
        return;
    }
    reader& one = readers_[static_cast<std::uint32_t>(tag)];
    if (one.generation != tag >> 32) return;
    if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) return drop(one);
    if ((event.events & EPOLLOUT) != 0) send_rest(one);
    if (one.socket && (event.events & EPOLLIN) != 0) receive(one);
}

void fanout::accept_all() {
    while (auto socket = accept_from(listener_.get())) {
        const auto fd = static_cast<std::size_t>(socket.get());
        if (fd >= readers_.size()) readers_.resize(fd + 1);
        readers_[fd].socket = std::move(socket);
        events_.add(static_cast<int>(fd), EPOLLIN, tag_of(readers_[fd]));
    }
}

/// Whatever is asked for is the broadcast.
void fanout::receive(reader& one) {
    const auto got = ::recv(one.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && would_block()) return;
    if (got <= 0 || one.request.size() > request_bytes_max) return drop(one);
    one.request.append(buffer_.data(), static_cast<std::size_t>(got));
    if (one.attached || !one.request.ends_with("\r\n\r\n")) return;
    one.request.clear();
    one.attached = true;
    std::string head;
    wire_.append_begin(head);
    transmit(one, head);
}

void fanout::read_input() {
    std::array<char, 256> read{};
    const auto got = ::read(STDIN_FILENO, read.data(), read.size());
    if (got <= 0) return events_.remove(STDIN_FILENO);
    input_.append(read.data(), static_cast<std::size_t>(got));
    const std::size_t end = input_.find('\n');
    if (end == std::string::npos) return;
    unsigned long long tokens = 0;
    double rate = 0;
    const bool whole = std::sscanf(input_.c_str(), "%llu %lf", &tokens, &rate) == 2;
    input_.erase(0, end + 1);
    if (whole && tokens > 0 && rate > 0) begin(tokens, rate);
}

void fanout::begin(std::uint64_t tokens, double rate) {
    tokens_ = tokens;
    next_token_ = 0;
    period_ns_ = ns_per_s / rate;
    begun_ns_ = now_ns();
}

std::int64_t fanout::due_ns() const {
    if (tokens_ == 0) return poller::never;
    return begun_ns_ + static_cast<std::int64_t>(period_ns_ * static_cast<double>(next_token_));
}

void fanout::send_due() {
    if (now_ns() < due_ns()) return;
    out_.clear();
    wire_.append_token(out_, next_token_++, now_ns());
    send_to_all();
    if (next_token_ == tokens_) send_end();
}

void fanout::send_to_all() {
    for (reader& one : readers_)
        if (one.attached) transmit(one, out_);
}

void fanout::send_end() {
    tokens_ = 0;
    out_.clear();
    wire_.append_end(out_);
    send_to_all();
    for (reader& one : readers_)
        one.attached = false;
}

void fanout::transmit(reader& one, std::string_view bytes) {
    if (!one.unsent.empty()) {
        one.unsent.append(bytes);
        return;
    }
    const auto sent = ::send(one.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && !would_block()) return drop(one);
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (size == bytes.size()) return;
    one.unsent.assign(bytes.substr(size));
    events_.change(one.socket.get(), EPOLLIN | EPOLLOUT, tag_of(one));
}

void fanout::send_rest(reader& one) {
    const std::string bytes = std::exchange(one.unsent, {});
    transmit(one, bytes);
    if (one.socket && one.unsent.empty()) events_.change(one.socket.get(), EPOLLIN, tag_of(one));
}

void fanout::drop(reader& one) {
    ++one.generation;
    one.socket.reset();
    one.attached = false;
    one.request.clear();
    one.unsent.clear();
}

std::uint64_t fanout::tag_of(const reader& one) const {
    return std::uint64_t{one.generation} << 32 | static_cast<std::uint32_t>(one.socket.get());
}

}  // namespace sluice::bench
