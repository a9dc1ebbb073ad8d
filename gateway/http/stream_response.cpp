#include "gateway/http/stream_response.hpp"

#include "gateway/http/disconnects.hpp"
#include "gateway/http/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::gateway {

namespace {

using socket_base = boost::asio::ip::tcp::socket;

constexpr std::string_view last_chunk = "0\r\n\r\n";
constexpr std::size_t plain_bytes_max = 16 << 10;
/// Of one frame, for each reader that is behind.
constexpr std::size_t rest_bytes_max = 64 << 10;

}  // namespace

stream_response::stream_response(
    connection& client, registry& streams, counters& counters, const settings& settings
)
    : client_(client),
      streams_(streams),
      counters_(counters),
      settings_(settings),
      wake_(client.transport().socket().get_executor()) {
    counters_.readers.add(1);
    streams_.add(*this);
    watch_client();
}

stream_response::~stream_response() {
    *alive_ = false;
    client_.cancel();
    streams_.remove(*this);
    if (stream_) stream_->detach(*this);
    counters_.readers.add(-1);
}

void stream_response::attach(publication& stream, std::uint64_t sequence) {
    stream_ = &stream;
    sequence_ = sequence;
    offset_ = stream.frames().offset_of(sequence).value_or(stream.frames().end_offset());
    stream.attach(*this);
}

boost::asio::awaitable<void> stream_response::until_decided(std::function<std::string()> head) {
    make_head_ = std::move(head);
    while (end_ == end::none && !stream_->committed() && !stream_->ended())
        co_await wake_.wait();
    // It was decided before this reader came.
    if (make_head_ && end_ == end::none && stream_->committed())
        begin(std::exchange(make_head_, {})());
}

boost::asio::awaitable<stream_response::end> stream_response::until_over() {
    while (end_ == end::none)
        co_await wake_.wait();
    co_return end_;
}

void stream_response::begin(std::string head) {
    start(std::move(head));
    // The stream may stand still for a backlog that is taken now.
    if (stream_) stream_->progressed(*this);
}

void stream_response::start(std::string head) {
    lead_ = std::move(head);
    running_ = true;
    last_write_ = clock::now();
    write();
}

void stream_response::on_frames() {
    if (running_) {
        write();
    } else if (make_head_ && stream_->committed() && end_ == end::none) {
        start(std::exchange(make_head_, {})());
    } else if (stream_->committed() || stream_->ended()) {
        wake_.notify();
    }
}

// ---- the client's side ----

void stream_response::watch_client() {
    client_.transport().socket().async_wait(
        socket_base::wait_read,
        [this, alive = alive_](const boost::system::error_code& error) {
            if (!*alive) return;
            if (error) return finish(end::gone);  // the connection was closed here
            on_client_readable();
        }
    );
}

void stream_response::stop_watching() {
    *alive_ = false;
    client_.cancel();
}

/// An end of file after a complete request means that the client is gone. Bytes are the next
/// request.
void stream_response::on_client_readable() {
    if (!client_.take_ahead()) return leave();
    watch_client();
}

/// The stream hears of it at once, so that its provider does; the session tidies up later.
void stream_response::leave() {
    if (end_ != end::none) return;
    note_disconnect(counters_, stream_);
    end_ = end::gone;
    if (stream_) stream_->leaving();
    streams_.later([this, alive = alive_] {
        if (*alive) wake_.notify();
    });
}

// ---- writing ----

/// Writes until nothing is left or the kernel takes no more.
void stream_response::write() {
    while (end_ == end::none && !waiting_writable_) {
        if (pacing_ && waits_for_pace()) return;
        if (!last_words_ && offset_ < stream_->frames().begin_offset()) tell_gap();
        if (end_ != end::none) return;
        if (!settings_.chunked) fill_plain();
        auto batch = gather();
        if (pacing_) shorten(batch);
        if (batch.bytes == 0) return finish_if_over();
        const auto result = client_.transport().write_some(batch.pieces);
        if (result.state == transport::state::would_block) return wait_writable();
        if (result.state != transport::state::done) {
            note_disconnect(counters_, stream_);
            return finish(end::gone);
        }
        const auto of_body = advance(result.bytes);
        last_write_ = clock::now();
        if (pacing_) pacing_->trickle.note(of_body, last_write_);
        if (started_callback_ && lead_.empty() && offset_ > 0)
            std::exchange(started_callback_, {})();
        // All of it is with the kernel: asking again would only tell that there is nothing.
        const bool faulty = cut_ || pacing_;
        if (result.bytes == batch.bytes && !batch.last && !faulty &&
            offset_ == stream_->frames().end_offset())
            return;
    }
}

/// What one write carries: what goes ahead, frames, and the end of the body once it is in reach.
stream_response::gathered stream_response::gather() {
    gathered out;
    out.pieces[0] = lead_;
    out.pieces[3] = plain_;
    auto at = offset_;
    const auto limit = send_limit();
    if (settings_.chunked && !last_words_ && at < limit) {
        const auto frames = stream_->frames().view(at);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            out.pieces[i + 1] = frames[i].substr(0, limit - at);
            at += out.pieces[i + 1].size();
        }
    }
    out.last = last_words_ || (stream_->ended() && !cut_ && at == stream_->frames().end_offset());
    if (out.last && settings_.chunked && !tail_begun_) {
        tail_begun_ = true;
        tail_ = last_chunk;
    }
    if (out.last) out.pieces[4] = tail_;
    for (const auto piece : out.pieces)
        out.bytes += piece.size();
    return out;
}

/// Where the frames end, or are to.
std::uint64_t stream_response::send_limit() const {
    const auto end = stream_->frames().end_offset();
    return cut_ ? std::max(offset_, std::min(end, cut_->offset)) : end;
}

void stream_response::finish_if_over() {
    if (cut_ && !last_words_ && offset_ == send_limit()) {
        // A cut may leave nothing but the head, which names the stream: its client can come back.
        if (started_callback_) std::exchange(started_callback_, {})();
        client_.transport().reset();
        return finish(end::cut);
    }
    if (last_words_) return finish(end::gap);
    if (stream_->ended() && offset_ == stream_->frames().end_offset()) finish(end::complete);
}

/// For HTTP/1.0 the frames are unwrapped from their chunks, some at a time.
void stream_response::fill_plain() {
    const auto& frames = stream_->frames();
    std::string frame;
    while (plain_.size() < plain_bytes_max && !last_words_ && offset_ < send_limit() &&
           frames.read(sequence_, frame)) {
        if (cut_ && cut_->frame.sequence == sequence_) {
            plain_.append(frame, 0, cut_->frame.bytes);
            offset_ = send_limit();
            return;
        }
        plain_ += frame;
        offset_ = frames.offset_of(++sequence_).value_or(frames.end_offset());
    }
}

/// Returns how many of the bytes were of the body.
std::size_t stream_response::advance(std::size_t bytes) {
    const auto take = [&bytes](auto available) {
        const auto taken = std::min<std::size_t>(bytes, available);
        bytes -= taken;
        return taken;
    };
    if (!lead_.empty()) {
        lead_.erase(0, take(lead_.size()));
        // The head is not held as long as the stream lasts.
        if (lead_.empty()) std::string().swap(lead_);
    }
    const auto of_body = bytes;
    if (settings_.chunked) {
        if (!last_words_) offset_ += take(send_limit() - offset_);
        tail_.remove_prefix(take(tail_.size()));
    } else {
        plain_.erase(0, take(plain_.size()));
    }
    return of_body;
}

/// Whether the client has whole frames only; moves `sequence_` to the frame that goes next.
bool stream_response::at_frame_border() {
    const auto& frames = stream_->frames();
    sequence_ = std::max(sequence_, frames.first_sequence());
    for (auto next = frames.offset_of(sequence_ + 1); next && *next <= offset_;
         next = frames.offset_of(sequence_ + 1)) {
        ++sequence_;
    }
    return frames.offset_of(sequence_) == offset_;
}

/// What should go next has left the journal. Behind whole frames the client is told so; in the
/// middle of one there is no honest way to go on.
void stream_response::tell_gap() {
    if (!border_) {
        client_.transport().reset();
        return finish(end::gap);
    }
    upstream::failure reason;
    reason.outcome = upstream::outcome::gap;
    reason.type = "gap";
    reason.message = "the reader fell behind, and what comes next is no longer held";
    const auto words = stream_->farewell(reason, sequence_);
    if (settings_.chunked)
        append_chunk(lead_, words);
    else
        plain_ += words;
    last_words_ = true;
}

/// What is left of a frame that has gone in part is put by, so that it can be ended whatever the
/// journal drops meanwhile. Not so with TLS: a record that could not be sent has to be sent as it
/// is, and it may hold more. Nor where a frame is to go out in parts.
void stream_response::put_rest_by() {
    border_ = at_frame_border();
    if (border_ || client_.transport().is_tls() || cut_ || pacing_) return;
    const auto& frames = stream_->frames();
    auto left = frames.offset_of(sequence_ + 1).value_or(offset_) - offset_;
    if (left == 0 || left > rest_bytes_max) return;
    offset_ += left;
    ++sequence_;
    for (const auto piece : frames.view(offset_ - left)) {
        lead_ += piece.substr(0, left);
        left -= std::min<std::uint64_t>(left, piece.size());
    }
    border_ = true;
}

void stream_response::wait_writable() {
    put_rest_by();
    waiting_writable_ = true;
    const auto what =
        client_.transport().wants_write() ? socket_base::wait_write : socket_base::wait_read;
    client_.transport().socket().async_wait(
        what,
        [this, alive = alive_](const boost::system::error_code& error) {
            if (!*alive || error) return;
            waiting_writable_ = false;
            write();
            if (stream_) stream_->progressed(*this);
        }
    );
}

/// Heartbeats go out only behind whole frames and only when there was nothing else to write.
void stream_response::on_tick(clock::time_point now) {
    if (!running_ || end_ != end::none) return;
    if (waiting_writable_) {
        if (now - last_write_ >= settings_.write_stall) {
            client_.transport().reset();
            finish(end::stalled);
        }
        return;
    }
    const bool silent = now - last_write_ >= settings_.heartbeat;
    if (!silent || pacing_ || stream_->ended() || offset_ != stream_->frames().end_offset()) return;
    const auto beat = stream_->heartbeat(offset_ > 0);
    if (beat.empty()) return;
    if (settings_.chunked)
        append_chunk(lead_, beat);
    else
        lead_ += beat;
    write();
}

void stream_response::finish(end how) {
    if (end_ != end::none) return;
    end_ = how;
    wake_.notify();
}

}  // namespace sluice::gateway
