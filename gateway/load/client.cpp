#include "gateway/load/client.hpp"

#include "gateway/load/report/self_check.hpp"
#include "gateway/load/request.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::gateway::load {

namespace {

/// As much of a server's refusal as is worth reading.
constexpr std::size_t refusal_bytes_max = 300;
/// So that a slow reader's slowness reaches the server, and not only its own kernel.
constexpr int slow_buffer_bytes = 4096;
constexpr double ns_per_s = 1e9;
/// A slow reader reads so often, if there is something.
constexpr double reads_per_s = 10;

}  // namespace

void client::begin(assignment job) {
    job_ = std::move(job);
    ended_well_ = false;
    wake_ns_.reset();
    stream_path_.clear();
    refusal_.clear();
    response_.reset();
    heard_ns_ = around_->now();
    auto begun = begin_exchange(
        *around_->settings.spoken, around_->server, around_->settings.to, job_.request
    );
    if (!begun) {
        reading_.begin(job_, nullptr);
        return give_up("not to be asked", std::move(begun).error());
    }
    reading_.begin(job_, std::move(begun->codec));
    reading_.note_begun(around_->now());
    const bool reads = !job_.attach.empty() || around_->settings.method == "GET";
    const std::string& path = job_.attach.empty() ? begun->path : job_.attach;
    if (channel_.is_open() && (!around_->settings.reuse || job_.slow)) close();
    send(
        reads ? get_request(around_->settings, path, {}) : post_request(around_->settings, *begun)
    );
}

void client::send(std::string request) {
    request_ = std::move(request);
    sent_ = 0;
    reused_ = channel_.is_open();
    if (!reused_) return connect();
    phase_ = phase::sending;
    send_request();
}

void client::connect() {
    phase_ = phase::connecting;
    ++generation_;
    watched_.reset();
    const bool sourced = !around_->sources.empty();
    const channel::route way{
        around_->to,
        around_->tls,
        around_->settings.to.host,
        sourced ? &around_->sources.next() : nullptr,
        job_.slow ? slow_buffer_bytes : 0};
    if (channel_.connect(way)) return watch();
    const auto own = own_error_kind(channel_.error());
    give_up(std::string(own.value_or(channel_.problem())), channel_.problem());
}

void client::on_event(const epoll_event& event) {
    if (event.data.u64 >> 32 != generation_ || !channel_.is_open()) return;
    if (phase_ == phase::idle) {
        close();  // the server gave up the connection that was kept
    } else if (phase_ == phase::resting) {
        on_wake();  // the connection broke: nothing else is watched for
    } else if (phase_ == phase::receiving) {
        receive();
    } else if (phase_ == phase::connecting || phase_ == phase::sending) {
        proceed();
    }
}

void client::proceed() {
    if (phase_ == phase::connecting) {
        const io status = channel_.finish_connecting();
        if (status == io::wait) return watch();
        if (status == io::closed)
            return give_up("closed in the handshake", "the server closed during the handshake");
        if (status != io::ok) {
            const auto own = own_error_kind(channel_.error());
            const std::string why = channel_.problem();
            return give_up(std::string(own.value_or(why)), why);
        }
        phase_ = phase::sending;
    }
    send_request();
}

void client::send_request() {
    if (sent_ == 0) reading_.note_sent(around_->now());
    while (sent_ < request_.size()) {
        const auto [status, size] = channel_.send(std::string_view(request_).substr(sent_));
        if (status == io::wait) return watch();
        if (status != io::ok) return on_end_of_file(channel_.problem());
        sent_ += size;
    }
    if (!reused_) forget_request();
    phase_ = phase::receiving;
    watch();
}

/// A prompt is not held as long as its answer takes.
void client::forget_request() {
    if (!request_.empty()) std::string().swap(request_);
}

void client::receive() {
    std::span<char> into(around_->buffer);
    if (job_.slow) {
        const double share = around_->settings.how.slow_bytes_per_s / reads_per_s;
        into = into.first(std::clamp<std::size_t>(static_cast<std::size_t>(share), 1, into.size()));
    }
    for (bool more = true; more;) {
        const auto [status, size] = channel_.receive(into);
        if (status == io::wait) return;
        if (status != io::ok) return on_end_of_file(channel_.problem());
        const bool goes_on = take({into.data(), size});
        if (goes_on && job_.slow) return rest(size, around_->now());
        more = goes_on && channel_.is_buffered();
    }
}

/// False: the stream has ended, or its connection.
bool client::take(std::string_view bytes) {
    const std::int64_t now_ns = around_->now();
    if (!response_.has_head()) heard_ns_ = now_ns;
    reading_.note_bytes(bytes.size(), now_ns);
    while (true) {
        const std::string_view piece = response_.next(bytes);
        if (piece.empty()) break;
        if (!take_piece(piece, now_ns)) return false;
    }
    if (response_.has_head()) {
        if (stream_path_.empty()) stream_path_ = response_.stream_path();
        reading_.note_status(response_.status());
        forget_request();
    }
    if (response_.failed()) {
        give_up("malformed response", std::string(response_.problem()));
        return false;
    }
    if (!response_.done()) return true;
    settle();
    if (!bytes.empty()) close();  // what came is no answer to anything
    return false;
}

bool client::take_piece(std::string_view piece, std::int64_t now_ns) {
    if (response_.status() / 100 != 2) {
        const std::size_t room = refusal_bytes_max - std::min(refusal_bytes_max, refusal_.size());
        refusal_.append(piece.substr(0, room));
        return true;
    }
    reading_.note_status(response_.status());
    reading_.feed(piece, now_ns);
    return after_reading(now_ns);
}

/// Does what the assignment has for this point of the stream. False: the connection is gone.
bool client::after_reading(std::int64_t now_ns) {
    if (reading_.ended()) return true;
    if (reading_.events() >= job_.abort_after) {
        leave();
        return false;
    }
    if (reading_.events() >= job_.drop_after && !reading_.last_event_id().empty()) {
        job_.drop_after = assignment::never;
        if (stream_path_.empty()) stream_path_ = response_.stream_path();
        drop(now_ns);
        return false;
    }
    return true;
}

void client::drop(std::int64_t now_ns) {
    close();
    if (stream_path_.empty())
        return give_up("not resumable", "the server does not say where the stream can be resumed");
    phase_ = phase::away;
    wake_ns_ = now_ns + job_.back_after_ns;
}

void client::come_back() {
    const std::int64_t now_ns = around_->now();
    reading_.resume(now_ns);
    response_.reset();
    heard_ns_ = now_ns;
    send(get_request(around_->settings, stream_path_, reading_.last_event_id()));
}

void client::rest(std::size_t bytes, std::int64_t now_ns) {
    const double seconds = static_cast<double>(bytes) / around_->settings.how.slow_bytes_per_s;
    phase_ = phase::resting;
    wake_ns_ = now_ns + static_cast<std::int64_t>(seconds * ns_per_s);
    watch();
}

void client::on_wake() {
    wake_ns_.reset();
    if (phase_ == phase::away) return come_back();
    if (phase_ != phase::resting) return;
    phase_ = phase::receiving;
    heard_ns_ = around_->now();
    watch();
    receive();
}

/// The response is over.
void client::settle() {
    if (response_.status() / 100 != 2 || response_.status() == 204) {
        reading_.refuse(response_.status(), refusal_);
        return close_stream(verdict::failed);
    }
    reading_.end(around_->now());
    close_stream(reading_.ended_well() ? verdict::whole : verdict::failed);
}

void client::close_stream(verdict how) {
    phase_ = phase::idle;
    wake_ns_.reset();
    ended_well_ = how == verdict::whole;
    reading_.close(how, around_->now());
    const bool keep = response_.done() && response_.keeps_connection();
    if (!keep || job_.slow || !around_->settings.reuse) close();
}

void client::on_end_of_file(const std::string& problem) {
    // A server may close a kept connection just when the next request is on its way.
    if (std::exchange(reused_, false) && response_.is_untouched()) {
        ++around_->seen.reconnected;
        close();
        sent_ = 0;
        response_.reset();
        return connect();
    }
    response_.end_of_file();
    if (response_.done()) return settle();
    std::string why(response_.problem());
    const std::string kind = response_.has_head() ? "broke off" : "no response";
    if (!problem.empty()) why += " (" + problem + ")";
    give_up(kind, why);
}

void client::break_off() {
    if (is_streaming()) close_stream(verdict::unended);
    close();
}

void client::leave() {
    close_stream(verdict::aborted);
    close();
}

/// A stream whose last event has come is whole, whatever becomes of its connection.
void client::give_up(std::string kind, std::string why) {
    const bool whole = reading_.ended_well();
    if (!whole) reading_.fail(std::move(kind), std::move(why));
    close_stream(whole ? verdict::whole : verdict::failed);
    close();
}

void client::watch() {
    const bool writes =
        phase_ != phase::receiving && phase_ != phase::resting && channel_.waits_to_write();
    std::uint32_t wanted = writes ? EPOLLOUT : EPOLLIN;
    if (phase_ == phase::resting) wanted = 0;
    if (watched_ == wanted) return;
    const std::uint64_t tag = std::uint64_t{generation_} << 32 | index_;
    poller& events = around_->events;
    const bool known = watched_ ? events.change(channel_.fd(), wanted, tag)
                                : events.add(channel_.fd(), wanted, tag);
    if (!known) return give_up("not to be watched", std::strerror(errno));
    watched_ = wanted;
}

void client::close() {
    channel_.close();
    watched_.reset();
}

}  // namespace sluice::gateway::load
