#include "gateway/load/connection.hpp"

#include "gateway/load/request.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway::load {

namespace {

/// As much of a server's error as is worth reading.
constexpr std::size_t error_text_max = 300;

void append_bounded(std::string& text, std::string_view more) {
    text.append(more.substr(0, error_text_max - std::min(text.size(), error_text_max)));
}

}  // namespace

void connection::begin(std::uint64_t id) {
    id_ = id;
    request_ = request_for(around_->settings, id);
    sent_ = 0;
    response_.reset();
    frames_ = sse::parser();
    check_ = stamp_check(around_->settings.tokens);
    tokens_ = 0;
    terminated_ = false;
    error_text_.clear();
    error_frame_ = false;
    ended_well_ = false;
    reused_ = channel_.is_open();
    if (!reused_) {
        connect();
        return;
    }
    phase_ = phase::sending;
    asked_ns_ = now_ns();
    send_request();
}

void connection::connect() {
    phase_ = phase::connecting;
    ++generation_;
    watched_ = 0;
    if (!channel_.connect(around_->to, around_->tls, around_->settings.to.host)) {
        give_up(channel_.problem());
        return;
    }
    watch();
}

void connection::on_event(const epoll_event& event) {
    if (event.data.u64 >> 32 != generation_ || !channel_.is_open()) return;
    if (phase_ == phase::idle) {
        close();  // the server gave up the connection that was kept
    } else if (phase_ == phase::receiving) {
        receive();
    } else {
        proceed();
    }
}

void connection::proceed() {
    if (phase_ == phase::connecting) {
        const io status = channel_.finish_connecting();
        if (status == io::wait) return watch();
        if (status != io::ok) {
            give_up(
                status == io::closed ? "the server closed during the handshake" : channel_.problem()
            );
            return;
        }
        phase_ = phase::sending;
        asked_ns_ = now_ns();
    }
    send_request();
}

void connection::send_request() {
    while (sent_ < request_.size()) {
        const auto [status, size] = channel_.send(std::string_view(request_).substr(sent_));
        if (status == io::wait) return watch();
        if (status != io::ok) return on_end_of_file(channel_.problem());
        sent_ += size;
    }
    phase_ = phase::receiving;
    watch();
}

void connection::receive() {
    for (bool more = true; more;) {
        const auto [status, size] = channel_.receive(around_->buffer);
        if (status == io::wait) return;
        if (status != io::ok) return on_end_of_file(channel_.problem());
        more = take({around_->buffer.data(), size}, now_ns()) && channel_.is_buffered();
    }
}

/// False: the stream has ended.
bool connection::take(std::string_view bytes, std::int64_t received_ns) {
    while (true) {
        const std::string_view piece = response_.next(bytes);
        if (piece.empty()) break;
        if (response_.status() != 200) {
            append_bounded(error_text_, piece);
            continue;
        }
        frames_.feed(piece);
        while (const auto frame = frames_.next())
            take_frame(*frame, received_ns);
    }
    if (response_.failed()) {
        give_up(std::string(response_.problem()));
    } else if (frames_.failed()) {
        give_up("a frame of the stream is longer than 1 MiB");
    } else if (error_frame_) {
        give_up("the stream holds an error: " + error_text_);
    } else if (response_.done()) {
        settle(received_ns);
        if (!bytes.empty()) close();  // what came is no answer to anything
    } else {
        return true;
    }
    return false;
}

void connection::take_frame(const sse::frame& frame, std::int64_t received_ns) {
    if (!frame.dispatched) return;
    if (frame.data == "[DONE]") {
        terminated_ = true;
        return;
    }
    auto text = content_of(frame.data);
    if (!text) {
        if (frame.data.find("\"error\":") == std::string_view::npos) return;
        error_frame_ = true;
        append_bounded(error_text_, frame.data);
        return;
    }
    while (const auto stamp = next_stamp(*text)) {
        check_.see(stamp->sequence);
        around_->figures.token(stamp->sent_ns, received_ns);
        if (tokens_++ == 0) around_->figures.first_token(asked_ns_, received_ns);
        has_received_ = true;
    }
}

void connection::settle(std::int64_t ended_ns) {
    if (response_.status() != 200) {
        give_up("HTTP " + std::to_string(response_.status()) + ": " + error_text_);
        return;
    }
    phase_ = phase::idle;
    if (terminated_) {
        ended_well_ = true;
        around_->figures.whole(check_, asked_ns_, ended_ns);
    } else {
        around_->figures.incomplete(check_, "the response ended without [DONE]");
    }
    if (!response_.keeps_connection()) close();
}

void connection::on_end_of_file(const std::string& problem) {
    // A server may close a kept connection just when the next request is on its way.
    if (std::exchange(reused_, false) && !response_.has_head()) {
        around_->figures.reconnected();
        close();
        sent_ = 0;
        response_.reset();
        return connect();
    }
    response_.end_of_file();
    if (response_.done()) return settle(now_ns());
    std::string why(response_.problem());
    if (!problem.empty()) why += " (" + problem + ")";
    phase_ = phase::idle;
    close();
    around_->figures.incomplete(check_, why);
}

void connection::break_off() {
    if (is_streaming()) around_->figures.broken_off(check_);
    phase_ = phase::idle;
    close();
}

void connection::leave() {
    around_->figures.left(id_, now_ns());
    break_off();
}

void connection::give_up(const std::string& why) {
    around_->figures.failed(check_, why);
    phase_ = phase::idle;
    close();
}

void connection::watch() {
    const bool writes = phase_ != phase::receiving && channel_.waits_to_write();
    const std::uint32_t wanted = writes ? EPOLLOUT : EPOLLIN;
    if (wanted == watched_) return;
    const std::uint64_t tag = std::uint64_t{generation_} << 32 | index_;
    if (watched_ == 0) {
        around_->events.add(channel_.fd(), wanted, tag);
    } else {
        around_->events.change(channel_.fd(), wanted, tag);
    }
    watched_ = wanted;
}

void connection::close() {
    channel_.close();
    watched_ = 0;
}

}  // namespace sluice::gateway::load
